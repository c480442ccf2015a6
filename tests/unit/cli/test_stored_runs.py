"""``typedflow run --store`` and ``typedflow resume``."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.cli.commands import COMMAND
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.stores import NewRun, SqliteStore, StoredValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.commands import Invoke
    from typedflow.stores import Claim

SHOP = """
import os
import sys

import trio

from typedflow import Flow


async def cart(inputs):
    print("cart")
    return inputs["run"] * 2


def pay(inputs):
    if not os.path.exists("answer"):
        raise ConnectionError("no answer")
    return inputs["cart"] + 1


async def wait(inputs):
    await trio.sleep(0 if os.path.exists("answer") else 60)


order = Flow("shop", int).step("cart", cart)
shop = order.step("pay", pay, depends_on=["cart"])
stays = Flow("stays", int).step("wait", wait).step("after", lambda i: i["run"], depends_on=["wait"])
other = Flow("other", None).step("one", lambda _: 1)
"""
DIFFERENT = (
    'store "runs.db": run "a" of flow "shop" was started with another flow input. Give it the same input, or choose '
    "another run_id."
)
OTHER = (
    'run "a" is one of flow "shop", and the flows of "shop.py:other" have the slugs "other". Name the file or the '
    "module of that flow."
)
UNKNOWN = 'store "runs.db": there is no run "x". typedflow runs list shows the runs that there are.'
NO_ANSWER = "ConnectionError: no answer"
RETRY = "What has completed is kept. Retry the run with\n  typedflow runs retry"


@pytest.fixture
def store(folder: Path) -> Iterator[SqliteStore]:
    (folder / "shop.py").write_text(SHOP)
    with SqliteStore(folder / "runs.db", durability="normal") as store:
        yield store


def create(store: SqliteStore, flow: str, run_id: str, flow_input: str = "1") -> Claim:
    """A run that has begun, and done nothing yet."""
    names: dict[str, Any] = {}
    exec(SHOP, names)  # noqa: S102  the flows above
    definition = names[flow].definition
    value = StoredValue(flow_input)
    new = NewRun(
        run_id, definition.slug, value, shape_of(definition), fingerprint(definition), created_at=1e9 + ord(run_id[0])
    )
    return store.create(new).result().claim


def interrupt(store: SqliteStore, flow: str, run_id: str, flow_input: str = "1") -> None:
    """A run that is interrupted before its first step."""
    store.release(create(store, flow, run_id, flow_input)).result()


class TestRun:
    def test_a_run_is_remembered_and_started_once(self, invoke: Invoke, folder: Path, store: SqliteStore) -> None:
        again = ["run", "shop.py:order", "--input", "2", "--store", "runs.db", "--run-id", "a"]
        first, second = invoke(*again), invoke(*again)
        assert (first.exit_code, first.stdout) == (second.exit_code, second.stdout) == (0, '{\n  "cart": 4\n}\n')
        assert first.stderr.startswith('run "a" in store "runs.db"\n')
        assert "\ncart\n" in first.stderr
        assert "\ncart\n" not in second.stderr
        assert [run.run_id for run in store.runs()] == ["a"]
        other = invoke(*again[:3], "3", *again[4:])
        assert (other.exit_code, other.stderr.splitlines()[-1]) == (
            1,
            f"Error: {DIFFERENT}",
        )

    def test_a_new_store_is_made_only_when_the_run_begins(self, invoke: Invoke, folder: Path) -> None:
        (folder / "shop.py").write_text(SHOP)
        assert invoke("run", "shop.py:order", "--input", "x", "--store", "new.db").exit_code == 2
        assert not (folder / "new.db").exists()
        done = invoke("run", "shop.py:order", "--input", "1", "--store", "new.db", "-q")
        assert (done.exit_code, done.stderr) == (0, "cart\n")
        assert (folder / "new.db").exists()

    def test_a_run_that_fails_says_how_to_retry_it(self, invoke: Invoke, folder: Path, store: SqliteStore) -> None:
        named = ["run", "shop.py:shop", "--input", "1", "--store", "runs.db", "--run-id", "a"]
        assert f"ConnectionError: no answer\n{RETRY} a shop.py:shop --store runs.db\nTrace" in invoke(*named).stderr
        assert f"ConnectionError: no answer\n{RETRY} a shop.py:shop --store runs.db\n" in invoke(*named).stderr

    def test_an_invalid_run_id_is_refused(self, invoke: Invoke, store: SqliteStore) -> None:
        result = invoke("run", "shop.py:order", "--input", "1", "--store", "runs.db", "--run-id", "a\nb")
        assert result.exit_code == 2
        assert "run_id" in result.stderr.splitlines()[-1]
        assert store.runs() == []


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
class TestStop:
    def test_what_was_stopped_is_interrupted_and_can_be_resumed(
        self, invoke: Invoke, folder: Path, store: SqliteStore
    ) -> None:
        options = ["--store", "runs.db", "--run-id", "a", "--up-to", "wait"]
        command = [COMMAND, "run", "shop.py:stays", "--input", "1", *options]
        with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
            assert process.stderr is not None
            while process.stderr.readline() != 'step "wait" started\n':
                pass
            process.send_signal(signal.SIGTERM)
            said = process.communicate()[1].splitlines()
        assert process.returncode == 143
        assert said[0] == "SIGTERM: interrupting the run and waiting for cleanup. Another one stops immediately."
        assert said[-3:] == [
            "The run is interrupted. Resume it with",
            "  typedflow resume shop.py:stays a --store runs.db --up-to wait",
            "Stopped by SIGTERM.",
        ]
        assert store.run("a").is_interrupted
        (folder / "answer").touch()
        result = invoke("resume", "shop.py:stays", "a", "--store", "runs.db", "--up-to", "wait", "-q")
        assert (result.exit_code, result.stdout, result.stderr) == (0, '{\n  "wait": null\n}\n', "")


class TestResume:
    def test_a_run_is_resumed_by_the_beginning_of_its_identifier(self, invoke: Invoke, store: SqliteStore) -> None:
        interrupt(store, "order", "abc", "3")
        result = invoke("resume", "shop.py", "a", "--store", "runs.db", "--all-outputs")
        assert (result.exit_code, json.loads(result.stdout)) == (0, {"cart": 6})
        assert store.run("abc").status == "completed"

    @pytest.mark.parametrize(
        ("target", "run_id", "message"), [("shop.py", "x", UNKNOWN), ("shop.py:other", "a", OTHER)]
    )
    def test_what_cannot_be_resumed(
        self, invoke: Invoke, store: SqliteStore, target: str, run_id: str, message: str
    ) -> None:
        interrupt(store, "shop", "a")
        result = invoke("resume", target, run_id, "--store", "runs.db")
        assert (result.exit_code, result.stderr) == (2, f"Error: {message}\n")

    def test_a_run_that_a_living_process_executes(self, invoke: Invoke, store: SqliteStore) -> None:
        create(store, "shop", "a")
        result = invoke("resume", "shop.py:shop", "a", "--store", "runs.db", "-q")
        assert result.exit_code == 1
        assert result.stderr.endswith('run "a" is executed by this process. Wait until it has ended, or cancel it.\n')

    @pytest.mark.parametrize("arguments", [[], ["a", "--all"]])
    def test_either_a_run_or_all(self, invoke: Invoke, store: SqliteStore, arguments: list[str]) -> None:
        result = invoke("resume", "shop.py", *arguments, "--store", "runs.db")
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, "Error: Give either RUN_ID or --all.")

    @pytest.mark.parametrize("option", ["--only=a", "--output=a", "--partial", "--all-outputs", "--output-file=a"])
    def test_options_for_one_run(self, invoke: Invoke, store: SqliteStore, option: str) -> None:
        result = invoke("resume", "--all", "shop.py", option, "--store", "runs.db")
        message = f"--all and {option.partition('=')[0]} contradict each other. Give one of them."
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"Error: {message}")

    def test_a_missing_store_is_not_made(self, invoke: Invoke, folder: Path, store: SqliteStore) -> None:
        assert invoke("resume", "shop.py", "a", "--store", "none.db").exit_code == 2
        assert not (folder / "none.db").exists()

    def test_a_retried_run_that_fails_again_has_the_outputs_of_before(self, invoke: Invoke, store: SqliteStore) -> None:
        invoke("run", "shop.py:shop", "--input", "1", "--store", "runs.db", "--run-id", "a")
        store.retry("a")
        result = invoke("resume", "shop.py:shop", "a", "--store", "runs.db", "--partial")
        assert (result.exit_code, json.loads(result.stdout)) == (1, {"cart": 2})
        assert "\ncart\n" not in result.stderr

    def test_values_are_encrypted_with_a_cipher(self, invoke: Invoke, folder: Path, store: SqliteStore) -> None:
        (folder / "keys.py").write_text(
            "class Rot:\n    def encrypt(self, data):\n        return bytes(byte ^ 0x55 for byte in data)\n"
            "    decrypt = encrypt\n\nrot = Rot()\n"
        )
        named = ["--store", "runs.db", "--cipher", "keys.py:rot"]
        failed = invoke("run", "shop.py:shop", "--input", "1", "--run-id", "a", *named)
        assert f"{RETRY} a shop.py:shop --store runs.db --cipher keys.py:rot\n" in failed.stderr
        retried = invoke("runs", "retry", "a", "shop.py:shop", *named)
        assert "typedflow resume shop.py:shop a --store runs.db --cipher keys.py:rot\n" in retried.stderr
        (folder / "answer").touch()
        assert invoke("resume", "shop.py:shop", "a", *named).stdout == '{\n  "pay": 3\n}\n'
        assert invoke("runs", "show", "a", "--store", "runs.db").exit_code == 1


class TestResumeAll:
    def test_every_interrupted_run_of_the_target_is_taken_up(
        self, invoke: Invoke, folder: Path, store: SqliteStore
    ) -> None:
        """One that fails, or that a living process executes, does not stop the others."""
        interrupt(store, "order", "a")
        interrupt(store, "shop", "b")
        create(store, "shop", "c")
        interrupt(store, "other", "d", "null")
        result = invoke("resume", "--all", "shop.py", "--store", "runs.db", "--max-runs", "1")
        assert (result.exit_code, result.stdout) == (1, "")
        said = [line.partition(" after ")[0] for line in result.stderr.splitlines() if line != "cart"]
        assert said == [
            'run "a" of flow "shop" is resumed',
            'run "a" of flow "shop" completed',
            'run "b" of flow "shop" is resumed',
            f'run "b" of flow "shop" failed: StepFailedError: step "pay" failed at attempt 1: {NO_ANSWER}',
            'run "d" of flow "other" is resumed',
            'run "d" of flow "other" completed',
            "3 runs: 2 completed, 1 failed.",
        ]
        assert {run.run_id: run.status for run in store.runs()} == {
            "a": "completed",
            "b": "failed",
            "c": "started",
            "d": "completed",
        }
        again = invoke("resume", "--all", "shop.py", "--store", "runs.db")
        assert (again.exit_code, again.stderr) == (0, "No interrupted run found.\n")

    def test_only_the_flow_that_is_named(self, invoke: Invoke, store: SqliteStore) -> None:
        interrupt(store, "order", "a")
        interrupt(store, "other", "d", "null")
        result = invoke("resume", "--all", "shop.py:other", "--store", "runs.db")
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (0, "1 run: 1 completed.")
        assert store.run("a").is_interrupted

    def test_a_run_that_another_process_has_taken_up_is_passed_over(
        self, invoke: Invoke, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        interrupt(store, "order", "a")
        interrupt(store, "other", "b", "null")
        found = SqliteStore.runs

        def runs(self: SqliteStore, **filters: Any) -> Any:
            listed = found(self, **filters)
            if filters.get("flow") == "shop":
                store.claim("a").result()
            return listed

        monkeypatch.setattr(SqliteStore, "runs", runs)
        result = invoke("resume", "--all", "shop.py", "--store", "runs.db")
        assert result.exit_code == 0
        assert 'run "a" of flow "shop" is passed over: it is executed by this process\n' in result.stderr
        assert result.stderr.splitlines()[-1] == "2 runs: 1 completed, 1 passed over."

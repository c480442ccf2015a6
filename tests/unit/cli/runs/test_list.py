"""``typedflow runs list``, and how runs are named."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.runs.stored_runs import START, StoredRuns, failed_shop, value
from typedflow.stores import StoredError, Transition

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.commands import Invoke

BY_HAND = [{"slug": "approval", "kind": "step", "depends_on": []}]


@pytest.fixture
def store(runs: StoredRuns) -> StoredRuns:
    """A run of each kind."""
    failed_shop(runs, "a1")
    done = runs.start("b1", "small", BY_HAND, at=20)
    runs.task(done, "approval", (20, "started", {}), (21, "completed", value("1")))
    runs.end(done, 21)
    runs.start("c1", at=30)
    interrupted = runs.start("c2", at=40)
    runs.task(interrupted, "cart", (40, "started", {}))
    runs.store.release(interrupted).result()
    retrying = runs.start("c3", at=50)
    runs.task(
        retrying, "cart", (50, "started", {}), (51, "retrying", {"due": START + 99, "error": StoredError("E", "")})
    )
    waiting = runs.start("d1", "small", BY_HAND, at=60)
    runs.commit(waiting, Transition("task", "waiting", START + 60, "approval", 0, 1))
    return runs


def listed(text: str) -> list[str]:
    """The identifiers in a list."""
    return [line.split()[0] for line in text.splitlines()[1:]]


@pytest.mark.usefixtures("store")
class TestList:
    def test_runs_are_listed_with_what_they_do(self, invoke: Invoke) -> None:
        result = invoke("list")
        assert (result.exit_code, result.stderr) == (0, "")
        lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
        assert lines[0] == "RUN FLOW STATUS CREATED TOOK STEPS ERROR"
        assert lines[1].startswith("d1 small waiting for approval 2026-11-30 00:54:20 ")
        assert lines[2].startswith("c3 shop retrying 1 2026-11-30 00:54:10 ")
        assert lines[3] == "c2 shop interrupted 2026-11-30 00:54:00 0/5"
        assert lines[4].startswith("c1 shop running 2026-11-30 00:53:50 ")
        assert lines[5] == "b1 small completed 2026-11-30 00:53:40 1.0 s 1/1"
        assert lines[6] == 'a1 shop failed 2026-11-30 00:53:20 9.0 s 3/5 step "pay" failed'

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            (["--flow", "small"], ["d1", "b1"]),
            (["--status", "started"], ["d1", "c3", "c2", "c1"]),
            (["--status", "running"], ["d1", "c3", "c1"]),
            (["--status", "interrupted"], ["c2"]),
            (["--status", "retrying"], ["c3"]),
            (["--status", "waiting"], ["d1"]),
            (["--status", "completed"], ["b1"]),
            (["--status", "failed", "--flow", "shop"], ["a1"]),
            (["--since", "2026-11-30T00:54:00"], ["d1", "c3", "c2"]),
            (["--since", "9000d", "--before", "b"], ["a1"]),
            (["--limit", "2", "--before", "d1"], ["c3", "c2"]),
        ],
    )
    def test_filters(self, invoke: Invoke, arguments: list[str], found: list[str]) -> None:
        assert listed(invoke("list", *arguments).stdout) == found

    def test_the_next_page_is_named(self, invoke: Invoke) -> None:
        result = invoke("list", "--limit", "2")
        assert listed(result.stdout) == ["d1", "c3"]
        assert result.stderr == "There are more runs. Show the next ones with --before c3.\n"

    def test_json_has_the_states_and_no_inputs(self, invoke: Invoke) -> None:
        found = json.loads(invoke("list", "--json").stdout)
        assert [(run["run_id"], run["status"], run["is_interrupted"], run["steps_done"]) for run in found[2:]] == [
            ("c2", "started", True, 0),
            ("c1", "started", False, 0),
            ("b1", "completed", False, 1),
            ("a1", "failed", False, 3),
        ]
        assert found[0]["waiting"] == ["approval"]
        assert found[-1]["took"] == 9
        assert "input" not in found[-1]

    @pytest.mark.parametrize("since", ["yesterday", "2x", "h", "", "9" * 30 + "w"])
    def test_since_must_be_a_time(self, invoke: Invoke, since: str) -> None:
        result = invoke("list", "--since", since)
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == (
            f"Error: Invalid value for '--since': \"{since}\" is not a time. Write how long ago, such as 2h or 3d, or "
            "an ISO date, such as 2026-12-01 or 2026-12-01T08:30."
        )


class TestStore:
    def test_a_store_must_be_named(self, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TYPEDFLOW_STORE")
        result = invoke("list")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == "Error: Give --store FILE or --engine URL: where the runs are."

    def test_a_file_that_does_not_exist_is_not_made(self, invoke: Invoke, tmp_path: Path) -> None:
        result = invoke("list", "--store", "none.db")
        assert result.exit_code == 2
        assert result.stderr == (
            'Error: there is no store "none.db": the file does not exist. typedflow run --store creates it.\n'
        )
        assert not (tmp_path / "none.db").exists()

    def test_a_file_that_is_not_a_store_is_refused(self, invoke: Invoke, tmp_path: Path) -> None:
        (tmp_path / "other.db").write_text("something else" * 100)
        result = invoke("list", "--store", "other.db")
        assert result.exit_code == 1
        assert result.stderr.startswith('Error: store "other.db": ')

    def test_an_empty_store_has_no_run(self, invoke: Invoke, runs: StoredRuns) -> None:
        assert runs.store.runs() == []
        assert invoke("list").stderr == "No run found.\n"
        assert invoke("list", "--json").stdout == "[]\n"

    @pytest.mark.usefixtures("store")
    def test_neither_trio_nor_a_flow_nor_rich_is_imported(self, tmp_path: Path) -> None:
        program = (
            "import sys; from typedflow._cli.command import typedflow; "
            "typedflow(['runs', 'show', 'a1', '--store', 'runs.db'], standalone_mode=False); "
            "typedflow(['runs', 'list', '--store', 'runs.db'], standalone_mode=False); "
            "print({'trio', 'pydantic', 'rich', 'typedflow.flow'} & set(sys.modules))"
        )
        done = subprocess.run(  # noqa: S603  this Python
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "set()"

    def test_nothing_in_a_store_steers_the_terminal(self, invoke: Invoke, runs: StoredRuns) -> None:
        claim = runs.start("bad\x1b]0;x\x07", input=value('"\\u001b \x9b2J \u202e"')["output"])
        runs.end(claim, 1, "failed", StoredError("odd.Error\x1b", "a\x1b[2J\nb"))
        for arguments in (["list"], ["show", "bad"]):
            shown = invoke(*arguments).stdout
            assert not set("\x1b\x07\x9b\u202e") & set(shown)
            assert r"Error\x1b: a\x1b[2J b" in shown


@pytest.mark.usefixtures("store")
class TestRunId:
    def test_the_beginning_of_an_identifier_is_enough(self, invoke: Invoke) -> None:
        assert invoke("show", "a").stdout.startswith("run      a1\n")

    def test_several_that_begin_like_this_are_listed(self, invoke: Invoke) -> None:
        result = invoke("show", "c")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            'Error: store "runs.db": several identifiers of runs begin with "c":\n'
            "  c3  shop  retrying 1  2026-11-30 00:54:10\n"
            "  c2  shop  interrupted  2026-11-30 00:54:00\n"
            "  c1  shop  running  2026-11-30 00:53:50\n"
        )

    @pytest.mark.parametrize("run_id", ["x", ""])
    def test_a_run_that_is_not_there(self, invoke: Invoke, run_id: str) -> None:
        result = invoke("show", run_id)
        assert result.exit_code == 2
        assert result.stderr == (
            f'Error: store "runs.db": there is no run "{run_id}". typedflow runs list shows the runs that there are.\n'
        )

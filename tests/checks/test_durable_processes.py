"""Durable runs when something happens to their process, to another one, or to the disk."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from typedflow import Flow
from typedflow.exceptions import RunClaimedError, StoreError
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LEASE = 1.0
CHAIN = """
import os, sys, time
from collections.abc import Mapping
from typing import Any
import trio
from typedflow import Flow
from typedflow.exceptions import TypedflowError
from typedflow.stores import SqliteStore

def say(line: str) -> None:
    with open("said", "a") as file:
        print(line, file=file, flush=True)

async def first(_: Mapping[str, Any]) -> int:
    say("first")
    return 1

async def second(inputs: Mapping[str, Any]) -> int:
    say(f"second {os.getpid()} {time.monotonic()}")
    try:
        while not os.path.exists("go"):
            await trio.sleep(0.01)
    finally:
        say(f"left {os.getpid()} {time.monotonic()}")
    return inputs["first"] + 1

flow = Flow("f", int).step("first", first).step("second", second, depends_on=["first"])
flow = flow.step("third", lambda i: i["second"] + 1, depends_on=["second"])

if __name__ == "__main__":
    with SqliteStore("runs.db", lease=1.0) as store:
        try:
            print(flow.run_sync(1, store=store, run_id=sys.argv[1]))
        except TypedflowError as error:
            print(type(error).__name__, error)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(CHAIN), "utf-8")
    monkeypatch.chdir(tmp_path)
    return script


@contextlib.contextmanager
def started(program: Path, run_id: str = "r") -> Iterator[subprocess.Popen[str]]:
    """A process that executes the second step, and waits there for a file."""
    with subprocess.Popen([sys.executable, program, run_id], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  this program
        try:
            wait_until(lambda: any(line.startswith(f"second {process.pid} ") for line in said()))
            yield process
        finally:
            process.kill()


def wait_until(has_happened: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not has_happened():
        assert time.monotonic() < until
        time.sleep(0.005)


def said() -> list[str]:
    return Path("said").read_text("utf-8").splitlines() if Path("said").exists() else []


def flow_of(program: Path) -> Flow[Any, Any]:
    names: dict[str, Any] = {"__name__": "program"}
    exec(compile(program.read_text("utf-8"), program, "exec"), names)  # noqa: S102  written above
    return names["flow"]  # type: ignore[no-any-return]  # it is there


def test_a_frozen_owner_loses_its_run_after_its_lease_and_what_it_does_then_is_refused(program: Path) -> None:
    flow = flow_of(program)
    with started(program) as owner, SqliteStore("runs.db", lease=LEASE) as store:
        os.kill(owner.pid, signal.SIGSTOP)
        with pytest.raises(RunClaimedError, match=rf'^store "runs\.db": run "r" is executed by process {owner.pid}'):
            flow.resume_sync("r", store=store)
        assert not store.run("r").is_interrupted
        wait_until(lambda: store.run("r").is_interrupted)
        Path("go").touch()
        outputs = flow.resume_sync("r", store=store)
        os.kill(owner.pid, signal.SIGCONT)
        printed, _ = owner.communicate(timeout=30)
        after = store.run("r")
        tasks = {task.step: (task.status, task.attempt, task.interruptions) for task in store.tasks("r")}
    assert outputs == {"first": 1, "second": 2, "third": 3}
    assert printed.startswith('RunLostError store "runs.db": run "r" ')
    assert after.status == "completed"
    assert tasks == {"first": ("completed", 1, 0), "second": ("completed", 1, 1), "third": ("completed", 1, 0)}
    assert [line.split()[0] for line in said() if not line.startswith("left")] == ["first", "second", "second"]


def test_cancelling_by_id_reaches_the_handlers_of_another_process_within_a_second(program: Path) -> None:
    late = []
    for run_id in ("r0", "r1", "r2"):
        with started(program, run_id) as owner, SqliteStore("runs.db", lease=LEASE) as store:
            cancelled = time.monotonic()
            store.cancel(run_id)
            printed, _ = owner.communicate(timeout=30)
            assert printed.startswith("RunCancelledError ")
            assert store.run(run_id).status == "cancelled"
        left = [line.split() for line in said() if line.startswith(f"left {owner.pid} ")]
        late.append(float(left[0][2]) - cancelled)
    assert min(late) < 1


def test_cancelling_the_run_of_a_dead_process_ends_it_immediately(program: Path) -> None:
    with started(program) as owner, SqliteStore("runs.db", lease=LEASE) as store:
        owner.kill()
        owner.wait()
        assert store.cancel("r").status == "cancelled"


def test_two_overlapping_commands_take_up_each_interrupted_run_once(program: Path) -> None:
    for number in range(6):
        with started(program, f"r{number}") as owner:
            owner.kill()
            owner.wait()
    Path("go").touch()
    command = [str(Path(sys.executable).with_name("typedflow")), "resume", "--all", "program.py:flow"]
    command += ["--store", "runs.db"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603  spelled above
    ends = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    with SqliteStore("runs.db") as store:
        assert sorted((run.run_id, run.status) for run in store.runs()) == [(f"r{i}", "completed") for i in range(6)]
        assert [task.interruptions for i in range(6) for task in store.tasks(f"r{i}", step="second")] == [1] * 6
    assert sum(line == "first" for line in said()) == 6
    assert sum(line.startswith("second") for line in said()) == 12


def test_a_store_that_fails_in_the_middle_of_a_resume_can_be_resumed_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    called: list[str] = []
    locks_at = "second"

    def handler_of(slug: str) -> Callable[[Mapping[str, Any]], str]:
        def handler(_: Mapping[str, Any]) -> str:
            called.append(slug)
            if slug == locks_at:
                other.execute("begin immediate")
            return slug

        return handler

    flow: Flow[Any, Any] = Flow("f", int)
    before: list[str] = []
    for slug in ("first", "second", "third", "fourth"):
        flow = flow.step(slug, handler_of(slug), depends_on=before)  # type: ignore[typedflow-not-literal]
        before = [slug]
    with SqliteStore(path, busy_timeout=0.05) as store:
        with pytest.raises(StoreError, match="locked"):
            flow.run_sync(1, store=store, run_id="r")
        other.execute("rollback")
        locks_at = "third"
        with pytest.raises(StoreError, match="locked"):
            flow.resume_sync("r", store=store)
        other.execute("rollback")
        locks_at = ""
        outputs = flow.resume_sync("r", store=store)
        assert store.run("r").status == "completed"
    other.close()
    assert outputs == {slug: slug for slug in ("first", "second", "third", "fourth")}
    assert called == ["first", "second", "second", "third", "third", "fourth"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() or subprocess.run(mount, check=False).returncode:  # noqa: S603  spelled above
        pytest.skip("only root of Linux can make a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607  as above


def test_a_full_disk_loses_nothing_that_was_confirmed_and_the_run_is_resumed_when_there_is_space(
    small_disk: Path,
) -> None:
    called: list[int] = []

    async def number(item: int) -> str:
        called.append(item)
        return f"{item:>10000}"

    flow = Flow("f", list[int]).map("numbers", number, over="run", max_concurrency=2)
    with SqliteStore(small_disk / "runs.db") as store:
        with pytest.raises(StoreError, match="full"):
            flow.run_sync(list(range(500)), store=store, run_id="r")
        confirmed = {task.task_index for task in store.tasks("r", status="completed")}
        assert 10 < len(confirmed) < 200
        called.clear()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)  # noqa: S603, S607  as above
        outputs = flow.resume_sync("r", store=store)
        assert store.run("r").status == "completed"
    assert outputs["numbers"] == [f"{item:>10000}" for item in range(500)]
    assert sorted(called) == sorted({*range(500)} - confirmed)


STORM = """
import resource, sys
from typing import Any
from typedflow import Flow
from typedflow.stores import SqliteStore

text = "x" * 102_400

async def handler(_: int) -> str:
    return text

flow = Flow("storm", list[int]).map("texts", handler, over="run", max_concurrency=1_000)
with SqliteStore("runs.db") as store:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    flow.run_sync(list(range(int(sys.argv[1]))), store=store)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_handlers_that_outrun_the_disk_do_not_fill_the_memory(tmp_path: Path) -> None:
    (tmp_path / "storm.py").write_text(STORM, "utf-8")
    command = [sys.executable, "storm.py", "2000"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603  this program
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 100 * 2**20  # the outputs have 195 MiB


def test_each_value_is_stored_once(tmp_path: Path) -> None:
    def handler_of(number: int) -> Callable[[Mapping[str, Any]], str]:
        return lambda inputs: inputs[f"s{number - 1}"][:-2] + f"{number:02}"

    flow: Flow[Any, Any] = Flow("f", int).step("s0", lambda _: "0" * 2**20)
    for number in range(1, 20):
        flow = flow.step(f"s{number}", handler_of(number), depends_on=[f"s{number - 1}"])  # type: ignore[typedflow-not-literal]
    with SqliteStore(tmp_path / "runs.db") as store:
        flow.run_sync(1, store=store)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 1.3 * 20 * 2**20

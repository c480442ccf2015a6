"""``typedflow resume --all`` after real processes were killed, twice at the same time, and interrupted itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.commands import COMMAND
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FLOWS = """
import os
import trio
from typedflow import Flow


def say(line):
    with open("said", "a") as file:
        print(line, file=file, flush=True)


def first(inputs):
    say(f"first {inputs['run']}")
    return inputs["run"]


async def second(inputs):
    say(f"second {inputs['run']}")
    while not os.path.exists("go"):
        await trio.sleep(0.01)
    if inputs["run"] == 3:
        raise ValueError("three")
    return inputs["first"] + 1


flow = Flow("f", int).step("first", first).step("second", second, depends_on=["first"])
"""
RUNS = 4

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Path]:
    """A folder with a store whose four runs were killed in their second step."""
    (tmp_path / "flows.py").write_text(FLOWS)
    started = [begin(tmp_path, "run", "flows.py", "--input", str(n), "--run-id", f"run-{n}") for n in range(RUNS)]
    wait_for(lambda: said(tmp_path)["second"] == RUNS)
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    yield tmp_path
    (tmp_path / "go").touch()


def begin(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "TYPEDFLOW_STORE": "runs.db"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def said(folder: Path) -> Counter[str]:
    file = folder / "said"
    return Counter(line.split()[0] for line in file.read_text().splitlines()) if file.exists() else Counter()


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(3_000):
        if condition():
            return
        time.sleep(0.01)
    pytest.fail("it did not happen within 30 seconds")


def test_every_run_is_resumed_by_one_of_two_processes(killed: Path) -> None:
    listed = begin(killed, "runs", "list").communicate()[0].splitlines()[1:]
    assert [line.split()[2] for line in listed] == ["interrupted"] * RUNS  # immediately, without a lease that ends
    both = [begin(killed, "resume", "--all", "flows.py") for _ in range(2)]
    wait_for(lambda: said(killed)["second"] == 2 * RUNS)
    (killed / "go").touch()
    ended = [process.communicate()[1] for process in both]
    lines = [line for text in ended for line in text.splitlines()]
    assert sum(" completed after " in line for line in lines) == RUNS - 1
    assert sum(" failed: " in line for line in lines) == 1
    assert max(process.returncode for process in both) == 1
    assert said(killed) == {"first": RUNS, "second": 2 * RUNS}
    with SqliteStore(killed / "runs.db") as store:
        assert sorted(run.status for run in store.runs()) == ["completed"] * (RUNS - 1) + ["failed"]
        assert {failure.kind for failure in store.failures("run-0")} == {"interrupted"}


def test_sigterm_interrupts_all_runs_again(killed: Path) -> None:
    process = begin(killed, "resume", "--all", "flows.py")
    wait_for(lambda: said(killed)["second"] == 2 * RUNS)
    process.send_signal(signal.SIGTERM)
    text = process.communicate()[1]
    assert process.returncode == 143
    assert text.splitlines()[-2:] == [f"{RUNS} runs: {RUNS} still interrupted.", "Stopped by SIGTERM."]
    with SqliteStore(killed / "runs.db") as store:
        assert all(run.is_interrupted and run.owner is None for run in store.runs())


def test_a_run_is_cancelled_from_another_process(killed: Path) -> None:
    process = begin(killed, "resume", "flows.py", "run-0", "-q")
    wait_for(lambda: said(killed)["second"] == RUNS + 1)
    cancelled = begin(killed, "runs", "cancel", "run-0", "run-1").communicate()[1]
    assert "will be cancelled" in cancelled.splitlines()[0]
    assert cancelled.splitlines()[1] == 'run "run-1" of flow "f" is cancelled.'
    assert "run-0 was cancelled" in process.communicate()[1]
    assert process.returncode == 1
    with SqliteStore(killed / "runs.db") as store:
        assert (store.run("run-0").status, store.run("run-1").status) == ("cancelled", "cancelled")

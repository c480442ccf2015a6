"""Two processes that need one output: when the one that computes it is killed, the other one computes it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, time
import trio
from typedflow import Flow
from typedflow.stores import SqliteStore

async def slow(inputs):
    print("computing", flush=True)
    if sys.argv[1] == "stuck":
        await trio.sleep_forever()
    return "done"

flow = Flow("slow", int).step("slow", slow, cache="forever")
with SqliteStore("runs.db") as store:
    print("starting", flush=True)
    print(flow.run_sync(1, store=store, run_id=sys.argv[1]), flush=True)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_the_other_process_computes_the_output(tmp_path: Path, end: signal.Signals) -> None:
    stuck = started(tmp_path, "stuck")
    assert read(stuck) == ["starting", "computing"]
    waiting = [started(tmp_path, name) for name in ("first", "second")]
    assert [read(process, 1) for process in waiting] == [["starting"], ["starting"]]

    stuck.send_signal(end)
    stuck.communicate()

    printed = [process.communicate(timeout=60)[0].splitlines() for process in waiting]
    assert sorted(map(len, printed)) == [1, 2]
    assert sorted(line for lines in printed for line in lines) == ["computing", "{'slow': 'done'}", "{'slow': 'done'}"]


def test_a_chain_of_processes_computes_each_output_once(tmp_path: Path) -> None:
    processes = [started(tmp_path, f"run_{number}") for number in range(6)]

    printed = [process.communicate(timeout=60)[0].splitlines() for process in processes]
    assert [lines[-1] for lines in printed] == ["{'slow': 'done'}"] * 6
    assert sum("computing" in lines for lines in printed) == 1


def started(folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, name]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603


def read(process: subprocess.Popen[str], lines: int = 2) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(lines)]

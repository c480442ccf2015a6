"""Processes and threads that need the same outputs at the same time."""

from __future__ import annotations

import math
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.unit.stores.runs import ERROR, completed, created, task
from typedflow.stores import CacheKey, SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow.stores import Store

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
    processes = [started(tmp_path, f"run_{number}") for number in range(4)]

    printed = [process.communicate(timeout=60)[0].splitlines() for process in processes]
    assert [lines[-1] for lines in printed] == ["{'slow': 'done'}"] * 4
    assert sum("computing" in lines for lines in printed) == 1


@pytest.mark.parametrize("fails", [0.0, 0.3])
def test_many_threads_on_two_stores_compute_each_output_once(tmp_path: Path, fails: float) -> None:
    """Each of 8 threads looks up 60 outputs in an order of its own; some of those that compute one fail."""
    computed: Counter[str] = Counter()
    found: Counter[str] = Counter()

    def work(store: Store, number: int) -> None:
        chance = Random(number)  # noqa: S311  the same every time
        claim = created(store, f"run-{number}").claim
        for index in chance.sample(range(60), 60):
            key = CacheKey(f"digest {index}", "website", "page", math.inf)
            while store.look_up(claim, key).result(60) is None:
                if chance.random() < fails:
                    store.commit(claim, [task("page", "retrying", index=index, error=ERROR)._replace(cache=key)])
                    continue
                computed[key.digest] += 1
                store.commit(claim, [completed("page", number, index=index)._replace(cache=key)]).result(60)
            found[key.digest] += 1

    with (
        SqliteStore(tmp_path / "runs.db") as one,
        SqliteStore(tmp_path / "runs.db") as other,
        ThreadPoolExecutor(8) as threads,
    ):
        for done in [threads.submit(work, store, number) for number, store in enumerate([one, other] * 4)]:
            done.result(120)

    assert set(computed.values()) == {1}
    assert (len(computed), set(found.values())) == (60, {8})


def started(folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", PROGRAM, name]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603


def read(process: subprocess.Popen[str], lines: int = 2) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(lines)]

"""What a store costs: commits one after another and many at a time, against plain SQLite, and a file with many runs.

``python -m tests.benchmarks.stores [FOLDER]`` makes its files in a folder on the disk that is measured. All figures of
one line come from the same process, alternately, because other programs slow the disk.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from typing import TYPE_CHECKING, Any

from typedflow.stores import NewRun, SqliteStore, StoredValue, Transition

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from typedflow.stores import Claim

OUTPUT = StoredValue('{"title": "Example", "words": 120}')
SHAPE = '{"flow": "chain", "input": "int", "steps": []}'
numbers = count()


def start(store: SqliteStore) -> Claim:
    now = time.time()
    run = NewRun(f"run-{next(numbers)}", "chain", StoredValue("1"), SHAPE, "fingerprint", now)
    return store.create(run, [Transition("task", "started", now, "s0", 0, 1)]).result().claim


def step(store: SqliteStore, claim: Claim, number: int) -> Future[None]:
    """Commit what a chain commits with each step: one task has completed, and the next one starts."""
    now = time.time()
    done = Transition("task", "completed", now, f"s{number}", 0, 1, OUTPUT)
    return store.commit(claim, [done, Transition("task", "started", now, f"s{number + 1}", 0, 1)])


def end(store: SqliteStore, claim: Claim) -> None:
    store.commit(claim, [Transition("run", "completed", time.time())]).result()


def chains(store: SqliteStore, *, runs: int, steps: int) -> float:
    """Return the steps per second of many chains at the same time; another thread asks for the next step of each."""
    claims = [start(store) for _ in range(runs)]
    done: SimpleQueue[int] = SimpleQueue()

    def ask(run: int, number: int) -> None:
        step(store, claims[run], number).add_done_callback(lambda future: done.put(future.exception() or run))  # type: ignore[arg-type]  # the exception is shown

    began = time.perf_counter()
    reached = [0] * runs
    for run in range(runs):
        ask(run, 0)
    left = runs * steps
    while left:
        run = done.get()
        left -= 1
        reached[run] += 1
        if reached[run] < steps:
            ask(run, reached[run])
    took = time.perf_counter() - began
    for claim in claims:
        end(store, claim)
    return runs * steps / took


def plain(path: Path, synchronous: str, inserts: int) -> float:
    """Return how many small rows per second SQLite takes, each with a commit of its own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute(f"pragma synchronous = {synchronous}")
        db.execute("create table if not exists outputs (step text, output text)")
        began = time.perf_counter()
        for number in range(inserts):
            db.execute("insert into outputs values (?, ?)", (f"s{number}", OUTPUT.data))
        return inserts / (time.perf_counter() - began)


def compare_commits(folder: Path) -> None:
    print("Steps per second, median of 7, and their share of plain commits one by one in the same round\n")
    print(f"{'':<28}{'plain':>10}{'chain':>10}{'share':>8}{'100 runs':>12}{'share':>8}")
    for durability, synchronous in (("full", "FULL"), ("normal", "NORMAL")):
        with SqliteStore(folder / f"{durability}.db", durability=durability) as store:  # type: ignore[arg-type]  # one of both
            rounds = [
                (
                    plain(folder / f"plain-{durability}.db", synchronous, 1_000),
                    chains(store, runs=1, steps=1_000),
                    chains(store, runs=100, steps=50),
                )
                for _ in range(7)
            ]
        limit, chain, many = (median(column) for column in zip(*rounds, strict=True))
        chain_share, many_share = (median(row[at] / row[0] for row in rounds) for at in (1, 2))
        print(
            f"durability={durability!r:<17}{limit:>10,.0f}{chain:>10,.0f}{chain_share:>8.2f}{many:>12,.0f}{many_share:>8.2f}"
        )


def fill(path: Path, runs: int, tasks: int) -> None:
    """Write runs with many tasks each, as fast as SQLite can."""
    SqliteStore(path).close()
    now = "2026-01-01T00:00:00.000000Z"
    shape = '{"flow": "big", "input": "int", "steps": [{"slug": "items", "kind": "map", "depends_on": []}]}'
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma synchronous = off")
        db.execute("begin")
        db.executemany("insert into flows values (?, 'fingerprint', ?)", [(f"flow_{at}", shape) for at in range(5)])
        for run in range(1, runs + 1):
            status = "failed" if run % 50 == 0 else "started" if run % 100 == 1 else "completed"
            db.execute(
                "insert into runs values (?, ?, ?, 'fingerprint', ?, ?, ?, null, null, null, null, '1')",
                (run, f"run-{run}", f"flow_{run % 5}", status, now, None if status == "started" else now),
            )
            db.execute("insert into claims (run, epoch) values (?, 1)", (run,))
            db.execute("insert into steps (run, step, status, items) values (?, 'items', ?, ?)", (run, status, tasks))
            db.executemany(
                "insert into tasks (run, step, task_index, status, attempt, started_at, ended_at, output) "
                "values (?, 'items', ?, 'completed', 1, ?, ?, ?)",
                [(run, index, now, now, OUTPUT.data) for index in range(tasks)],
            )
            if status == "started":
                db.execute(
                    "insert into tasks (run, step, task_index, status, attempt) values (?, 'retried', 0, 'queued', 1)",
                    (run,),
                )
        db.execute("commit")


def measure_reading(folder: Path) -> None:
    path = folder / "big.db"
    began = time.perf_counter()
    fill(path, runs=10_000, tasks=100)
    print(f"\n10,000 runs with 100 tasks each: {path.stat().st_size / 1e6:,.0f} MB, written in {took(began):.1f} s\n")
    with SqliteStore(path) as store:
        asks: dict[str, Callable[[], Any]] = {
            "open the file, one run": lambda: _open_and_read(path),
            "runs(limit=50)": lambda: store.runs(limit=50),
            "runs() of all 10,000": store.runs,
            "runs(status='failed', limit=50)": lambda: store.runs(status="failed", limit=50),
            "runs(flow=..., limit=50)": lambda: store.runs(flow="flow_3", limit=50),
            "runs(flow=..., status='failed')": lambda: store.runs(flow="flow_0", status="failed", limit=50),
            "runs(status='interrupted')": lambda: store.runs(status="interrupted"),
            "runs(status='running')": lambda: store.runs(status="running"),
            "runs(status='retrying')": lambda: store.runs(status="retrying"),
            "runs(status='waiting')": lambda: store.runs(status="waiting"),
            "runs(since=1 day), none": lambda: store.runs(since=timedelta(days=1)),
            "runs(prefix='run-99')": lambda: store.runs(prefix="run-99", limit=50),
            "runs(before=..., limit=50)": lambda: store.runs(before="run-5000", limit=50),
            "run(...)": lambda: store.run("run-5000"),
            "steps(...)": lambda: store.steps("run-5000"),
            "tasks(...)": lambda: store.tasks("run-5000"),
            "failures(...)": lambda: store.failures("run-5000"),
        }
        for name, ask in asks.items():
            times = [_timed(ask) for _ in range(9)]
            print(f"{name:<34}{median(times) * 1e3:>9.2f} ms")
        began = time.perf_counter()
        deleted = store.prune(older_than=timedelta(0))
        print(
            f"\nprune of {deleted:,} runs: {took(began):.1f} s; the file has {path.stat().st_size / 1e6:,.0f} MB then"
        )


def _open_and_read(path: Path) -> None:
    with SqliteStore(path) as store:
        store.run("run-5000")


def _timed(ask: Callable[[], Any]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


def took(began: float) -> float:
    return time.perf_counter() - began


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        compare_commits(Path(name))
        measure_reading(Path(name))

"""`Trial`: kills the processes that execute a run, lets others resume it, and checks what was promised."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.checks.kills.child import COMPLETED, REFUSED
from tests.checks.kills.killed_flow import KilledFlow
from tests.checks.kills.task_log import TaskLog
from typedflow.exceptions import UnknownRunError
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from typedflow import Flow
    from typedflow.stores import TaskRecord

ROOT = Path(__file__).parents[3]
INPUT = {"wanted": True}
# Into how many random spans the time of a run is cut, on average.
CUTS = 15


class BrokenPromiseError(AssertionError):
    """Something was promised and does not hold."""


def promise(holds: bool, what: str) -> None:  # noqa: FBT001  a condition, as in an assert statement
    """Raise unless it holds."""
    if not holds:
        raise BrokenPromiseError(what)


class Trial:
    """Some runs of a flow in one store, killed so often altogether.

    Attributes:
        folder: Where the store is, with a log for each run.
        kills: How many processes were killed that had called a handler.
        idle_kills: How many were killed before that.
        runs: How many runs have completed.
    """

    def __init__(self, seed: int, folder: Path) -> None:
        self.folder = folder
        self.kills = 0
        self.idle_kills = 0
        self.runs = 0
        self._seed = seed
        self._chance = Random(seed)  # noqa: S311  the same moments every time
        self._store = SqliteStore(folder / "runs.db")
        began = time.monotonic()
        self._outputs = self._flow("undisturbed").run_sync(INPUT, store=self._store, run_id="undisturbed")
        self._span = (time.monotonic() - began) * 2 / CUTS
        self._check_tasks("undisturbed", TaskLog(folder / "undisturbed.log").calls(), {})

    def carry_out(self, kills: int) -> None:
        """Kill so many processes, and let the last run complete.

        Raises:
            BrokenPromiseError: Something does not hold.
        """
        with self._store:
            while self.kills < kills:
                self._kill_a_run(f"run{self.runs}", kills)
                self.runs += 1
        with sqlite3.connect(self.folder / "runs.db") as connection:
            promise(connection.execute("pragma integrity_check").fetchall() == [("ok",)], "the file is intact")
            promise(connection.execute("pragma foreign_key_check").fetchall() == [], "no row is an orphan")
        connection.close()

    def _flow(self, run_id: str) -> Flow[Any, Any]:
        return KilledFlow(self._seed, TaskLog(self.folder / f"{run_id}.log"), self._store).flow

    def _kill_a_run(self, run_id: str, kills: int) -> None:
        log = TaskLog(self.folder / f"{run_id}.log")
        kept: Counter[str] = Counter()
        while not self._race(run_id, log, is_last=self.kills >= kills):
            calls = log.calls()
            for key in self._finished(run_id):
                kept.setdefault(key, calls[key])
        calls = log.calls()
        again = {key: (count, calls[key]) for key, count in kept.items() if calls[key] != count}
        promise(not again, f"{run_id}: what had finished was called again: {again}")
        processes = log.processes()
        promise(len(processes) == len({*processes}), f"{run_id}: two processes executed it at a time: {processes}")
        promise(self._store.run(run_id).status == "completed", f"{run_id} has completed")
        self._check_tasks(run_id, calls, self._undisturbed_failures())
        before = log.lines()
        outputs = self._flow(run_id).run_sync(INPUT, store=self._store, run_id=run_id)
        promise(outputs == self._outputs, f"{run_id}: the outputs are those of an undisturbed run")
        promise(log.lines() == before, f"{run_id}: a completed run calls nothing")

    def _race(self, run_id: str, log: TaskLog, *, is_last: bool) -> bool:
        """Let two processes race for a run, and kill both at random moments. Return whether the run has completed."""
        command = [sys.executable, "-m", "tests.checks.kills.child", str(self._seed), str(self.folder), run_id]
        children = [
            subprocess.Popen(  # noqa: S603  spelled above
                command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for child in children:
            if child.stdout is None or child.stdout.readline() != "ready\n":
                raise BrokenPromiseError(f"a process did not start: {child.communicate()[1]}")
        self._chance.shuffle(children)
        for child in children:
            if child.stdin is not None:
                child.stdin.write("go\n")
                child.stdin.flush()
        results = [self._kill(child, log, is_last=is_last) for child in children]
        return COMPLETED in results

    def _kill(self, child: subprocess.Popen[str], log: TaskLog, *, is_last: bool) -> str | None:
        """Kill a process after a while, unless it ends before. Return how it ended by itself; None if it was killed."""
        try:
            output, errors = child.communicate(timeout=None if is_last else self._chance.uniform(0, self._span))
        except subprocess.TimeoutExpired:
            child.kill()
            output, errors = child.communicate()
            if child.returncode != 0:
                has_executed = child.pid in {process for process, _ in log.lines()}
                self.kills += has_executed
                self.idle_kills += not has_executed
                return None
        result = output.strip()
        promise(child.returncode == 0 and result in {COMPLETED, REFUSED}, f"a process ended with: {errors}")
        return result

    def _finished(self, run_id: str) -> list[str]:
        """The keys of the tasks and predicates that must not be called any more."""
        keys = []
        for each in (run_id, f"{run_id}/inner/0"):
            try:
                tasks, steps = self._store.tasks(each), self._store.steps(each)
            except UnknownRunError:
                continue
            keys += [key_of(each, task) for task in tasks if task.status in {"completed", "failed"}]
            keys += [f"{task.step}?" for task in tasks] + [f"{step.step}?" for step in steps]
        return keys

    def _undisturbed_failures(self) -> dict[str, Counter[tuple[str, int]]]:
        return {part: self._failures(f"undisturbed{part}") for part in ("", "/inner/0")}

    def _failures(self, run_id: str) -> Counter[tuple[str, int]]:
        failures = self._store.failures(run_id)
        return Counter((failure.step, failure.task_index) for failure in failures if failure.kind == "failed")

    def _check_tasks(self, run_id: str, calls: Counter[str], usual: dict[str, Counter[tuple[str, int]]]) -> None:
        """Check that every task was called as often as its failures and interruptions say, and at most once more."""
        known = {key for key in calls if key.endswith("?")}
        for part in ("", "/inner/0"):
            failures = self._failures(run_id + part)
            promise(failures == usual.get(part, failures), f"{run_id}{part}: the failures are those of the flow")
            for task in self._store.tasks(run_id + part):
                key = key_of(run_id + part, task)
                known.add(key)
                failed = failures[task.step, task.task_index]
                least = failed + (task.status == "completed")
                most = least + task.interruptions
                promise(
                    least <= calls[key] <= most,
                    f"{key} was called {calls[key]} times, with {failed} failures, {task.interruptions} interruptions "
                    f"and the status {task.status}",
                )
                promise(task.status in {"completed", "failed"}, f"{key} has ended")
                promise(task.attempt == least, f"{key}: attempt {task.attempt} after {failed} failures")
        promise(calls.keys() == known, f"{run_id}: these calls are unknown: {calls.keys() ^ known}")


def key_of(run_id: str, task: TaskRecord) -> str:
    """The idempotency key of a task."""
    return f"{run_id}/{task.step}/{task.task_index}"

"""A storm: runs of random flows by workers that are killed and frozen, while the database is restarted."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
import trio

from tests.checks.pgflow.storm.flows import RandomFlow
from tests.postgres import restart
from typedflow import StepFailedError
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from typedflow import Flow

HEARTBEAT, LOST_AFTER = 0.5, 3.0


@dataclass
class Storm:
    """What a storm is like.

    Attributes:
        address: The database, which has pgflow.
        folder: Where the workers write what they did.
        runs: How many runs.
        workers: How many workers at a time.
        flows: How many flows.
        kill_every: Seconds between two kills.
        seed: What else is random follows from it. With an odd one, the database does not stop but crash.
        patience: Seconds after which everything must have ended.
    """

    address: str
    folder: Path
    runs: int = 500
    workers: int = 4
    flows: int = 5
    kill_every: float = 0.3
    seed: int = 0
    patience: float = 600.0
    kills: int = 0
    freezes: int = 0
    killed: set[int] = field(default_factory=set)
    frozen: set[int] = field(default_factory=set)
    repeated: int = 0
    _connection: psycopg.Connection[Any] | None = None

    def check(self) -> str:
        """Let it rage, and return what was seen.

        Raises:
            AssertionError: A run did not end as on the local engine, a task succeeded twice without a reason, or
                something was left behind.
        """
        self._chance = Random(self.seed)  # noqa: S311  not a secret
        seeds = [self.seed * 100 + number for number in range(self.flows)]
        self._flows: list[Flow[Any, Any]] = [RandomFlow(seed, lambda _: None).flow for seed in seeds]
        expected = [self._local_end(number) for number in range(self.runs)]
        with Database(self.address) as database:
            for flow in self._flows:
                deploy(database, flow.definition)
        began = time.monotonic()
        arguments = [self.address, str(self.folder), ",".join(map(str, seeds)), str(HEARTBEAT), str(LOST_AFTER)]
        command = [sys.executable, "-m", "tests.checks.pgflow.storm.zygote", *arguments]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as zygote:  # noqa: S603  its own command
            self._zygote = zygote
            self._alive = [self._new_worker() for _ in range(self.workers)]
            try:
                run_ids = self._rage()
                self._stop_workers()
            finally:
                for process in self._alive:
                    _send(process, signal.SIGKILL)
        seconds = time.monotonic() - began
        self._check_ends(run_ids, expected)
        self._check_repetitions()
        self._check_remains()
        return (
            f"{self.runs} runs ended as they must in {seconds:.0f} s: {self.kills} workers were killed, {self.freezes} "
            f"frozen, {self.repeated} tasks succeeded twice because of that"
        )

    def _flow(self, number: int) -> Flow[Any, Any]:
        return self._flows[number % len(self._flows)]

    def _local_end(self, number: int) -> Any:
        async def run() -> Any:
            try:
                return dict(await self._flow(number).run(number))
            except StepFailedError as error:
                return error.step

        return trio.run(run, clock=VirtualClock())

    def _new_worker(self) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write("\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def _rage(self) -> list[UUID]:
        """Start the runs while workers are killed, until all have ended. Return their identifiers."""
        run_ids = [uuid4() for _ in range(self.runs)]
        began, next_kill = time.monotonic(), self.kill_every
        self._started, self._has_restarted = 0, False
        self._thaws: dict[int, float] = {}
        while not self._have_ended(run_ids):
            now = time.monotonic() - began
            assert now < self.patience, f"not all runs have ended: {self._unended()}"
            self._thaw(now)
            if now > next_kill:
                next_kill = now + self.kill_every
                self._strike(now)
            time.sleep(0.03)
        self._thaw(math.inf)
        self._disconnect()
        return run_ids

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _have_ended(self, run_ids: list[UUID]) -> bool:
        """Start some more runs, and restart the database when half of them have ended. Whether all have."""
        try:
            connection = self._connection = self._connection or psycopg.connect(self.address, autocommit=True)
            for number in range(self._started, min(self.runs, self._started + 10)):
                given = (self._flow(number).definition.slug, str(number), run_ids[number])
                with suppress(psycopg.errors.UniqueViolation):
                    connection.execute("select from pgflow.start_flow(%s, %s::jsonb, %s)", given)
                self._started = number + 1
            row = connection.execute("select count(*) from pgflow.runs where status <> 'started'").fetchone()
        except psycopg.OperationalError:
            self._disconnect()
            return False
        assert row is not None
        if not self._has_restarted and row[0] > self.runs / 2:
            self._has_restarted = True
            restart(self.address, "immediate" if self.seed % 2 else "fast")
        return bool(row[0] == self.runs)

    def _thaw(self, now: float) -> None:
        """Let workers continue that were frozen long enough, and spare them for a moment: their reports come late."""
        for process, when in list(self._thaws.items()):
            if now > when:
                _send(process, signal.SIGCONT)
            if now > when + 1.0:
                del self._thaws[process]

    def _strike(self, now: float) -> None:
        """Kill or freeze a worker."""
        victim = self._chance.choice([each for each in self._alive if each not in self._thaws])
        if not self._thaws and self._chance.random() < 0.15:
            _send(victim, signal.SIGSTOP)
            self._thaws[victim] = now + LOST_AFTER * 1.7
            self.frozen.add(victim)
            self.freezes += 1
        else:
            self._kill(victim)

    def _kill(self, victim: int) -> None:
        _send(victim, signal.SIGKILL)
        self.killed.add(victim)
        self.kills += 1
        self._alive.remove(victim)
        self._alive.append(self._new_worker())

    def _unended(self) -> list[Any]:
        with psycopg.connect(self.address) as connection:
            return connection.execute(
                "select flow_slug, run_id, step_slug, task_index, step_tasks.status, attempts_count, error_message, "
                "last_worker_id "
                "from pgflow.step_tasks join pgflow.runs using (run_id, flow_slug) "
                "where runs.status = 'started' and step_tasks.status in ('queued', 'started') limit 5"
            ).fetchall()

    def _stop_workers(self) -> None:
        for process in self._alive:
            _send(process, signal.SIGTERM)
        began = time.monotonic()
        while any(Path(f"/proc/{process}").exists() for process in self._alive):
            assert time.monotonic() - began < 30.0, "a worker has not stopped"
            time.sleep(0.05)
        assert self._zygote.stdin is not None
        self._zygote.stdin.close()

    def _check_ends(self, run_ids: list[UUID], expected: list[Any]) -> None:
        async def end(engine: PgflowEngine, number: int) -> Any:
            async with engine.attach(self._flow(number), str(run_ids[number])) as run:
                try:
                    return dict(await run.outputs())
                except StepFailedError as error:
                    return error.step

        async def ends() -> None:
            with PgflowEngine(self.address) as engine:
                for number in range(self.runs):
                    found = await end(engine, number)
                    assert found == expected[number], f"run {number}: {found} and not {expected[number]}"

        trio.run(ends)

    def _check_repetitions(self) -> None:
        """A task may have succeeded twice if the process where it did so first was killed or frozen."""
        by_task: dict[str, list[int]] = defaultdict(list)
        for line in (self.folder / "completed").read_text().splitlines():
            process, _, task = line.partition(" ")
            by_task[task].append(int(process))
        for task, processes in by_task.items():
            others = [process for process in processes if process not in self.killed | self.frozen]
            assert len(others) <= 1, f"{task} succeeded in {processes}, of which {others} were left alone"
            self.repeated += len(processes) - 1

    def _check_remains(self) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            for flow in self._flows:
                row = connection.execute(
                    "select queue_length from pgmq.metrics(%s)", (flow.definition.slug,)
                ).fetchone()
                assert row == (0,), f"{flow.definition.slug}: {row} messages are left"
            query = "select count(*) from pg_stat_activity where application_name = 'typedflow worker'"
            for _ in range(100):
                if connection.execute(query).fetchone() == (0,):
                    break
                time.sleep(0.05)
            else:
                raise AssertionError("connections were leaked")


def _send(process: int, number: signal.Signals) -> None:
    """Send a signal to a worker, which may have ended: one that starts while the database restarts does."""
    with suppress(ProcessLookupError):
        os.kill(process, number)

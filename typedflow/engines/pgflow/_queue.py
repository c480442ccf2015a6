"""`FlowQueue`: what a worker asks of the database for one flow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from typedflow.engines.pgflow import _statements
from typedflow.engines.pgflow._history import TaskHistory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from typedflow.engines.pgflow._compiled import CompiledFlow, CompiledStep
    from typedflow.engines.pgflow._database import Connection

VISIBILITY: Final = 30
"""For how many seconds no other worker receives the message of a task. A worker extends that while it lives."""
_MOST_DEADLOCKS: Final = 5


class TaskKey(NamedTuple):
    """What names a task.

    Attributes:
        run_id: Identifier of the run.
        step: Slug of the compiled step.
        task_index: Index of the task in its step, from 0.
    """

    run_id: UUID
    step: str
    task_index: int


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task that this worker has claimed.

    Attributes:
        key: Its run, step and index.
        step: Its compiled step.
        message: Identifier of its message.
        given: Its step input as pgflow makes it: an object of JSON by slug, or the item of a map.
        claims: How often it had been claimed before.
        history: What had happened to it before.
        claimed_at: Wall clock, in seconds since the epoch.
    """

    key: TaskKey
    step: CompiledStep
    message: int
    given: Any
    claims: int
    history: TaskHistory
    claimed_at: float

    @property
    def attempt(self) -> int:
        """Number of this attempt, from 1."""
        return self.history.attempts + 1


class Completion(NamedTuple):
    """A task that has an output."""

    task: ClaimedTask
    output: str


class Retry(NamedTuple):
    """A task that is tried again."""

    task: ClaimedTask
    history: TaskHistory
    reason: str
    delay: float


class Exhausted(NamedTuple):
    """A task that has failed for good."""

    task: ClaimedTask
    history: TaskHistory
    reason: str


class FlowQueue:
    """What a worker asks of the database for one flow. Every method blocks, and uses the connection that it is given.

    Args:
        compiled: The flow.
        worker_id: Identifier of the worker.
    """

    def __init__(self, compiled: CompiledFlow, worker_id: UUID) -> None:
        self.flow = compiled.slug
        self.channel = f"typedflow_{compiled.slug}"
        self._steps = {step.slug: step for step in compiled.steps}
        self._worker_id = worker_id

    def register(self, connection: Connection) -> None:
        """Make the worker known, so that its tasks can refer to it."""
        connection.execute(_statements.REGISTER, (self._worker_id, self.flow, "typedflow"))

    def take_turn(
        self, connection: Connection, completions: Sequence[Completion], room: int
    ) -> tuple[list[ClaimedTask], list[int]]:
        """Complete tasks, and claim others.

        Args:
            connection: The connection.
            completions: The tasks that have an output.
            room: How many tasks may be claimed.

        Returns:
            The tasks that were claimed, and the messages of wait steps, which are not.
        """
        ordered = sorted(completions, key=lambda each: each.task.key)
        messages: list[tuple[int, dict[str, Any]]] = []
        for attempt in range(_MOST_DEADLOCKS):
            try:
                with connection.transaction():
                    if ordered:
                        self._complete(connection, ordered)
                    if room > 0:
                        messages = connection.execute(_statements.READ, (self.flow, VISIBILITY, room)).fetchall()
                break
            except psycopg.errors.DeadlockDetected:
                if attempt == _MOST_DEADLOCKS - 1:
                    raise
        waits = [msg for msg, body in messages if self._role(body) == "wait"]
        return self._claim(connection, [msg for msg, body in messages if self._role(body) != "wait"]), waits

    def retry(self, connection: Connection, retries: Sequence[Retry]) -> None:
        """Queue tasks again whose attempts have failed, each after its delay."""
        for task, history, reason, delay in sorted(retries, key=lambda each: each.task.key):
            with connection.transaction():
                connection.execute(_statements.FAIL, (*task.key, history.text(reason)))
                connection.execute(_statements.SET_VT, (self.flow, task.message, _whole(delay)))

    def exhaust(self, connection: Connection, exhausted: Sequence[Exhausted]) -> None:
        """Fail tasks for good."""
        for task, history, reason in sorted(exhausted, key=lambda each: each.task.key):
            rounds = task.step.max_attempts - task.claims
            connection.execute(_statements.EXHAUST, (history.text(reason), rounds, *task.key, self._worker_id))
            connection.execute(_statements.NOTIFY, (self.channel, f"run {task.key.run_id}"))

    def inputs_of_runs(self, connection: Connection, run_ids: Sequence[UUID]) -> dict[UUID, Any]:
        """Return the flow inputs of runs, as JSON."""
        return dict(connection.execute(_statements.FLOW_INPUTS, (list(run_ids),)).fetchall())

    def outputs_of_steps(self, connection: Connection, run_id: UUID, steps: Sequence[str]) -> dict[str, list[Any]]:
        """Return the outputs of the tasks of compiled steps that have completed, as JSON, by slug."""
        found: dict[str, list[Any]] = {}
        for slug, _, output in connection.execute(_statements.OUTPUTS_OF_STEPS, (run_id, list(steps))):
            found.setdefault(slug, []).append(output)
        return found

    def _role(self, body: dict[str, Any]) -> str | None:
        step = self._steps.get(body.get("step_slug", ""))
        return None if step is None else step.role

    def _complete(self, connection: Connection, completions: Sequence[Completion]) -> None:
        keys = [each.task.key for each in completions]
        runs, steps, indices = ([key[part] for key in keys] for part in range(3))
        outputs = [each.output for each in completions]
        connection.execute(_statements.COMPLETE, (runs, steps, indices, outputs, self._worker_id))
        connection.execute(_statements.NOTIFY, (self.channel, ""))

    def _claim(self, connection: Connection, messages: list[int]) -> list[ClaimedTask]:
        if not messages:
            return []
        rows = connection.execute(_statements.START_TASKS, (self.flow, messages, self._worker_id)).fetchall()
        now = time.time()
        return [
            ClaimedTask(
                TaskKey(run_id, step, index), self._steps[step], message, given, claims, TaskHistory.of(error), now
            )
            for run_id, step, index, given, message, claims, error in rows
        ]


def _whole(delay: float) -> int:
    return min(int(-(-delay // 1)), 2**31 - 1)

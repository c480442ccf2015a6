"""`FlowQueue`: what a worker asks of the database for one flow."""

from __future__ import annotations

import logging
import time
from collections import Counter
from contextlib import nullcontext
from os import getpid
from platform import node
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

from typedflow.engines.pgflow import _statements
from typedflow.engines.pgflow._database import said
from typedflow.engines.pgflow._history import TaskHistory
from typedflow.engines.pgflow._turn import ClaimedTask, Completion, Exhausted, Message, Report, Retry, TaskKey, Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._database import Connection

_logger = logging.getLogger("typedflow")
VISIBILITY: Final = 30
"""For how many seconds no other worker receives the message of a task. A worker extends that while it lives."""


# How many tasks of one map, claimed together, are many.
_LARGE: Final = 10
# What may be wrong with an output, and not with the database.
_UNSTORABLE: Final = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.InternalError_,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.RaiseException,
    psycopg.errors.StatementTooComplex,
)


class FlowQueue:
    """What a worker asks of the database for one flow. Every method blocks, and uses the connection that it is given.

    Each transaction may be repeated: a report counts once.

    Args:
        compiled: The flow.
        worker_id: Identifier of the worker; None for tasks of a worker that is not known any more.
    """

    def __init__(self, compiled: CompiledFlow, worker_id: UUID | None) -> None:
        self.flow = compiled.slug
        self.channel = f"typedflow_{compiled.slug}"
        self._steps = {step.slug: step for step in compiled.steps}
        self._worker_id = worker_id

    def register(self, connection: Connection) -> None:
        """Make the worker known, so that its tasks can refer to it."""
        connection.execute(_statements.REGISTER_AGAIN, (self._worker_id, self.flow, f"typedflow {node()}:{getpid()}"))

    def register_anew(self, connection: Connection) -> None:
        """Make the worker known again, because its row was deleted."""
        _logger.warning(
            'flow "%s": the row of worker %s was deleted, so others may have its tasks. It registers anew.',
            self.flow,
            self._worker_id,
        )
        self.register(connection)

    def complete_and_read(self, connection: Connection, turn: Turn, room: int) -> list[Message]:
        """Complete tasks, and return the messages of others.

        Args:
            connection: The connection.
            turn: Has the reports.
            room: How many messages to read.
        """
        completions = _sorted(turn, Completion)
        messages: list[Message] = []
        accepted: list[int] = []
        try:
            with connection.transaction() if completions else nullcontext():
                if completions:
                    accepted = self._complete(connection, completions)
                if room > 0:
                    messages = connection.execute(_statements.READ, (self.flow, VISIBILITY, room)).fetchall()
        except _UNSTORABLE as error:
            if not completions:
                raise
            self._complete_each(connection, turn, completions, error)
            return []
        _report(turn, completions, accepted)
        turn.has_read |= bool(messages)
        return messages

    def claim(self, connection: Connection, turn: Turn) -> None:
        """Claim the tasks of the messages that were read, but for those of steps that this worker does not know."""
        turn.waits += [message for message, body in turn.messages if self._role(body) == "wait"]
        others = [(message, body) for message, body in turn.messages if self._role(body) not in {None, "wait"}]
        is_large = max(Counter(_map_of(body) for _, body in others).values(), default=0) >= _LARGE
        self.claim_messages(connection, turn, [message for message, _ in others], is_large=is_large)
        turn.messages = []

    def claim_messages(
        self, connection: Connection, turn: Turn, messages: Sequence[int], *, is_large: bool = False
    ) -> None:
        """Claim the tasks of messages.

        Args:
            connection: The connection.
            turn: Receives the tasks.
            messages: The messages.
            is_large: Whether many of them belong to one map.
        """
        if not messages:
            return
        try:
            rows = self._started(connection, messages, is_large=is_large)
        except psycopg.errors.ForeignKeyViolation:
            self.register_anew(connection)
            rows = self._started(connection, messages, is_large=is_large)
        now = time.time()
        turn.claimed += [self._task(row, now) for row in rows if row[1] in self._steps]

    def _started(self, connection: Connection, messages: Sequence[int], *, is_large: bool) -> list[tuple[Any, ...]]:
        given = self.flow, list(messages), self.flow, self._worker_id
        with connection.transaction() if is_large else nullcontext():
            if is_large:
                connection.execute(_statements.NO_NESTED_LOOPS)
            return connection.execute(_statements.START_TASKS, given).fetchall()

    def skipped_maps(self, connection: Connection, maps: Collection[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
        """Return, of the maps of some runs, those that are skipped because an item has used up its attempts."""
        runs, steps = [run_id for run_id, _ in maps], [slug for _, slug in maps]
        return connection.execute(_statements.SKIPPED_MAPS, (runs, steps)).fetchall()

    def queue_again(self, connection: Connection, turn: Turn) -> None:
        """Queue tasks again, each after its delay."""
        retries = _sorted(turn, Retry)
        if not retries:
            return
        reasons = [_storable(each.history.text(each.reason)) for each in retries]
        with connection.transaction():
            accepted = self._ask_about_each(connection, _statements.FAIL, retries, reasons)
            delays = {retries[place].task.message: _whole(retries[place].delay) for place in accepted}
            if delays:
                connection.execute(_statements.SET_VTS, (self.flow, list(delays), list(delays.values())))
        _report(turn, retries, accepted)

    def exhaust(self, connection: Connection, turn: Turn) -> None:
        """Fail tasks for good."""
        for each in _sorted(turn, Exhausted):
            task, history, reason, _ = each
            rounds = task.step.max_attempts - task.claims
            given = (_storable(history.text(reason)), *task.key, self._worker_id, task.claim, rounds)
            is_accepted = False
            try:
                with connection.transaction():
                    is_accepted = connection.execute(_statements.EXHAUST, given).fetchone() is not None
                    connection.execute(_statements.NOTIFY, (self.channel, _news_of_end(task)))
            except _UNSTORABLE as error:  # such as a limit of pgflow that was not known; other runs continue
                where = (self.flow, *task.key[:2])
                _logger.warning('flow "%s", run %s: step "%s" could not be failed: %s', *where, said(error))
            _report(turn, [each], [0] if is_accepted else [])

    def claimed_tasks(self, connection: Connection) -> list[ClaimedTask]:
        """Return all tasks that this worker has claimed and not reported. What they were given is not among it."""
        rows: list[tuple[Any, ...]] = connection.execute(_statements.CLAIMED, (self._worker_id,)).fetchall()
        return [self._task(row[:-1], row[-1]) for row in rows if row[1] in self._steps]

    def lost_tasks(self, connection: Connection, lost_after: float) -> list[tuple[UUID | None, ClaimedTask]]:
        """Return tasks whose workers give no sign of life, with the identifiers of these. Their rows are locked."""
        rows: list[tuple[Any, ...]] = connection.execute(_statements.LOST, (self.flow, lost_after)).fetchall()
        return [(row[0], self._task(row[1:-1], row[-1])) for row in rows if row[2] in self._steps]

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

    def _task(self, row: Sequence[Any], claimed_at: float) -> ClaimedTask:
        run_id, slug, index, given, message, claims, error = row
        history = TaskHistory.of(error)
        return ClaimedTask(TaskKey(run_id, slug, index), self._steps[slug], message, given, claims, history, claimed_at)

    def _complete(self, connection: Connection, completions: Sequence[Completion]) -> list[int]:
        """Complete tasks, and return the indices of those that were accepted."""
        outputs = [each.output for each in completions]
        accepted = self._ask_about_each(connection, _statements.COMPLETE, completions, outputs, "completed")
        for each in completions:
            if each.skipped == "handler_failed" and each.task.step.role == "map":
                key = each.task.key
                connection.execute(_statements.NOTIFY, (self.channel, f"skip {key.run_id} {key.step}"))
        return accepted

    def _complete_each(
        self, connection: Connection, turn: Turn, completions: Sequence[Completion], error: psycopg.Error
    ) -> None:
        """Complete tasks in transactions of their own, because the database refuses one of them."""
        for each in completions:
            accepted: list[int] = []
            try:
                if len(completions) == 1:
                    raise error
                with connection.transaction():
                    accepted = self._complete(connection, [each])
            except _UNSTORABLE as refusal:
                turn.refused.append((each, said(refusal)))
                turn.reports.remove(each)
            else:
                _report(turn, [each], accepted)

    def _ask_about_each(
        self, connection: Connection, statement: str, reports: Sequence[Report], given: Sequence[str], status: str = ""
    ) -> list[int]:
        """Return the indices of the reports that were accepted."""
        tasks = [each.task for each in reports]
        runs, steps, indices = ([task.key[part] for task in tasks] for part in range(3))
        claims = [task.claim for task in tasks]
        named = (self.channel, runs, steps, indices, claims, list(given), self._worker_id)
        rows = connection.execute(statement, named).fetchall()
        return [place - 1 for place, found, _ in rows if found == status or not status]


R = TypeVar("R", Completion, Retry, Exhausted)


def _sorted(turn: Turn, kind: type[R]) -> list[R]:
    """Return the reports of a kind, in the order in which every worker takes locks."""
    return sorted((each for each in turn.reports if isinstance(each, kind)), key=lambda each: each.task.key)


def _news_of_end(task: ClaimedTask) -> str:
    """Return what other workers are notified of when a task has failed: the database may skip its step then."""
    if task.step.when_exhausted in {None, "fail"}:
        return f"run {task.key.run_id}"
    return f"skip {task.key.run_id} {task.key.step}"


def _map_of(body: dict[str, Any]) -> tuple[Any, Any]:
    return body.get("run_id"), body.get("step_slug")


def _report(turn: Turn, reports: Sequence[Report], accepted: Sequence[int]) -> None:
    places = set(accepted)
    turn.accepted += [each for place, each in enumerate(reports) if place in places]
    turn.late += [each for place, each in enumerate(reports) if place not in places]
    done = set(map(id, reports))
    turn.reports = [each for each in turn.reports if id(each) not in done]


def _storable(text: str) -> str:
    """Return a text that UTF-8 has: no lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode()


def _whole(delay: float) -> int:
    return min(int(-(-delay // 1)), 2**31 - 1)

"""`Client`: what programs ask of the database to start runs, to look at them and to end them. Every method blocks."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import UUID, uuid4

import psycopg
import trio

from typedflow._definition.shape import fingerprint
from typedflow._definition.storable import check_storable
from typedflow._definition.validation import delivery_validator, validate_input
from typedflow._text import in_one_line
from typedflow.engines._delivery import no_wait_step
from typedflow.engines._encoding import Encoding
from typedflow.engines._tasks.map_sources import source_error
from typedflow.engines.pgflow import _statements
from typedflow.engines.pgflow._compiled import ITEMS
from typedflow.engines.pgflow._deliveries import keep_delivery
from typedflow.engines.pgflow._deploy import ensure_deployed
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._history import TaskHistory
from typedflow.engines.pgflow._run_id import run_uuid
from typedflow.engines.pgflow._run_rows import read_run
from typedflow.engines.pgflow._values import UnstorableInPostgresError, from_jsonb, to_jsonb, written_again
from typedflow.engines.pgflow._watcher import Watcher
from typedflow.exceptions import (
    DeliveryError,
    DifferentInputError,
    NotDeployedError,
    OtherFlowError,
    StepFailedError,
    UnknownRunError,
    UnknownStepError,
    UnstorableValueError,
)
from typedflow.stores import StoredValue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines.pgflow._database import Connection, Database
    from typedflow.engines.pgflow._history import End
    from typedflow.engines.pgflow._run_rows import RunRows

T = TypeVar("T")
_MOST_THREADS: Final = 8


class Client:
    """Starts runs, looks at them and ends them.

    Args:
        database: The database.

    Attributes:
        watcher: Notices that runs have changed.
    """

    def __init__(self, database: Database) -> None:
        self.name = database.name
        self.watcher = Watcher(database)
        self._database = database
        self._features: Features | None = None
        self._deployed: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections."""
        self.watcher.close()
        self._database.close()

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Call one of the other methods in a thread."""
        return await trio.to_thread.run_sync(function, limiter=_limiter())

    def start(self, definition: FlowDefinition, flow_input: object, run_id: str | None) -> UUID:
        """Start a run, or find the one that has this identifier. Return its UUID.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            StepFailedError: A map step maps over the flow input, which is not a list. There is no run then.
            NotStorableError: The flow input or an output can never be stored.
            UnstorableValueError: The flow input cannot be stored.
            NotDeployedError: The database does not have the flow.
            DeployedShapeError: It has another shape of the flow.
            DifferentInputError: There is a run with this identifier and another flow input.
            OtherFlowError: There is a run of another flow with this identifier.
            EngineError: The database cannot be reached.
        """
        valid = validate_input(definition, flow_input)
        check_storable(definition)
        _check_root_maps(definition, valid)
        stored = Encoding.of(definition).input_to_store(valid, None)
        text = _jsonb(definition.slug, "run", "input", stored)
        uuid = uuid4() if run_id is None else run_uuid(run_id)
        with self._database.connection() as connection:
            self._check_deployed(connection, definition)
            try:
                given = (f"typedflow_{definition.slug}", definition.slug, text, uuid)
                connection.execute(_statements.START_FLOW, given)
            except psycopg.errors.UniqueViolation:
                self._check_same(connection, definition, uuid, text)
        return uuid

    def read(self, run_id: UUID, read_at: datetime | None = None, overlap: float = 0.0) -> RunRows | None:
        """Read a run: all of it, or the tasks that have changed since it was read."""
        since = None if read_at is None else read_at - timedelta(seconds=overlap)
        with self._database.connection() as connection:
            return read_run(connection, self._known_features(connection), run_id, since)

    def cancel(self, run_id: UUID) -> None:
        """Cancel a run. If it has ended, nothing happens.

        Raises:
            UnknownRunError: There is no such run.
            EngineError: The database cannot be reached.
        """
        self._end(run_id, "cancelled", "the run was cancelled")

    def time_out(self, run_id: UUID, timeout: float) -> None:
        """End a run that takes longer than its timeout."""
        self._end(run_id, "timed_out", f"the run took longer than its timeout of {timeout:g} s", timeout)

    def deliver(self, definition: FlowDefinition, run_id: UUID, slug: str, value: object) -> None:
        """Deliver the output of a wait step.

        Raises:
            UnknownRunError: There is no such run.
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares.
            DeliveryError: The step does not wait.
            UnstorableValueError: The database cannot keep the value.
            EngineError: The database cannot be reached.
        """
        flow = definition.slug
        if slug not in definition:
            raise UnknownStepError(flow, slug, tuple(step.slug for step in definition.steps))
        waits = [step.slug for step in definition.steps if step.handler is None]
        if slug not in waits:
            raise DeliveryError(self.name, str(run_id), slug, no_wait_step(waits))
        valid = delivery_validator(definition, definition[slug])(str(run_id), value)
        self.deliver_stored(flow, run_id, slug, Encoding.of(definition).output_to_store(slug, valid, None))

    def deliver_stored(self, flow: str, run_id: UUID, slug: str, stored: StoredValue) -> None:
        """Deliver the output of a wait step as it is stored. The errors are those of `deliver`."""
        text = _jsonb(flow, slug, "output", stored)
        rows = self.read(run_id)
        if rows is None:
            raise UnknownRunError(self.name, str(run_id))
        if rows.run.flow != flow:
            raise OtherFlowError(self.name, flow, str(run_id), rows.run.flow)
        status = next(row.status for row in rows.steps if row.slug == slug)
        if rows.run.status != "started" or status not in {"created", "started"}:
            ended = f"the step is {status}" if status not in {"created", "started"} else f"the run is {rows.run.status}"
            raise DeliveryError(self.name, str(run_id), slug, f"it does not wait: {ended}.")
        with self._database.connection() as connection:
            if not keep_delivery(connection, run_id, slug, text):
                raise DeliveryError(self.name, str(run_id), slug, "its output was delivered already.")
            self._notify(connection, flow, "")

    def retry(self, flow: str, run_id: UUID, again: Collection[str]) -> UUID:
        """Start a new run with the input of another one, which reuses what that one has completed. Return its UUID.

        Args:
            flow: Slug of the flow.
            run_id: Identifier of the other run.
            again: Slugs of the compiled steps that begin again.

        Raises:
            UnknownRunError: There is no such run.
            OtherFlowError: It is a run of another flow.
            EngineError: The database cannot be reached.
        """
        rows = self.read(run_id)
        if rows is None:
            raise UnknownRunError(self.name, str(run_id))
        if rows.run.flow != flow:
            raise OtherFlowError(self.name, flow, str(run_id), rows.run.flow)
        uuid = uuid4()
        done = {
            (row.slug, row.task_index): written_again(row.output)
            for row in rows.tasks
            if row.status == "completed" and row.slug not in again
        }
        with self._database.connection() as connection, connection.transaction():
            connection.execute(_statements.START_FLOW, (f"typedflow_{flow}", flow, written_again(rows.run.input), uuid))
            while found := self._queued(connection, uuid, done):
                connection.execute(_statements.CLAIM, (flow, list(found.values())))
                for slug, index in found:
                    connection.execute(_statements.COMPLETE_ONE, (uuid, slug, index, done[slug, index]))
            self._notify(connection, flow, "")
        return uuid

    def retry_flow(self, definition: FlowDefinition, run_id: UUID, from_steps: Collection[str]) -> UUID:
        """Retry a run of a flow that the program has.

        Raises:
            UnknownStepError: The flow has no such step.
            NotDeployedError: The database does not have the flow.
            DeployedShapeError: It has another shape of the flow. The others are those of `retry`.
        """
        with self._database.connection() as connection:
            self._check_deployed(connection, definition)
        again = _with_dependents(definition, from_steps)
        return self.retry(definition.slug, run_id, again | {f"{slug}{ITEMS}" for slug in again})

    @staticmethod
    def _queued(connection: Connection, run_id: UUID, done: Collection[tuple[str, int]]) -> dict[tuple[str, int], int]:
        rows = connection.execute(_statements.QUEUED_TASKS, (run_id,)).fetchall()
        return {(slug, index): message for slug, index, message in rows if (slug, index) in done}

    def _end(self, run_id: UUID, end: End, reason: str, timeout: float | None = None) -> None:
        rows = self.read(run_id)
        if rows is None:
            raise UnknownRunError(self.name, str(run_id))
        flow = rows.run.flow
        with self._database.connection() as connection:
            while row := connection.execute(_statements.ACTIVE_TASK, (run_id,)).fetchone():
                slug, index, message, error_message, rounds, is_started = row
                known = TaskHistory.of(error_message)
                history = replace(known, end=end, timeout=timeout, was_executed=is_started)
                failed = (run_id, slug, index, history.text(reason))
                connection.execute(_statements.FAIL_FOR_GOOD, (flow, message, *failed, rounds + 1))
            self._notify(connection, flow, f"run {run_id}")

    def _check_deployed(self, connection: Connection, definition: FlowDefinition) -> None:
        known = fingerprint(definition)
        if self._deployed.get(definition.slug) == known:
            return
        try:
            row = connection.execute(_statements.DEPLOYED, (definition.slug,)).fetchone()
        except psycopg.errors.UndefinedTable:  # nothing was ever deployed
            row = None
        if row is None:
            raise NotDeployedError(self.name, definition.slug)
        if row[0] != known:
            ensure_deployed(self._database, definition)
        self._deployed[definition.slug] = known

    def _check_same(self, connection: Connection, definition: FlowDefinition, uuid: UUID, text: str) -> None:
        rows = read_run(connection, self._known_features(connection), uuid)
        if rows is None:  # it was deleted in this moment
            raise UnknownRunError(self.name, str(uuid))
        if rows.run.flow != definition.slug:
            raise OtherFlowError(self.name, definition.slug, str(uuid), rows.run.flow)
        encoding = Encoding.of(definition)
        found, given = from_jsonb(rows.run.input), from_jsonb(json.loads(text))
        canonical = [encoding.canonical("run", each) for each in (found, given) if isinstance(each, StoredValue)]
        if len(canonical) < 2 or canonical[0] != canonical[1]:
            raise DifferentInputError(self.name, definition.slug, str(uuid))

    def _known_features(self, connection: Connection) -> Features:
        if self._features is None:
            self._features = Features.of(connection)
        return self._features

    @staticmethod
    def _notify(connection: Connection, flow: str, payload: str) -> None:
        connection.execute(_statements.NOTIFY, (f"typedflow_{flow}", payload))


_limiters: Final[trio.lowlevel.RunVar[trio.CapacityLimiter]] = trio.lowlevel.RunVar("typedflow clients")


def _limiter() -> trio.CapacityLimiter:
    """Return the limiter of this trio program: database threads do not take the places of handlers."""
    try:
        return _limiters.get()
    except LookupError:
        limiter = trio.CapacityLimiter(_MOST_THREADS)
        _limiters.set(limiter)
        return limiter


def _with_dependents(definition: FlowDefinition, steps: Collection[str]) -> set[str]:
    slugs = tuple(step.slug for step in definition.steps)
    for slug in steps:
        if slug not in slugs:
            raise UnknownStepError(definition.slug, slug, slugs)
    found = set(steps)
    for step in definition.steps:
        if not found.isdisjoint(step.depends_on):
            found.add(step.slug)
    return found


def _check_root_maps(definition: FlowDefinition, flow_input: object) -> None:
    """Raise what a run would fail with: pgflow does not even start it."""
    flow = definition.slug
    for step in definition.steps:
        if step.over == "run" and not step.depends_on:
            error = source_error(flow, step, flow_input)
            if error is not None:
                raise StepFailedError(flow, step.slug, 0, in_one_line(error, flow, step.slug)) from error


def _jsonb(flow: str, source: str, path: str, stored: StoredValue) -> str:
    try:
        return to_jsonb(stored)
    except UnstorableInPostgresError as error:
        problem, _, fix = f"{error}".partition(". ")
        raise UnstorableValueError(flow, source, path, problem, fix.rstrip(".")) from None

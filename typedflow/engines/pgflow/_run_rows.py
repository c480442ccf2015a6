"""What the tables have of one run, as it is read for a handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from typedflow.engines.pgflow import _statements

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._features import Features


class RunRow(NamedTuple):
    """The row of a run, and the time of the database when it was read."""

    flow: str
    status: str
    input: Any
    started_at: datetime
    ended_at: datetime | None
    now: datetime


class StepRow(NamedTuple):
    """The row of a compiled step of a run. A reason is there if the database itself has skipped it."""

    slug: str
    status: str
    items: int | None
    started_at: datetime | None
    ended_at: datetime | None
    error_message: str | None
    skip_reason: str | None


class TaskRow(NamedTuple):
    """The row of a task of a run."""

    slug: str
    task_index: int
    status: str
    claims: int
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    output: Any
    error_message: str | None


class RunRows(NamedTuple):
    """What the tables have of one run, all of one moment."""

    run: RunRow
    steps: list[StepRow]
    tasks: list[TaskRow]


def read_run(
    connection: Connection, features: Features, run_id: UUID, changed_since: datetime | None = None
) -> RunRows | None:
    """Read a run; None if there is no such run.

    Args:
        connection: The connection.
        features: What its pgflow can do.
        run_id: Identifier of the run.
        changed_since: Only the tasks that have changed since then; None for all.
    """
    run = _read_run(connection, run_id)
    if run is None or run.ended_at is not None:  # it does not change any more
        return None if run is None else _with_rows(connection, features, run_id, run, changed_since)
    with connection.transaction():
        connection.execute(_statements.ONE_MOMENT)
        run = _read_run(connection, run_id)
        return None if run is None else _with_rows(connection, features, run_id, run, changed_since)


def _read_run(connection: Connection, run_id: UUID) -> RunRow | None:
    row = connection.execute(_statements.RUN, (run_id,)).fetchone()
    return None if row is None else RunRow(*row)


def _with_rows(
    connection: Connection, features: Features, run_id: UUID, run: RunRow, changed_since: datetime | None
) -> RunRows:
    steps = _statements.STEPS_WITH_REASONS if features.conditions else _statements.STEPS
    return RunRows(
        run,
        [StepRow(*row) for row in connection.execute(steps, (run_id,))],
        [TaskRow(*row) for row in connection.execute(_statements.TASKS, (run_id, changed_since, changed_since))],
    )

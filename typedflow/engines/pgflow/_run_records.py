"""The records of the steps, tasks and failures of a run, as a store would have them, without the code of the flow."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from typedflow.engines.pgflow._history import TaskHistory, reason_of
from typedflow.engines.pgflow._values import FailedItem, Skipped, from_jsonb
from typedflow.stores import FailureRecord, StepRecord, StoredError, StoredValue, TaskRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from typedflow.engines.pgflow._run_rows import RunRows, StepRow, TaskRow
    from typedflow.event import SkipReason, StepStatus
    from typedflow.stores._records import TaskStatus


class Role(NamedTuple):
    """What a compiled step is.

    Attributes:
        step: Slug of the step of the flow.
        role: ``step``, ``map``, ``items`` or ``wait``.
    """

    step: str
    role: str


def task_record(row: TaskRow, role: Role, *, has_ended: bool) -> TaskRecord | None:
    """Return the record of a task; None if a store would have none: no handler was called, or it makes a map's items.

    Args:
        row: Its row.
        role: What its step is.
        has_ended: Whether its run has ended.
    """
    if role.role == "items":
        return None
    history = TaskHistory.of(row.error_message)
    output: StoredValue | None = None
    status: TaskStatus = "queued"
    if row.status == "completed":
        found = from_jsonb(row.output)
        if isinstance(found, Skipped) and found.reason != "handler_failed":
            return None
        status = "completed" if isinstance(found, StoredValue) else "failed"
        output = found if isinstance(found, StoredValue) else None
    elif row.status == "failed":
        status = "cancelled" if history.end in {"cancelled", "timed_out"} else "failed"
    elif has_ended:
        status = "cancelled"
    elif row.status == "started":
        status = "started"
    elif role.role == "wait":
        status = "waiting"
    counts = status in {"started", "completed"} or isinstance(from_jsonb(row.output), FailedItem | Skipped)
    attempt = history.attempts + 1 if counts else history.attempts
    failures = history.failures
    if status == "failed" and failures and not failures[-1].attempt:
        return None
    due = None
    if status == "queued" and failures and failures[-1].delay is not None:
        due = _time(failures[-1].ended) + timedelta(seconds=failures[-1].delay)
    started = row.started_at or (_time(failures[-1].started) if failures else None)
    return TaskRecord(
        role.step,
        row.task_index,
        status,
        attempt,
        history.interruptions,
        due,
        _utc(started),
        _utc(row.ended_at),
        output,
    )


def failure_records(row: TaskRow, role: Role) -> Iterator[FailureRecord]:
    """Give the records of the attempts of a task that failed or were interrupted."""
    history = TaskHistory.of(row.error_message)
    for failure in history.failures:
        kind = "interrupted" if failure.error is None else "failed"
        yield FailureRecord(
            role.step,
            row.task_index,
            failure.attempt,
            "interrupted" if kind == "interrupted" else "failed",
            failure.error,
            _time(failure.started),
            _time(failure.ended),
        )
    ended = _utc(row.ended_at)
    if ended is None:
        return
    found = from_jsonb(row.output)
    if row.status == "completed" and not isinstance(found, StoredValue) and found.error is not None:
        started = _utc(row.started_at)
        yield FailureRecord(role.step, row.task_index, history.attempts + 1, "failed", found.error, started, ended)
    elif row.status == "failed" and not history.failures and history.end is None:
        error = _error(row.error_message)
        yield FailureRecord(role.step, row.task_index, max(row.claims, 1), "failed", error, _utc(row.started_at), ended)


def step_records(rows: RunRows, roles: Mapping[str, Role]) -> list[StepRecord]:
    """Return the records of the steps that are known to have begun or ended, in the order in which they started."""
    has_ended = rows.run.status != "started"
    by_step: dict[str, list[TaskRow]] = {}
    for row in rows.tasks:
        by_step.setdefault(row.slug, []).append(row)
    of_items = {role.step: slug for slug, role in roles.items() if role.role == "items"}
    found = []
    for step in rows.steps:
        role = roles.get(step.slug, Role(step.slug, "step"))
        if role.role == "items":
            continue
        tasks = by_step.get(step.slug, [])
        making = by_step.get(of_items.get(role.step, ""), [])
        record = _step_record(step, role, tasks, making, has_ended=has_ended)
        if record is not None:
            found.append(record)
    return sorted(found, key=lambda record: record.started_at or record.ended_at or datetime.max.replace(tzinfo=UTC))


def _step_record(
    row: StepRow, role: Role, tasks: Sequence[TaskRow], making: Sequence[TaskRow], *, has_ended: bool
) -> StepRecord | None:
    records = [record for task in tasks if (record := task_record(task, role, has_ended=has_ended)) is not None]
    mark = _mark(tasks)
    failed = [task for task in (*tasks, *making) if task.status == "failed"]
    status, reason, error = _status(row, records, mark, failed, has_ended=has_ended)
    if status == "created" and not records:
        return None
    started = min((record.started_at for record in records if record.started_at is not None), default=None)
    counts: dict[TaskStatus, int] = dict(Counter(record.status for record in records))
    items = row.items if role.role == "map" and status not in {"skipped", "created"} else None
    return StepRecord(role.step, status, reason, items, started, _utc(row.ended_at), counts, error)


def _status(
    row: StepRow, records: Sequence[TaskRecord], mark: Skipped | None, failed: Sequence[TaskRow], *, has_ended: bool
) -> tuple[StepStatus, SkipReason | None, StoredError | None]:
    if mark is not None and row.status == "completed":
        return "skipped", mark.reason, mark.error
    if row.status == "skipped":
        reason: SkipReason = row.skip_reason if row.skip_reason is not None else "condition_unmet"  # type: ignore[assignment]
        return "skipped", reason, _error_of(row, failed)
    if row.status == "completed":
        return "completed", None, None
    for task in failed:
        history = TaskHistory.of(task.error_message)
        if history.end not in {"cancelled", "timed_out"}:
            last = history.failures[-1].error if history.failures else None
            return "failed", None, last or _error(task.error_message)
    if any(record.started_at is not None or record.status == "waiting" for record in records):
        return ("cancelled" if has_ended else "started"), None, None
    return "created", None, None


def _error_of(row: StepRow, failed: Sequence[TaskRow]) -> StoredError | None:
    """Return why the database has skipped a step, if that was an error."""
    for task in failed:
        failures = TaskHistory.of(task.error_message).failures
        if failures and failures[-1].error is not None:
            return failures[-1].error
    return _error(row.error_message) if row.error_message else None


def _mark(tasks: Iterable[TaskRow]) -> Skipped | None:
    for task in tasks:
        if task.status == "completed" and isinstance(task.output, dict):
            found = from_jsonb(task.output)
            if isinstance(found, Skipped):
                return found
    return None


def _error(message: str | None) -> StoredError:
    """Return the error of a task that another worker has executed, which stored only a text."""
    return StoredError("Exception", reason_of(message))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)

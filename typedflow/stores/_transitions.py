"""How the transitions of a run are written into the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow.stores import _cache
from typedflow.stores._values import optional_timestamp, timestamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from typedflow.stores._records import StoredError, Transition
    from typedflow.stores._values import Values

_TASK_STARTED: Final = """
insert into tasks (run, step, task_index, status, attempt, started_at) values (?, ?, ?, 'started', ?, ?)
on conflict do update set status = 'started', attempt = excluded.attempt, started_at = excluded.started_at,
    ended_at = null, due = null, output = null, output_codec = null
"""
_TASK_COMPLETED: Final = """
insert into tasks (run, step, task_index, status, attempt, ended_at, output_codec, output, cached_from)
values (?, ?, ?, 'completed', ?, ?, ?, ?, ?)
on conflict do update set status = 'completed', ended_at = excluded.ended_at, due = null,
    output_codec = excluded.output_codec, output = excluded.output, cached_from = excluded.cached_from
"""
_TASK_QUEUED: Final = """
insert into tasks (run, step, task_index, status, attempt, due) values (?, ?, ?, ?, 0, ?)
on conflict do update set status = excluded.status, due = excluded.due where status <> 'completed'
"""
_TASK_RETRYING: Final = """
insert into tasks (run, step, task_index, status, attempt, due) values (?, ?, ?, 'queued', ?, ?)
on conflict do update set status = 'queued', attempt = excluded.attempt, due = excluded.due
"""
_TASK_ENDED: Final = """
insert into tasks (run, step, task_index, status, attempt, ended_at) values (?, ?, ?, ?, ?, ?)
on conflict do update set status = excluded.status, ended_at = excluded.ended_at, due = null
    where status <> 'completed'
"""
_FAILURE: Final = """
insert into failures (run, step, task_index, attempt, kind, started_at, ended_at, error)
values (:run, :step, :task_index, :attempt, 'failed',
    (select started_at from tasks where run = :run and step = :step and task_index = :task_index), :time, :error)
"""
_STEP: Final = """
insert into steps (run, step, status, reason, items, started_at, ended_at, error) values (?, ?, ?, ?, ?, ?, ?, ?)
on conflict do update set status = excluded.status, reason = excluded.reason, items = coalesce(excluded.items, items),
    started_at = coalesce(started_at, excluded.started_at), ended_at = excluded.ended_at, error = excluded.error
"""
_OTHER_TASKS_OF_STEP: Final = """
update tasks set status = 'cancelled', ended_at = ?, due = null
where run = ? and step = ? and status in ('queued', 'waiting', 'started')
"""
_OTHER_TASKS_OF_RUN: Final = """
update tasks set status = 'cancelled', ended_at = ?, due = null
where run = ? and status in ('queued', 'waiting', 'started')
"""
_OTHER_STEPS_OF_RUN: Final = "update steps set status = 'cancelled', ended_at = ? where run = ? and status = 'started'"
_RUN_ENDED: Final = "update runs set status = ?, ended_at = ?, error = ? where id = ?"
_DELIVERY: Final = """
insert into tasks (run, step, task_index, status, attempt, ended_at, output_codec, output)
select run, step, 0, 'completed', 0, delivered_at, output_codec, output from deliveries where run = ? and step = ?
on conflict do update set status = 'completed', ended_at = excluded.ended_at, due = null,
    output_codec = excluded.output_codec, output = excluded.output
"""
_DELIVERED: Final = "delete from deliveries where run = ? and step = ?"

RUN_ENDS: Final = frozenset({"completed", "failed", "cancelled"})


class CompletedTaskError(Exception):
    """A task failed that has completed in the store: its output was delivered in the meantime."""

    def __init__(self, step: str | None) -> None:
        super().__init__(step)
        self.step = step


class Written:
    """What followed from transitions that were written.

    Attributes:
        ended: Whether the run has ended.
        delivered: Whether a step that began to wait has its delivery already.
    """

    __slots__ = ("delivered", "ended")

    def __init__(self) -> None:
        self.ended = False
        self.delivered = False


def write(db: sqlite3.Connection, values: Values, run: int, transitions: Sequence[Transition]) -> Written:
    """Write the transitions of a run."""
    written = Written()
    for change in transitions:
        if change.subject == "task":
            _write_task(db, values, run, change, written)
            if change.cache is not None:
                _cache.write(db, run, change, change.cache)
        elif change.subject == "step":
            _write_step(db, values, run, change, _errors_of_tasks(transitions))
        elif change.status in RUN_ENDS:
            end_run(db, run, change.status, timestamp(change.time), values.error_column(change.error))
            written.ended = True
    return written


def end_run(db: sqlite3.Connection, run: int, status: str, time: str, error: str | bytes | None = None) -> None:
    """End a run; what has not ended in it is cancelled."""
    db.execute(_RUN_ENDED, (status, time, error, run))
    db.execute("update claims set host = null, pid = null, requests = 0 where run = ?", (run,))
    if status != "completed":
        db.execute(_OTHER_TASKS_OF_RUN, (time, run))
        db.execute(_OTHER_STEPS_OF_RUN, (time, run))


def _write_task(db: sqlite3.Connection, values: Values, run: int, change: Transition, written: Written) -> None:
    _, status, time, step, index, attempt, output, _, _, _, due, _, cached_from = change
    if status == "started":
        db.execute(_TASK_STARTED, (run, step, index, attempt, timestamp(time)))
    elif status == "completed" and output is not None:
        data, codec = values.columns(output)
        db.execute(_TASK_COMPLETED, (run, step, index, attempt or 0, timestamp(time), codec, data, cached_from))
    elif status == "retrying":
        _write_failure(db, values, run, change)
        db.execute(_TASK_RETRYING, (run, step, index, attempt, optional_timestamp(due)))
    elif status == "queued":
        db.execute(_TASK_QUEUED, (run, step, index, "queued", optional_timestamp(due)))
    elif status == "waiting":
        db.execute(_TASK_QUEUED, (run, step, index, "waiting", optional_timestamp(due)))
        if db.execute(_DELIVERY, (run, step)).rowcount > 0:
            db.execute(_DELIVERED, (run, step))
            written.delivered = True
    elif status in {"failed", "cancelled"}:
        found = db.execute(_TASK_ENDED, (run, step, index, status, attempt or 0, timestamp(time))).rowcount
        if status == "failed":
            if not found:
                raise CompletedTaskError(step)
            _write_failure(db, values, run, change)
    else:
        raise ValueError(f"a task cannot be {status!r}, or it has no output")


def _write_failure(db: sqlite3.Connection, values: Values, run: int, change: Transition) -> None:
    columns = {
        "run": run,
        "step": change.step,
        "task_index": change.task_index,
        "attempt": change.attempt or 0,
        "time": timestamp(change.time),
        "error": values.error_column(change.error),
    }
    db.execute(_FAILURE, columns)


def _write_step(
    db: sqlite3.Connection,
    values: Values,
    run: int,
    change: Transition,
    known_errors: Sequence[tuple[str | None, StoredError | None]],
) -> None:
    time = timestamp(change.time)
    started, ended = (time, None) if change.status == "started" else (None, time)
    # The failure of its task has the same error, and each value is stored once.
    error = None if (change.step, change.error) in known_errors else values.error_column(change.error)
    db.execute(_STEP, (run, change.step, change.status, change.reason, change.items, started, ended, error))
    if change.status in {"failed", "skipped", "cancelled"}:
        db.execute(_OTHER_TASKS_OF_STEP, (time, run, change.step))


def _errors_of_tasks(transitions: Sequence[Transition]) -> list[tuple[str | None, StoredError | None]]:
    return [
        (change.step, change.error) for change in transitions if change.subject == "task" and change.status == "failed"
    ]

"""What others than the owner of a run ask for: to cancel it, to retry it, to deliver an output, to delete it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from typedflow.exceptions import DeliveryError, RunEndedError, UnknownStepError
from typedflow.stores._claims import check_is_free, request
from typedflow.stores._deleted import remember_deleted
from typedflow.stores._reading import read_run, row_of
from typedflow.stores._transitions import end_run
from typedflow.stores._values import optional_moment, timestamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from typedflow.stores._records import RunRecord, StoredValue
    from typedflow.stores._values import Values

_RESTARTED: Final = """
update runs set status = 'started', ended_at = null, error = null, cancel_requested_at = null, deadline = ?
where id = ?
"""
_TASKS_AGAIN: Final = """
update tasks set status = 'queued', attempt = 0, interruptions = 0, due = null, started_at = null, ended_at = null
where run = ? and status in ('failed', 'cancelled') and not exists (
    select 1 from steps s where s.run = tasks.run and s.step = tasks.step and s.status in ('completed', 'skipped')
)
"""
_MAP_STEPS_AGAIN: Final = """
update steps set status = 'started', ended_at = null, error = null
where run = ? and status in ('failed', 'cancelled') and items is not null
"""
_PLAIN_STEPS_AGAIN: Final = "delete from steps where run = ? and status in ('failed', 'cancelled')"
_DELIVERED: Final = """
update tasks set status = 'completed', ended_at = ?, due = null, output_codec = ?, output = ?
where run = ? and step = ? and status = 'waiting'
"""
_EARLY: Final = "insert into deliveries (run, step, delivered_at, output_codec, output) values (?, ?, ?, ?, ?)"
_STATE: Final = """
select t.status, t.due, s.status from (select 1)
    left join tasks t on t.run = :run and t.step = :step and t.task_index = 0
    left join steps s on s.run = :run and s.step = :step
"""


def cancel(db: sqlite3.Connection, store: str, values: Values, run_id: str) -> RunRecord:
    """Cancel a run, or ask the process that executes it to do so."""
    row = row_of(db, store, run_id)
    run = read_run(db, values, row)
    if run.status != "started":
        raise RunEndedError(store, run)
    now = timestamp(time.time())
    db.execute("update runs set cancel_requested_at = coalesce(cancel_requested_at, ?) where id = ?", (now, row))
    if run.is_interrupted:
        end_run(db, row, "cancelled", now)
    else:
        request(db, row)
    return read_run(db, values, row)


def retry(db: sqlite3.Connection, store: str, values: Values, run_id: str, steps: Sequence[str]) -> RunRecord:
    """Make a run ready to be resumed, from its failed tasks or from some of its steps on."""
    row = row_of(db, store, run_id)
    run = read_run(db, values, row)
    check_is_free(store, run_id, run.owner)
    again = _with_dependents(run, steps)
    if run.status == "completed" and not again:
        raise RunEndedError(store, run)
    # A run with a timeout gets its time anew: it would end immediately otherwise.
    deadline = None
    if run.deadline is not None:
        deadline = timestamp(time.time() + (run.deadline - run.created_at).total_seconds())
    db.execute(_TASKS_AGAIN, (row,))
    db.execute(_MAP_STEPS_AGAIN, (row,))
    db.execute(_PLAIN_STEPS_AGAIN, (row,))
    for step in again:
        for table in ("tasks", "steps", "deliveries"):
            db.execute(f"delete from {table} where run = ? and step = ?", (row, step))
    db.execute(_RESTARTED, (deadline, row))
    return read_run(db, values, row)


def deliver(
    db: sqlite3.Connection, store: str, values: Values, run_id: str, *, step: str, value: StoredValue, limit: int | None
) -> None:
    """Store the output of a step that waits for it, or that has not begun to wait."""
    row = row_of(db, store, run_id)
    run = read_run(db, values, row)
    known = _steps(run)
    if step not in known:
        raise UnknownStepError(run.flow, step, tuple(known))
    now = time.time()
    task, due, step_status = db.execute(_STATE, {"run": row, "step": step}).fetchone()
    problem = _problem(run, known[step], task, step_status)
    if problem is None and limit is not None and (size := _size(value)) > limit:
        problem = f"the value has {size:,} bytes, and the store takes {limit:,} at most (max_value_bytes)."
    if problem is None and task == "waiting" and due is not None and due <= timestamp(now):
        problem = f"it has timed out, at {optional_moment(due)}."
    if problem is not None:
        raise DeliveryError(store, run_id, step, problem)
    data, codec = values.columns(value)
    if task == "waiting":
        db.execute(_DELIVERED, (timestamp(now), codec, data, row, step))
    elif db.execute("select 1 from deliveries where run = ? and step = ?", (row, step)).fetchone():
        raise DeliveryError(store, run_id, step, "its output was delivered already; it uses it when it begins.")
    else:
        db.execute(_EARLY, (row, step, timestamp(now), codec, data))
    request(db, row)


def delete(db: sqlite3.Connection, store: str, values: Values, run_id: str) -> None:
    """Delete a run that no living process executes."""
    row = row_of(db, store, run_id)
    check_is_free(store, run_id, read_run(db, values, row).owner)
    delete_row(db, row, run_id)
    delete_unused_shapes(db)


def delete_row(db: sqlite3.Connection, row: int, run_id: str) -> None:
    """Delete a run, and remember that its identifier was used."""
    db.execute("delete from runs where id = ?", (row,))
    remember_deleted(db, run_id)


def delete_unused_shapes(db: sqlite3.Connection) -> None:
    """Delete the shapes of flows that no run has any more."""
    db.execute(
        "delete from flows where not exists "
        "(select 1 from runs r where r.flow = flows.flow and r.fingerprint = flows.fingerprint)"
    )


def _problem(run: RunRecord, kind: str, task: str | None, step_status: str | None) -> str | None:
    problems = {
        "it has a handler, so it does not wait for a delivery.": kind != "wait",
        "it has its output already. An output is delivered once.": task == "completed",
        f"the run has ended: it is {run.status}.": run.status != "started",
        "it was skipped.": step_status == "skipped",
        "it has timed out.": task == "failed",
        "the run is being cancelled.": run.cancel_requested_at is not None,
    }
    return next((problem for problem, applies in problems.items() if applies), None)


def _size(value: StoredValue) -> int:
    return len(value.data if isinstance(value.data, bytes) else value.data.encode("utf-8", "surrogatepass"))


def _steps(run: RunRecord) -> dict[str, str]:
    return {step["slug"]: step["kind"] for step in _shape(run)}


def _with_dependents(run: RunRecord, steps: Iterable[str]) -> set[str]:
    shape = _shape(run)
    known = tuple(step["slug"] for step in shape)
    found = set(steps)
    for step in found:
        if step not in known:
            raise UnknownStepError(run.flow, step, known)
    size = -1
    while size != len(found):
        size = len(found)
        found.update(step["slug"] for step in shape if not found.isdisjoint(step["depends_on"]))
    return found


def _shape(run: RunRecord) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = json.loads(run.shape)["steps"]
    return steps

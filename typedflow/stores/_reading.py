"""Reads runs, steps, tasks and failures from the tables."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from typedflow.exceptions import UnknownRunError
from typedflow.stores._deleted import was_deleted
from typedflow.stores._owners import Process, has_died, shares_uptime
from typedflow.stores._records import FailureRecord, Owner, RunRecord, StepRecord, StoredError, TaskRecord
from typedflow.stores._values import moment, optional_moment, timestamp

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from typedflow.event import StepStatus
    from typedflow.stores._records import TaskStatus
    from typedflow.stores._run_log import RunFilter
    from typedflow.stores._values import Values

# Without "indexed by" and "cross join", SQLite reads all tasks of a run here. There may be a million.
_RUN: Final = """
select r.run_id, r.flow, r.status, r.created_at, r.ended_at, r.deadline, r.cancel_requested_at,
    c.host, c.pid, c.machine, c.process_started, c.lease, c.lease_expires_at, c.lease_expires_uptime,
    r.error, r.fingerprint, f.shape, r.input, r.input_codec,
    (select count(*) from tasks t indexed by tasks_retrying
        where t.run = r.id and t.status = 'queued' and t.attempt > 0),
    (select json_group_array(step) from tasks t indexed by tasks_waiting where t.run = r.id and t.status = 'waiting'),
    (select count(*) from steps s where s.run = r.id and s.status in ('completed', 'skipped'))
    + (select count(*) from json_each(f.shape, '$.steps') j
        cross join tasks t on t.run = r.id and t.step = json_extract(j.value, '$.slug') and t.task_index = 0
        where t.status = 'completed' and not exists (select 1 from steps s where s.run = r.id and s.step = t.step))
from runs r join claims c on c.run = r.id join flows f on f.flow = r.flow and f.fingerprint = r.fingerprint
"""
_TASK: Final = """
select step, task_index, status, attempt, interruptions, due, started_at, ended_at, output, output_codec,
    cached_from
from tasks where run = ?
"""
_FAILURE: Final = "select step, task_index, attempt, kind, error, started_at, ended_at from failures where run = ?"
_STEP: Final = "select step, status, reason, items, started_at, ended_at, error from steps where run = ?"
_COUNTS: Final = """
select step, status, count(*), min(started_at), max(ended_at) from tasks where run = ? group by step, status
"""
_FIRST_STARTS: Final = "select step, min(started_at) from failures where run = ? group by step"
_LAST_ERROR: Final = """
select error from failures where run = ? and step = ? and kind = 'failed' order by id desc limit 1
"""
IS_ALIVE: Final = """
c.pid is not null and is_alive(c.host, c.pid, c.machine, c.process_started, c.lease, c.lease_expires_at,
    c.lease_expires_uptime)
"""
_FILTERS: Final = {
    "running": f"r.status = 'started' and {IS_ALIVE}",
    "interrupted": f"r.status = 'started' and not ({IS_ALIVE})",
    "retrying": (
        "r.status = 'started' and r.id in (select t.run from tasks t where t.status = 'queued' and t.attempt > 0)"
    ),
    "waiting": "r.status = 'started' and r.id in (select t.run from tasks t where t.status = 'waiting')",
}
_EVERYTHING: Final = -1


def add_functions(db: sqlite3.Connection) -> None:
    """Add the function that queries ask whether the owner of a run lives."""
    db.create_function("is_alive", 7, _is_alive)


def row_of(db: sqlite3.Connection, store: str, run_id: str) -> int:
    """Return the number of a run in the tables."""
    try:
        found = db.execute("select id from runs where run_id = ?", (run_id,)).fetchone()
    except UnicodeEncodeError:
        found = None
    if found is None:
        raise UnknownRunError(store, run_id, was_deleted=was_deleted(db, run_id))
    return int(found[0])


def read_run(db: sqlite3.Connection, values: Values, row: int) -> RunRecord:
    """Read a run."""
    return _run(values, db.execute(f"{_RUN} where r.id = ?", (row,)).fetchone())


def read_runs(
    db: sqlite3.Connection,
    store: str,
    values: Values,
    *,
    flow: str | None,
    status: RunFilter | None,
    since: datetime | timedelta | None,
    prefix: str | None,
    limit: int | None,
    before: str | None,
) -> Sequence[RunRecord]:
    """Read runs, the newest first."""
    conditions: list[str] = []
    parameters: list[Any] = []
    if flow is not None:
        conditions.append("r.flow = ?")
        parameters.append(flow)
    if status is not None:
        conditions.append(_FILTERS.get(status, "r.status = ?"))
        parameters.extend(() if status in _FILTERS else (status,))
    if since is not None:
        conditions.append("r.created_at >= ?")
        parameters.append(_since(since))
    if prefix:
        conditions.append("substr(r.run_id, 1, ?) = ?")
        parameters.extend((len(prefix), prefix))
    if before is not None:
        conditions.append("r.id < ?")
        parameters.append(row_of(db, store, before))
    where = f" where {' and '.join(conditions)}" if conditions else ""
    rows = db.execute(
        f"{_RUN}{where} order by r.id desc limit ?", (*parameters, _EVERYTHING if limit is None else limit)
    )
    return [_run(values, row) for row in rows]


def read_tasks(
    db: sqlite3.Connection,
    values: Values,
    row: int,
    *,
    step: str | None = None,
    status: TaskStatus | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[TaskRecord]:
    """Read tasks of a run, in the order of their steps' slugs and of their indices."""
    query = _TASK
    parameters: list[Any] = [row]
    if step is not None:
        query += " and step = ?"
        parameters.append(step)
    if status is not None:
        query += " and status = ?"
        parameters.append(status)
    query += " order by step, task_index limit ? offset ?"
    rows = db.execute(query, (*parameters, _EVERYTHING if limit is None else limit, offset))
    return [_task(values, found) for found in rows]


def read_failures(
    db: sqlite3.Connection, values: Values, row: int, *, step: str | None = None, limit: int | None = None
) -> Sequence[FailureRecord]:
    """Read the attempts of a run that failed or were interrupted, oldest first."""
    query = _FAILURE
    parameters: list[Any] = [row]
    if step is not None:
        query += " and step = ?"
        parameters.append(step)
    rows = db.execute(f"{query} order by id limit ?", (*parameters, _EVERYTHING if limit is None else limit))
    return [
        FailureRecord(slug, index, attempt, kind, values.error(error), optional_moment(started), moment(ended))
        for slug, index, attempt, kind, error, started, ended in rows
    ]


def read_steps(db: sqlite3.Connection, values: Values, row: int) -> Sequence[StepRecord]:
    """Read the steps of a run, in the order in which they started."""
    tasks: dict[str, dict[TaskStatus, int]] = {}
    times: dict[str, tuple[str | None, str | None]] = {}
    for step, status, count, started, ended in db.execute(_COUNTS, (row,)):
        tasks.setdefault(step, {})[status] = count
        first, last = times.get(step, (None, None))
        times[step] = _earliest(first, started), max(filter(None, (last, ended)), default=None)
    for step, started in db.execute(_FIRST_STARTS, (row,)):
        first, last = times.get(step, (None, None))
        times[step] = _earliest(first, started), last
    known = {found[0]: found for found in db.execute(_STEP, (row,))}

    def error_of(step: str) -> StoredError | None:
        column = known[step][-1] if step in known else None
        if column is None:
            column = next(db.execute(_LAST_ERROR, (row, step)), (None,))[0]
        return values.error(column)

    steps = [
        _known_step(
            found, tasks.get(step, {}), times.get(step, (None, None))[0], error_of(step) if _failed(found) else None
        )
        for step, found in known.items()
    ]
    steps += [
        _step_of_task(step, counts, times[step], error_of(step) if "failed" in counts else None)
        for step, counts in tasks.items()
        if step not in known
    ]
    return sorted(steps, key=_order)


def _failed(found: tuple[Any, ...]) -> bool:
    return "failed" in found[1:2] or "handler_failed" in found[2:3]


def _earliest(*times: str | None) -> str | None:
    return min(filter(None, times), default=None)


def _order(step: StepRecord) -> tuple[datetime, str]:
    return step.started_at or step.ended_at or datetime.max.replace(tzinfo=UTC), step.step


def _known_step(
    found: tuple[Any, ...], tasks: dict[TaskStatus, int], first_start: str | None, error: StoredError | None
) -> StepRecord:
    step, status, reason, items, started, ended, _ = found
    return StepRecord(
        step,
        status,
        reason,
        items,
        optional_moment(started or first_start),
        optional_moment(ended),
        tasks,
        error,
    )


def _step_of_task(
    step: str, tasks: dict[TaskStatus, int], times: tuple[str | None, str | None], error: StoredError | None
) -> StepRecord:
    started, ended = times
    task_status = next(iter(tasks))
    status: StepStatus
    if task_status in {"completed", "failed", "cancelled"}:
        status = cast("StepStatus", task_status)
    else:
        status = "created" if task_status == "queued" and started is None else "started"
        ended = None
    return StepRecord(step, status, None, None, optional_moment(started), optional_moment(ended), tasks, error)


def _run(values: Values, row: tuple[Any, ...]) -> RunRecord:
    run_id, flow, status, created, ended, deadline, cancel, *owner_columns = row[:14]
    error, fingerprint, shape, data, codec, retrying, waiting, steps_done = row[14:]
    owner = owner_of(owner_columns)
    is_started = status == "started"
    return RunRecord(
        run_id=run_id,
        flow=flow,
        status=status,
        created_at=moment(created),
        ended_at=optional_moment(ended),
        deadline=optional_moment(deadline),
        cancel_requested_at=optional_moment(cancel),
        owner=owner,
        is_interrupted=is_started and (owner is None or not owner.is_alive),
        retrying=retrying if is_started else 0,
        waiting=tuple(json.loads(waiting)) if is_started else (),
        input=values.value(data, codec),
        error=values.error(error),
        fingerprint=fingerprint,
        shape=shape,
        steps_done=steps_done,
    )


def _task(values: Values, row: tuple[Any, ...]) -> TaskRecord:
    step, index, status, attempt, interruptions, due, started, ended, output, codec, cached_from = row
    return TaskRecord(
        step,
        index,
        status,
        attempt,
        interruptions,
        optional_moment(due),
        optional_moment(started),
        optional_moment(ended),
        None if output is None else values.value(output, codec),
        cached_from,
    )


def owner_of(columns: Sequence[Any]) -> Owner | None:
    """Return the owner of a run from the columns of its claim; None if no process executes it."""
    host, pid, *_, expires, _ = columns
    return None if pid is None else Owner(host, pid, _is_alive(*columns), moment(expires))


def _is_alive(*columns: Any) -> bool:
    *process_columns, lease, expires_at, expires_uptime = columns
    process = Process(*process_columns)
    if has_died(process):
        return False
    if shares_uptime(process):
        return bool(expires_uptime > time.monotonic())
    # A lease that ends much later than any lease does was written before the clock was set back.
    now = time.time()
    return bool(timestamp(now) < expires_at <= timestamp(now + 2 * lease))


def _since(since: datetime | timedelta) -> str:
    if isinstance(since, timedelta):
        return timestamp(time.time() - since.total_seconds())
    return timestamp(since.timestamp())

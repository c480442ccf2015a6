"""The records of a store as JSON."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from typedflow._cli.runs.stored_shape import StoredShape

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from typedflow.stores import FailureRecord, Owner, RunRecord, StepRecord, StoredError, StoredValue, TaskRecord


def run_json(run: RunRecord, *, has_input: bool = True) -> dict[str, Any]:
    """Return a run without its shape. Times are ISO texts in UTC, durations are seconds."""
    return {
        "run_id": run.run_id,
        "flow": run.flow,
        "status": run.status,
        "is_interrupted": run.is_interrupted,
        "retrying": run.retrying,
        "waiting": list(run.waiting),
        "created_at": _time(run.created_at),
        "ended_at": _time(run.ended_at),
        "took": _seconds(run.took),
        "deadline": _time(run.deadline),
        "cancel_requested_at": _time(run.cancel_requested_at),
        "steps_done": run.steps_done,
        "steps_total": StoredShape.of(run).total,
        "owner": _owner(run.owner),
        "error": error_json(run.error),
        "fingerprint": run.fingerprint,
        **({"input": value_json(run.input)} if has_input else {}),
    }


def step_json(step: StepRecord) -> dict[str, Any]:
    """Return a step."""
    return {
        "step": step.step,
        "status": step.status,
        "reason": step.reason,
        "items": step.items,
        "started_at": _time(step.started_at),
        "ended_at": _time(step.ended_at),
        "took": _seconds(step.took),
        "tasks": dict(step.tasks),
        "error": error_json(step.error),
    }


def task_json(task: TaskRecord) -> dict[str, Any]:
    """Return a task with its output."""
    return {
        "step": task.step,
        "task_index": task.task_index,
        "status": task.status,
        "attempt": task.attempt,
        "interruptions": task.interruptions,
        "due": _time(task.due),
        "started_at": _time(task.started_at),
        "ended_at": _time(task.ended_at),
        "output": value_json(task.output),
        "cached_from": task.cached_from,
    }


def failure_json(failure: FailureRecord) -> dict[str, Any]:
    """Return an attempt that failed or was interrupted."""
    return {
        "step": failure.step,
        "task_index": failure.task_index,
        "attempt": failure.attempt,
        "kind": failure.kind,
        "started_at": _time(failure.started_at),
        "ended_at": _time(failure.ended_at),
        "error": error_json(failure.error),
    }


def error_json(error: StoredError | None) -> dict[str, Any] | None:
    """Return an error with its notes and its traceback."""
    if error is None:
        return None
    return {
        "type": error.type,
        "message": error.message,
        "notes": list(error.notes),
        "traceback": error.traceback,
    }


def value_json(value: StoredValue | None) -> Any:
    """Return a value as the JSON that it is. What a codec has made is an object with the codec and the bytes.

    The bytes are written in base64.
    """
    if value is None:
        return None
    if isinstance(value.data, bytes):
        return {"codec": value.codec, "base64": b64encode(value.data).decode("ascii")}
    try:
        return json.loads(value.data)
    except (ValueError, RecursionError):  # it has a number of more than 4,300 digits, or is very deep
        return value.data


def _owner(owner: Owner | None) -> dict[str, Any] | None:
    if owner is None:
        return None
    return {
        "host": owner.host,
        "pid": owner.pid,
        "is_alive": owner.is_alive,
        "lease_expires_at": _time(owner.lease_expires_at),
    }


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()

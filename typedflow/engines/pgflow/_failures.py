"""With what a run fails that workers have executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.exceptions import RemoteError, RunCancelledError, RunTimeoutError, StepFailedError

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines.pgflow._run_state import RunState
    from typedflow.stores import StoredError


def failure_of(
    definition: FlowDefinition, state: RunState, run_id: str
) -> StepFailedError | RunTimeoutError | RunCancelledError:
    """Return the exception of a run that has failed or was cancelled, as the local engine would raise it."""
    flow, failed = definition.slug, state.failed
    if state.end == "cancelled" or failed is None:
        return RunCancelledError(flow, run_id)
    if state.end == "timed_out":
        running = tuple(slug for slug, status in state.statuses().items() if status == "cancelled")
        return RunTimeoutError(flow, run_id, state.timeout or 0.0, running)
    failures = failed.history.failures
    cause = raised_in_worker(failures[-1].error if failures else None, failed.reason)
    item = None if failed.task is None or definition[failed.step].over is None else failed.task.task_index
    attempt = failures[-1].attempt if failures else 0
    failure = StepFailedError(flow, failed.step, attempt, failed.reason or f"{cause}", item if attempt else None)
    for note in getattr(cause, "__notes__", ()):
        failure.add_note(note)
    failure.__cause__ = cause
    return failure


def raised_in_worker(error: StoredError | None, reason: str) -> RemoteError:
    """Return an exception that a handler raised in a worker."""
    if error is None:
        kind, _, message = reason.partition(": ")
        return RemoteError(kind, message) if message else RemoteError("Exception", reason)
    raised = RemoteError(error.type, error.message, error.traceback)
    for note in error.notes:
        raised.add_note(note)
    return raised

"""With what a run fails that workers have executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._definition.options import UNSET
from typedflow._text import in_one_line
from typedflow.engines._tasks.map_sources import source_error
from typedflow.exceptions import (
    ConditionUnmetError,
    InvalidMapSourceError,
    RemoteError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
)

if TYPE_CHECKING:
    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines.pgflow._run_state import Failed, RunState
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
    own = _of_database(definition, failed)
    if own is not None:
        failure = StepFailedError(flow, failed.step, 0, _reason(own, flow, failed.step))
        failure.__cause__ = own
        return failure
    failures = failed.history.failures
    cause = raised_in_worker(failures[-1].error if failures else None, failed.reason)
    item = None if failed.task is None or definition[failed.step].over is None else failed.task.task_index
    attempt = failures[-1].attempt if failures else 0
    failure = StepFailedError(flow, failed.step, attempt, failed.reason or f"{cause}", item if attempt else None)
    for note in getattr(cause, "__notes__", ()):
        failure.add_note(note)
    failure.__cause__ = cause
    return failure


def _of_database(definition: FlowDefinition, failed: Failed) -> InvalidMapSourceError | ConditionUnmetError | None:
    """Return what the local engine would raise where the database itself has failed a step."""
    flow, step = definition.slug, definition[failed.step]
    if failed.task is not None and failed.reason.startswith("[TYPE_VIOLATION]"):
        dependents = [each for each in definition.steps if each.over == step.slug]
        return source_error(flow, dependents[0], failed.task.output) if dependents else None
    if failed.reason == "Condition not met":
        given = {"if_": step.options.if_, "if_not": step.options.if_not}
        patterns = {option: pattern for option, pattern in given.items() if pattern is not UNSET}
        if len(patterns) == 1:  # otherwise the database does not say which
            option, pattern = patterns.popitem()
            return ConditionUnmetError(flow, step.slug, option, pattern)
    return None


def _reason(error: InvalidMapSourceError | ConditionUnmetError, flow: str, step: str) -> str:
    """Return an exception in one line, also one of another step than the one that has failed."""
    line = in_one_line(error, flow, step)
    return line.replace(f'flow "{flow}", step "{error.step}": it maps', f'step "{error.step}" maps')


def raised_in_worker(error: StoredError | None, reason: str) -> RemoteError:
    """Return an exception that a handler raised in a worker."""
    if error is None:
        kind, _, message = reason.partition(": ")
        return RemoteError(kind, message) if message else RemoteError("Exception", reason)
    raised = RemoteError(error.type, error.message, error.traceback)
    for note in error.notes:
        raised.add_note(note)
    return raised

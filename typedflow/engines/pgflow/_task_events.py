"""`TaskEvents`: makes the events of the tasks that a worker executes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from typedflow.engines.pgflow._turn import Completion, Exhausted, Retry
from typedflow.event import Event, new_event

if TYPE_CHECKING:
    from typedflow.engines._listening import Listeners
    from typedflow.engines.pgflow._turn import ClaimedTask, Report
    from typedflow.event import SkipReason, Status


class WatchedRun(NamedTuple):
    """The run of a task that is executed, as the runs that its handler starts see it.

    Attributes:
        run_id: Its identifier.
        listeners: The listeners of the worker.
    """

    run_id: str
    listeners: Listeners | None


class TaskEvents:
    """Makes the events of tasks. A worker knows neither when steps start and end, nor when runs do.

    Args:
        flow: Slug of the flow.
        listeners: The listeners of the worker.
    """

    def __init__(self, flow: str, listeners: Listeners) -> None:
        self.listeners = listeners or None
        self._flow = flow

    def started(self, task: ClaimedTask, given: object) -> None:
        """Emit that an attempt starts. Called in the context of its handler."""
        self._emit_task(task, "started", input_=given)

    def accepted(self, report: Report) -> None:
        """Emit how an attempt ended, when the database knows it."""
        task = report.task
        if isinstance(report, Retry):
            if report.error is None and not report.history.is_waiting:
                self._emit_task(task, "cancelled")
            elif report.error is not None:
                self._emit_task(task, "retrying", error=report.error, delay=report.delay)
            return
        if isinstance(report, Exhausted):
            self._emit_task(task, "failed", error=report.error)
            if task.step.when_exhausted not in {None, "fail"}:  # the database skips the step
                self._emit_skip(task, "handler_failed", report.error)
            return
        if report.error is not None:
            self._emit_task(task, "failed", error=report.error)
        elif report.is_called:
            self._emit_task(task, "completed", output=report.value)
        if report.skipped is not None:
            self._emit_skip(task, report.skipped, report.error)

    def late(self, report: Report) -> None:
        """Emit that a task whose attempt has ended does not belong to this worker any more."""
        if not isinstance(report, Completion) or report.is_called:
            self._emit_task(report.task, "cancelled")

    def dropped(self, task: ClaimedTask, error: BaseException | None = None) -> None:
        """Emit that the outcome of an attempt is not needed any more. It failed if its handler raised an exception."""
        self._emit_task(task, "cancelled" if error is None else "failed", error=error)

    def _emit_task(  # noqa: PLR0917  as in an event
        self,
        task: ClaimedTask,
        status: Status,
        error: BaseException | None = None,
        delay: float | None = None,
        output: Any = None,
        input_: Any = None,
    ) -> None:
        if self.listeners is None:
            return
        self.listeners.emit(new_event(Event, (
            "task", status, self._flow, str(task.key.run_id), task.step.step, task.key.task_index, task.attempt,
            time.time(), trio.current_time(), error, None, delay, None, output, input_, None, None,
        )))  # fmt: skip

    def _emit_skip(self, task: ClaimedTask, reason: SkipReason, error: BaseException | None) -> None:
        if self.listeners is None:
            return
        self.listeners.emit(new_event(Event, (
            "step", "skipped", self._flow, str(task.key.run_id), task.step.step, None, None,
            time.time(), trio.current_time(), error, reason, None, None, None, None, None, None,
        )))  # fmt: skip

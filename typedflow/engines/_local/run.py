"""The handle on a run: events, statuses, outputs, cancellation."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import trio

from typedflow._exception_group import ungrouped
from typedflow._hidden_frames import HIDDEN_FRAMES
from typedflow.engines._cancellation import without_cancelled
from typedflow.engines._event_stream import EventStream
from typedflow.engines._failure_copy import copy_to_raise
from typedflow.engines._local.execution import Execution
from typedflow.engines._step_statuses import StepStatuses
from typedflow.engines._waiters import Waiters
from typedflow.exceptions import (
    ResourcesError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    TypedflowError,
    UnknownStepError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Unpack

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._run_options import RunOptions
    from typedflow.event import RunStatus
    from typedflow.outputs import CompletedOutputs

Steps_co = TypeVar("Steps_co", covariant=True)


class Run(Generic[Steps_co]):
    """A handle on one run, within the ``async with flow.start(...)`` that started it.

    Attributes:
        flow: Slug of the flow.
        events: Every `Event` of the run. Each ``async for`` over them begins with the first event.
    """

    def __init__(self, execution: Execution, events: EventStream) -> None:
        self.flow = execution.schedule.flow
        self.events = events
        self._execution = execution
        self._failure: StepFailedError | RunTimeoutError | None = None
        self._resources_error: ResourcesError | None = None
        self._resources_error_is_known = False
        self._has_ended = False
        self._end = Waiters()
        self._failure_is_known = False
        self._scope = trio.CancelScope()
        self._token = trio.lowlevel.current_trio_token()

    @property
    def run_id(self) -> str:
        """Identifier of the run: that of the caller, or a UUID."""
        return self._execution.schedule.events.run_id

    @property
    def status(self) -> RunStatus:
        """The status of the run."""
        return self._execution.schedule.status

    @property
    def steps(self) -> StepStatuses[Steps_co]:
        """The status of each step, by slug, in the order of definition."""
        schedule = self._execution.schedule
        return StepStatuses(self.flow, {step.slug: schedule.statuses[step.index] for step in schedule.plan.steps})

    async def outputs(self) -> Steps_co:
        """Wait until the run has ended, and return the outputs of all steps by slug.

        Raises:
            StepFailedError: A step failed.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled.
            ResourcesError: The resources failed, and with that cancelled the run.
        """
        await self._end.wait_until(lambda: self._has_ended)
        self._raise_unless_completed()
        outputs: Any = self._execution.outputs()
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    async def output(self, slug: str) -> Any:
        """Wait until a step has ended, and return its output; None if it was skipped. The run may continue.

        Args:
            slug: Slug of the step.

        Raises:
            UnknownStepError: The flow has no such step.
            StepFailedError: The step failed, or another one did before this one could complete. Raised when the run has
                ended.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled.
        """
        schedule = self._execution.schedule
        if slug not in schedule.plan.by_slug:
            raise UnknownStepError(self.flow, slug, tuple(schedule.plan.by_slug))
        if not await self.events.step_has_output(slug):
            await self._end.wait_until(lambda: self._has_ended)
            self._raise_unless_completed()
        return schedule.outputs[slug]

    @property
    def completed_outputs(self) -> CompletedOutputs:
        """The outputs of the steps that have completed so far, by slug. A step that has not completed reads as None."""
        return self._execution.schedule.completed_outputs()

    def _raise_unless_completed(self) -> None:
        self._failure_is_known = True
        if self.status == "cancelled" and self._resources_error is not None:
            self._resources_error_is_known = True
            raise copy_to_raise(self._resources_error)
        if self.status == "cancelled":
            error = RunCancelledError(self.flow, self.run_id)
            error.outputs = self.completed_outputs
            raise error
        if self._failure is not None:
            raise copy_to_raise(self._failure)

    def deliver(self, slug: str, value: Any) -> None:
        """Deliver the output of a wait step. It may be delivered before the step begins to wait.

        When this returns, the delivery is accepted; with a store, it is stored. It may be called from any thread, also
        in asyncio. With a store, it blocks until the delivery is on the disk: some milliseconds.

        Args:
            slug: Slug of the wait step.
            value: The output. pydantic validates it strictly. The mypy plugin checks its type.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares. The step still waits.
            DeliveryError: The step does not wait: it has its output already, was skipped or timed out, it is not a wait
                step, or the run has ended.
            UnstorableValueError: The run has a store, which cannot keep the value.
        """
        with HIDDEN_FRAMES:
            self._execution.deliver(slug, value)

    def cancel(self) -> None:
        """Cancel every handler, and start no more tasks. This does nothing once the run has ended.

        It may be called from any thread, for example by a listener or by a handler in a worker thread.
        """
        self._execution.end_for_good()
        self.interrupt()

    def interrupt(self) -> None:
        """Cancel every handler. If a store remembers the run, it can be resumed."""
        if _current_token() is self._token:
            self._scope.cancel()
        else:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._scope.cancel)

    @classmethod
    @asynccontextmanager
    async def start(
        cls, definition: FlowDefinition, flow_input: object, /, **options: Unpack[RunOptions]
    ) -> AsyncIterator[Run[Any]]:
        """Start a run, and wait where the context ends until the run has ended.

        An exception in the context cancels the run.

        Raises:
            ResourcesError: The resources could not be opened; or they could not be closed, and it is raised where the
                context ends, even if `outputs` was called.
            StepFailedError: A step failed, and `outputs` was not called. Raised where the context ends. It takes
                precedence over a cancellation. If the context raises an exception, it becomes a note of that.
        """
        events = EventStream()
        with HIDDEN_FRAMES:
            execution = await Execution.prepare(definition, flow_input, options, in_place=[events.append], at_once=True)
        run = cls(execution, events)
        raised: BaseException | None = None
        try:
            async with trio.open_nursery() as nursery:
                if execution.opens_resources:
                    await nursery.start(run._run)
                else:
                    nursery.start_soon(run._run)
                try:
                    yield run
                except BaseException as error:  # noqa: BLE001  raised below, without the group that the nursery makes
                    raised = error
                    run.interrupt()
        except BaseException as error:  # noqa: BLE001  as above
            interrupt = without_cancelled(error)  # a KeyboardInterrupt or SystemExit, which has cancelled the run
            raised = (raised or error) if interrupt is None else ungrouped(interrupt)
            del interrupt
        failure: TypedflowError | None = None if run._failure_is_known else run._failure
        if run._resources_error is not None and not run._resources_error_is_known:
            failure = run._resources_error
        if raised is None or without_cancelled(raised) is None:
            raised = raised if failure is None else copy_to_raise(failure)
        elif failure is not None:
            raised.add_note(f"The run failed before or while it was cancelled: {failure}")
        try:
            if raised is not None:
                raise raised
        finally:
            del raised  # its traceback holds this frame, so this frame must not hold it

    async def _run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        is_open = not self._execution.opens_resources

        def on_open() -> None:
            nonlocal is_open
            is_open = True
            task_status.started()

        try:
            with self._scope:
                await self._execution.run(on_open)
        except (StepFailedError, RunTimeoutError) as error:
            if not is_open:
                raise
            # Raised where the outputs are awaited. Exceptions that are meant for the program are raised immediately.
            self._failure = error.with_traceback(None)
        except RunCancelledError:
            if not is_open:
                raise
        except ResourcesError as error:
            if not is_open:
                raise
            self._resources_error = error.with_traceback(None)
        finally:
            self._has_ended = True
            self._end.wake_all()
            del self  # the exceptions of events hold this frame


def _current_token() -> trio.lowlevel.TrioToken | None:
    return trio.lowlevel.current_trio_token() if trio.lowlevel.in_trio_run() else None

"""A run that is under way: its events, the states of its steps, its outputs, and a way to cancel it."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import trio

from typedflow._exception_group import ungrouped
from typedflow.engines._cancellation import besides_cancellation
from typedflow.engines._local.event_stream import EventStream
from typedflow.engines._local.execution import Execution
from typedflow.exceptions import RunCancelledError, StepFailedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._local.schedule import RunStatus, StepStatus
    from typedflow.event import Listener

Steps_co = TypeVar("Steps_co", covariant=True)


class Run(Generic[Steps_co]):
    """One run of a flow, within the ``async with flow.start(...)`` that started it.

    Attributes:
        flow: Slug of the flow.
        events: Every `Event` of the run; ``async for`` gives them from the first on, as often as it is written.
    """

    def __init__(self, execution: Execution, events: EventStream) -> None:
        self.flow = execution.flow
        self.events = events
        self._execution = execution
        self._failure: StepFailedError | None = None
        self._has_ended = trio.Event()
        self._is_told = False
        self._scope = trio.CancelScope()
        self._token = trio.lowlevel.current_trio_token()

    @property
    def run_id(self) -> str:
        """Identifier of the run, a UUID."""
        return self._execution.run_id

    @property
    def status(self) -> RunStatus:
        """What has become of the run."""
        return self._execution.status

    @property
    def steps(self) -> dict[str, StepStatus]:
        """What has become of each step, by slug, in the order of definition."""
        statuses = self._execution.statuses
        return {step.slug: statuses[step.index] for step in self._execution.plan.steps}

    async def outputs(self) -> Steps_co:
        """Wait for the end of the run, and return the outputs of all steps by slug.

        Raises:
            StepFailedError: A step failed.
            RunCancelledError: The run has been cancelled.
        """
        await self._has_ended.wait()
        self._is_told = True
        if self.status == "cancelled":
            raise RunCancelledError(self.flow, self.run_id)
        if self._failure is not None:
            raise _again(self._failure)
        outputs: Any = self._execution.all_outputs()
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    def cancel(self) -> None:
        """Cancel every handler and let nothing start any more; of no effect on a run that has ended.

        It may be called in any thread: by a listener, by a handler that is a plain function.
        """
        if _current_token() is self._token:
            self._scope.cancel()
        else:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._scope.cancel)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        definition: FlowDefinition,
        flow_input: object,
        *,
        max_concurrency: int | None = None,
        listeners: Iterable[Listener] = (),
    ) -> AsyncIterator[Run[Any]]:
        """Start a run, and at the end of the context wait for its end; an exception in the context cancels it.

        Raises:
            StepFailedError: A step failed, and `outputs` did not say so; once the context is left. It outweighs a
                cancellation, and is a note of an exception that the context raised itself.
        """
        events = EventStream()
        execution = await Execution.of(
            definition, flow_input, max_concurrency=max_concurrency, listeners=listeners, in_place=[events.append]
        )
        run = cls(execution, events)
        raised: BaseException | None = None
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run._go)
                try:
                    yield run
                except BaseException as error:  # noqa: BLE001  it is raised below, outside of the nursery's group
                    raised = error
                    run.cancel()
        except BaseException as error:  # noqa: BLE001  as above
            interrupt = besides_cancellation(error)  # a KeyboardInterrupt, a SystemExit: for it all was cancelled
            raised = (raised or error) if interrupt is None else ungrouped(interrupt)
            del interrupt
        failure = None if run._is_told else run._failure
        if raised is None or besides_cancellation(raised) is None:
            raised = raised if failure is None else _again(failure)
        elif failure is not None:
            raised.add_note(f"The run had failed, or failed as it was being cancelled: {failure}")
        try:
            if raised is not None:
                raise raised
        finally:
            del raised  # the traceback holds this frame, and this frame must not hold the exception

    async def _go(self) -> None:
        try:
            with self._scope:
                await self._execution.run()
        except StepFailedError as error:
            # It is raised where the outputs are asked for; what is meant for the program is raised at once.
            self._failure = error.with_traceback(None)
        finally:
            self._has_ended.set()
            del self  # the exceptions of events hold this frame


def _current_token() -> trio.lowlevel.TrioToken | None:
    return trio.lowlevel.current_trio_token() if trio.lowlevel.in_trio_run() else None


def _again(failure: StepFailedError) -> StepFailedError:
    """A failure to be raised, as often as somebody asks: what is raised holds the frames of all those who ask."""
    again = copy(failure)
    again.__cause__ = failure.__cause__
    return again

"""A run that is under way: its events, the states of its steps, its outputs, and a way to cancel it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar

import trio

from typedflow.cancellation import besides_cancellation, ungrouped
from typedflow.event_stream import EventStream
from typedflow.exceptions import RunCancelledError
from typedflow.execution import Execution

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from typedflow.definition import FlowDefinition
    from typedflow.event import Listener
    from typedflow.schedule import StepStatus

Steps_co = TypeVar("Steps_co", covariant=True)

RunStatus: TypeAlias = Literal["started", "completed", "failed", "cancelled"]


class Run(Generic[Steps_co]):
    """One run of a flow, within the ``async with flow.start(...)`` that started it.

    Attributes:
        flow: Slug of the flow.
        events: Every `Event` of the run; ``async for`` gives them from the first on, as often as it is written.
        status: What has become of the run.
    """

    def __init__(self, execution: Execution, events: EventStream) -> None:
        self.flow = execution.flow
        self.events = events
        self.status: RunStatus = "started"
        self._execution = execution
        self._failure: BaseException | None = None
        self._has_ended = trio.Event()
        self._is_told = False
        self._scope = trio.CancelScope()

    @property
    def run_id(self) -> str:
        """Identifier of the run, a UUID."""
        return self._execution.run_id

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
            raise self._failure
        outputs: Any = self._execution.all_outputs()
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    def cancel(self) -> None:
        """Cancel every handler and let nothing start any more; of no effect on a run that has ended."""
        self._scope.cancel()

    @property
    def _untold_failure(self) -> BaseException | None:
        return None if self._is_told else self._failure

    async def _go(self) -> None:
        ended: RunStatus = "cancelled"
        try:
            with self._scope:
                await self._execution.run()
                ended = "completed"
        except BaseException as error:
            if besides_cancellation(error) is not None:
                ended = "failed"
                self._failure = error
            # A failure is raised where the outputs are asked for; what is meant for the program, at once.
            if not isinstance(error, Exception):
                raise
        finally:
            self.status = ended
            self.events.end()
            self._has_ended.set()


@asynccontextmanager
async def start(
    definition: FlowDefinition,
    flow_input: object,
    *,
    max_concurrency: int | None = None,
    listeners: Iterable[Listener] = (),
) -> AsyncIterator[Run[Any]]:
    """Start a run, and at the end of the context wait for its end; an exception in the context cancels it.

    Raises:
        StepFailedError: A step failed, and `Run.outputs` did not say so; once the context is left. It outweighs a
            cancellation, and is a note of an exception that the context raised itself.
    """
    events = EventStream()
    execution = await Execution.of(
        definition, flow_input, max_concurrency=max_concurrency, listeners=listeners, in_place=[events.append]
    )
    run: Run[Any] = Run(execution, events)
    raised: BaseException | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run._go)  # noqa: SLF001  of this module
            try:
                yield run
            except BaseException as error:  # noqa: BLE001  it is raised below, outside of the nursery's group
                raised = error
                run.cancel()
    except BaseException as error:  # noqa: BLE001  as above
        interrupt = besides_cancellation(error)  # a KeyboardInterrupt, a SystemExit: the context was cancelled for it
        raised = (raised or error) if interrupt is None else ungrouped(interrupt)
        del interrupt
    failure = run._untold_failure  # noqa: SLF001  of this module
    if raised is None or besides_cancellation(raised) is None:
        raised = failure or raised
    elif failure is not None and failure is not raised:
        raised.add_note(f"The run had failed, or failed as it was being cancelled: {failure}")
    try:
        if raised is not None:
            raise raised
    finally:
        del raised, failure  # the traceback holds this frame, and this frame must not hold the exception

"""One run of a flow in a trio nursery: from the validation of the flow input to the last event."""

from __future__ import annotations

import contextvars
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

import trio

from typedflow._definition.validation import validate_input
from typedflow._exception_group import ungrouped
from typedflow._outputs import Outputs
from typedflow._quantity import in_seconds
from typedflow.engines._cancellation import without_cancelled
from typedflow.engines._handler_thread import current_handler_thread
from typedflow.engines._listening import Listeners
from typedflow.engines._local.clock import Clock
from typedflow.engines._local.emitter import Emitter
from typedflow.engines._local.schedule import Schedule
from typedflow.engines._local.worker_pool import WorkerPool
from typedflow.engines._resources import ResourcesSource
from typedflow.engines._run_options import ResumeOptions, RunOptions, check_run_options
from typedflow.engines._tasks.places import Places
from typedflow.engines._tasks.plan import Plan
from typedflow.engines._tasks.surrounding import surrounding_listeners
from typedflow.exceptions import (
    InvalidResourcesError,
    ResourcesError,
    RunTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from contextlib import AbstractAsyncContextManager

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._local.cache_lookups import CacheLookups
    from typedflow.engines._local.journal import Journal
    from typedflow.event import Event, Listener

_NO_LISTENERS: Final = Listeners("", ())


class Execution:
    """One run of a flow in a nursery of its own.

    It connects the parts of a run: the schedule decides on all transitions, the workers execute the tasks, the journal
    and the listeners receive the events.

    Attributes:
        schedule: The state of the run.
    """

    _schedule_type: type[Schedule] = Schedule

    def __init__(
        self,
        plan: Plan,
        flow_input: object,
        *,
        options: RunOptions,
        listeners: Listeners,
        resources: ResourcesSource | None = None,
    ) -> None:
        self._began: float | None = None
        self._token = trio.lowlevel.current_trio_token() if plan.deliveries else None
        self._timeout = in_seconds(options["timeout"]) if "timeout" in options else None
        self._full_timeout = self._timeout
        self._max_concurrency = options.get("max_concurrency")
        self._listeners = listeners
        self._resources = resources
        self._journal: Journal | None = None
        self._cache: CacheLookups | None = None
        self._clock = Clock()
        self._context = contextvars.copy_context()
        needs_places = plan.needs_places or (resources is not None and resources.is_for_asyncio)
        inherited = Places.inherited() if needs_places else None
        self._own_places = Places() if needs_places and inherited is None else None
        self._places = inherited or self._own_places
        self._workers: WorkerPool | None = None
        consumer: Callable[[Event], object] | None = listeners.emit if listeners else None
        events = Emitter(plan.flow, options.get("run_id"), consumer, self._clock, self._context)
        events.listeners = listeners
        self.schedule = self._schedule_type(plan, flow_input, events)

    @classmethod
    async def prepare(
        cls,
        definition: FlowDefinition,
        flow_input: object,
        options: RunOptions,
        *,
        in_place: Iterable[Listener] = (),
        at_once: bool = False,
    ) -> Execution:
        """Prepare a run.

        Args:
            definition: The flow.
            flow_input: The flow input.
            options: The options of the run.
            in_place: Listeners that are called in place, in addition to those among the options.
            at_once: Whether its store, if it has one, must know it when this returns.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: An option is not valid.
            InvalidResourcesError: The resources are missing, or cannot be what the flow declares.
            FlowDefinitionError: pydantic cannot validate a declared type, or the flow cannot be stored.
            StoreError: The store cannot be read or written, or what it knows of the run contradicts this one.
        """
        if options:
            check_run_options(definition.slug, options)
        resources = ResourcesSource.of(definition, options)
        plan = await Plan.of(definition)
        valid_input = validate_input(definition, flow_input)
        listeners = listeners_of(definition, options, in_place)
        if options.get("store") is None:
            return cls(plan, valid_input, options=options, listeners=listeners, resources=resources)
        from typedflow.engines._local.stored_execution import StoredExecution  # noqa: PLC0415  others do not need it

        return await StoredExecution.begin(
            definition, plan, valid_input, options=options, listeners=listeners, resources=resources, at_once=at_once
        )

    def outputs(self) -> dict[str, Any]:
        """Return the output of every step, in the order of definition; None for a skipped step."""
        schedule = self.schedule
        return Outputs(schedule.flow, {step.slug: schedule.outputs[step.slug] for step in schedule.plan.steps})

    @property
    def opens_resources(self) -> bool:
        """Whether the run has resources, which may have to be opened."""
        return self._resources is not None

    def end_for_good(self) -> None:
        """Let the cancellation that follows end the run. Otherwise a run that is stored can be resumed."""

    async def run(self, on_open: Callable[[], object] | None = None) -> None:
        """Run the flow until it has completed, failed or been cancelled.

        Args:
            on_open: Called when the resources of the run have been opened, if it has any.

        Raises:
            ResourcesError: The resources could not be opened or closed.
            StepFailedError: A step failed.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled in its store.
            StoreError: The store of the run cannot be written, or another process has claimed the run.
        """
        parent = current_handler_thread()
        try:
            if parent is None:
                await self._work(on_open)
            else:
                async with parent.lend():
                    await self._work(on_open)
        finally:
            if self._listeners:
                await self._listeners.drain(self.schedule.events.run_id)
            # Listeners may hold events, whose exceptions hold the frames of this run: do not hold the listeners.
            del self._listeners
            self.schedule.events.consumer = self.schedule.events.listeners = None
            self.schedule.events.journal = self._journal = self._cache = None

    async def _work(self, on_open: Callable[[], object] | None) -> None:
        if self._resources is None:
            await self._run()
        else:
            await self._run_with(self._resources, on_open)

    async def _run_with(self, source: ResourcesSource, on_open: Callable[[], object] | None) -> None:
        """Run the flow while its resources are open."""
        is_open = False
        self._began = trio.current_time()

        async def run(resources: object) -> None:
            nonlocal is_open
            is_open = True
            self.schedule.resources = resources
            # Handlers, predicates and listeners see the context variables that the resources have set.
            self._context = self.schedule.events.context = contextvars.copy_context()
            if on_open is not None:
                on_open()
            await self._run()

        timeout = math.inf if self._timeout is None else self._timeout
        try:
            await source.use(run, self._opened_on_asyncio if source.is_for_asyncio else None, within=timeout)
        except trio.TooSlowError:
            late = RunTimeoutError(self.schedule.flow, self.schedule.events.run_id, timeout, ())
            self._end_unopened(late)
            try:
                raise late from None
            finally:
                del late  # its traceback holds this frame
        except BaseException as error:
            if isinstance(error, ResourcesError) and self.schedule.status == "completed":
                error.outputs = self.outputs()
            if not is_open and not isinstance(error, InvalidResourcesError):
                self._end_unopened(error)
            raise
        finally:
            self.schedule.resources = self._resources = None
            if self._own_places is not None:
                await self._own_places.close()

    def _end_unopened(self, error: BaseException) -> None:
        """Emit the two events of a run whose resources could not be opened: it has started, and failed with that."""
        schedule, other = self.schedule, without_cancelled(error)
        self._clock.read()
        schedule.start()
        schedule.failure = None if other is None else ungrouped(other)
        del error, other  # their tracebacks hold this frame
        is_cancelled = schedule.failure is None
        schedule.is_interrupted = not isinstance(schedule.failure, RunTimeoutError)
        schedule.end(is_cancelled=is_cancelled)
        schedule.failure = None

    def _opened_on_asyncio(self, enter: Callable[[], Awaitable[tuple[Any, Any]]]) -> AbstractAsyncContextManager[Any]:
        from typedflow.engines._tasks.asyncio_resources import (  # noqa: PLC0415  asyncio is slow to import
            opened_on_asyncio,
        )

        return opened_on_asyncio(cast("Places", self._places), enter)

    async def _run(self) -> None:
        schedule = self.schedule
        if self._places is not None:
            self._context.run(self._places.hand_down)
        self._clock.read()  # the run may have been prepared long ago
        try:
            try:
                async with trio.open_nursery() as nursery:
                    self._workers = WorkerPool(
                        nursery,
                        schedule,
                        self._clock,
                        self._context,
                        self._places,
                        journal=self._journal,
                        cache=self._cache,
                        max_concurrency=self._max_concurrency,
                    )
                    if self._timeout is not None and self._timeout < math.inf:
                        began = trio.current_time() if self._began is None else self._began
                        self._workers.end_after(self._timeout, began, self._full_timeout or 0.0)
                    self._start(self._workers)
                    await self._workers.first_worker().work()
            finally:
                if self._workers is not None and self._journal is not None:
                    self._workers.drop_held()
                self._workers = None  # it holds the nursery
                if self._own_places is not None and self._resources is None:
                    await self._own_places.close()
                self._clock.read()
        except BaseException as error:
            other = without_cancelled(error)
            if other is not None:
                schedule.interrupt(ungrouped(other))  # without the group that the nursery has made
                del other  # its traceback holds this frame
            elif schedule.failure is None:
                schedule.end(is_cancelled=True)
                raise
        schedule.end()
        if schedule.failure is None:
            return
        # An exception takes precedence over a cancellation, as in all of trio.
        failure, schedule.failure = schedule.failure, None
        try:
            raise failure
        finally:
            del failure  # its traceback holds this frame, so this frame must not hold it

    def _start(self, workers: WorkerPool) -> None:  # noqa: ARG002  a run that is resumed needs them
        self.schedule.start()

    def deliver(self, slug: str, value: object) -> None:
        """Deliver the output of a wait step, in any thread.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares.
            DeliveryError: The step does not wait.
        """
        self.schedule.deliveries.put(slug, value)
        if self._token is not None:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._receive, slug)

    def _receive(self, slug: str) -> None:
        """Complete a wait step with what was delivered to it, unless the run has ended."""
        if self._workers is not None:
            self._workers.receive(slug)


def listeners_of(
    definition: FlowDefinition, options: RunOptions | ResumeOptions, in_place: Iterable[Listener] = ()
) -> Listeners:
    """Return the listeners of a run: those among its options, and those of the run whose handler has started it."""
    surrounding = surrounding_listeners()
    if in_place or surrounding or "listeners" in options:
        return Listeners(definition.slug, options.get("listeners", ()), in_place, surrounding)
    return _NO_LISTENERS

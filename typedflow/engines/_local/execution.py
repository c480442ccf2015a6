"""One run of a flow in a trio nursery: from the validation of the flow input to the last event."""

from __future__ import annotations

import contextvars
import math
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Unpack, cast

import trio

from typedflow._definition.validation import validate_input
from typedflow._exception_group import ungrouped
from typedflow._outputs import Outputs
from typedflow._quantity import in_seconds
from typedflow.engines._cancellation import without_cancelled
from typedflow.engines._handler_thread import current_handler_thread
from typedflow.engines._listening import Listeners
from typedflow.engines._local import clock
from typedflow.engines._local.clock import Clock
from typedflow.engines._local.emitter import Emitter, surrounding_listeners
from typedflow.engines._local.places import Places
from typedflow.engines._local.plan import Plan
from typedflow.engines._local.schedule import Schedule
from typedflow.engines._local.worker import WorkerPool
from typedflow.engines._resources import ResourcesSource
from typedflow.engines._run_options import ResumeOptions, RunOptions, check_run_options
from typedflow.exceptions import (
    InvalidResourcesError,
    ResourcesError,
    RunCancelledError,
    RunTimeoutError,
    UndeliverableError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._local.cache_lookups import CacheLookups
    from typedflow.engines._local.journal import Journal
    from typedflow.engines._local.stored_run import StoredRun
    from typedflow.event import Event, Listener
    from typedflow.stores import Store

_NO_LISTENERS: Final = Listeners("", ())


async def execute(definition: FlowDefinition, flow_input: object, /, **options: Unpack[RunOptions]) -> dict[str, Any]:
    """Run a flow, each step as soon as its own dependencies have ended, and return the outputs by slug.

    Args:
        definition: The flow.
        flow_input: The flow input, which is validated before anything starts.
        **options: See `RunOptions`.

    Raises:
        InvalidInputError: The input is not of the flow's input type.
        InvalidOptionError: An option is not valid.
        InvalidResourcesError: The resources are missing, or not of the class that the flow declares.
        FlowDefinitionError: pydantic cannot validate a declared type.
        ResourcesError: The resources could not be opened or closed.
        UndeliverableError: The flow has a wait step, and nothing can deliver to this run.
        StepFailedError: A step failed. All others were cancelled and have cleaned up.
        RunTimeoutError: The run took longer than its timeout, and was cancelled.
    """
    execution = await Execution.prepare(definition, flow_input, options)
    if (waits := execution.schedule.plan.deliveries) and options.get("store") is None:
        raise UndeliverableError(definition.slug, next(iter(waits)))
    await execution.run()
    return execution.outputs()


async def resume(
    definition: FlowDefinition, run_id: str, store: Store, /, **options: Unpack[ResumeOptions]
) -> dict[str, Any]:
    """Resume a run that was interrupted, and return the outputs by slug. If it has ended, return how.

    Args:
        definition: The flow.
        run_id: Identifier of the run.
        store: What remembers it.
        **options: See `ResumeOptions`.

    Raises:
        UnknownRunError: The store has no such run.
        ShapeMismatchError: The flow has changed, so that it cannot resume the run.
        RunClaimedError: A living process executes it.
        StoreError: The store cannot be read or written.
        StepFailedError: A step failed; the others are those of `execute`.
    """
    execution = await Execution.prepare_resumed(definition, run_id, store, options)
    await execution.run()
    return execution.outputs()


async def retry(
    definition: FlowDefinition, run_id: str, steps: Sequence[str], store: Store, /, **options: Unpack[ResumeOptions]
) -> dict[str, Any]:
    """Resume a run that failed or was cancelled, and return the outputs by slug.

    Args:
        definition: The flow.
        run_id: Identifier of the run.
        steps: Steps that begin again, with all that depend on them.
        store: What remembers it.
        **options: See `ResumeOptions`.

    Raises:
        UnknownStepError: The run has no such step.
        UnknownRunError: The store has no such run; the others are those of `resume`.
    """
    check_run_options(definition.slug, {"store": store, **options})
    await trio.to_thread.run_sync(partial(store.retry, run_id, steps))
    return await resume(definition, run_id, store, **options)


class Execution:
    """One run of a flow in a nursery of its own.

    It connects the parts of a run: the schedule decides on all transitions, the workers execute the tasks, the journal
    and the listeners receive the events.

    Attributes:
        schedule: The state of the run.
    """

    def __init__(
        self,
        plan: Plan,
        flow_input: object,
        *,
        options: RunOptions,
        listeners: Listeners,
        resources: ResourcesSource | None = None,
        stored: StoredRun | None = None,
    ) -> None:
        self._began: float | None = None
        self._token = trio.lowlevel.current_trio_token()
        self._timeout = in_seconds(options["timeout"]) if "timeout" in options else None
        self._full_timeout = self._timeout
        self._max_concurrency = options.get("max_concurrency")
        self._listeners = listeners
        self._resources = resources
        self._stored = stored
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
        run_id = options.get("run_id") if stored is None else stored.run_id
        events = Emitter(plan.flow, run_id, consumer, self._clock, self._context)
        events.listeners = listeners
        self.schedule = Schedule(plan, flow_input, events)
        if stored is not None and stored.run is not None:
            from typedflow.engines._local.journal import Journal  # noqa: PLC0415  as in `prepare`

            self._journal = Journal(
                stored.store,
                stored.encoding,
                self.schedule,
                stored.run,
                emit=consumer,
                on_commit=self._continue,
                on_delivery=self._receive,
            )
            events.consumer, events.journal = consumer or _nothing, self._journal
            if any(step.options.cache is not None for step in plan.steps):
                from typedflow.engines._local.cache_lookups import CacheLookups  # noqa: PLC0415  as above

                self._cache = CacheLookups(
                    stored.store,
                    stored.encoding,
                    schedule=self.schedule,
                    journal=self._journal,
                    on_answer=self._continue,
                )

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
        listeners = _listeners(definition, options, in_place)
        stored, store = None, options.get("store")
        if store is not None:
            from typedflow.engines._local import stored_run  # noqa: PLC0415  runs without a store do not need it

            run_id, time_limit = options.get("run_id"), in_seconds(options.get("timeout"))
            stored = await stored_run.begin(
                store, definition, plan, valid_input, run_id=run_id, time_limit=time_limit, at_once=at_once
            )
        return cls(plan, valid_input, options=options, listeners=listeners, resources=resources, stored=stored)

    @classmethod
    async def prepare_resumed(
        cls, definition: FlowDefinition, run_id: str, store: Store, options: ResumeOptions
    ) -> Execution:
        """Prepare a run that continues, or that has ended.

        Args:
            definition: The flow.
            run_id: Identifier of the run.
            store: What remembers it.
            options: The options of the run.

        Raises:
            InvalidOptionError: An option is not valid.
            InvalidResourcesError: The resources are missing, or cannot be what the flow declares.
            FlowDefinitionError: pydantic cannot validate a declared type, or the flow cannot be stored.
            UnknownRunError: The store has no such run.
            ShapeMismatchError: The flow has changed, so that it cannot resume the run.
            RunClaimedError: A living process executes it.
            StoreError: The store cannot be read or written.
        """
        from typedflow.engines._local import stored_run  # noqa: PLC0415  as above

        check_run_options(definition.slug, {"store": store, **options})
        resources = ResourcesSource.of(definition, options)
        plan = await Plan.of(definition)
        listeners = _listeners(definition, options, ())
        stored, flow_input = await stored_run.find(store, definition, plan, run_id)
        return cls(
            plan,
            flow_input,
            options=cast("RunOptions", options),
            listeners=listeners,
            resources=resources,
            stored=stored,
        )

    def outputs(self) -> dict[str, Any]:
        """Return the output of every step, in the order of definition; None for a skipped step."""
        schedule = self.schedule
        return Outputs(schedule.flow, {step.slug: schedule.outputs[step.slug] for step in schedule.plan.steps})

    @property
    def opens_resources(self) -> bool:
        """Whether the run has resources, which may have to be opened."""
        return self._resources is not None and not self._has_ended

    @property
    def _has_ended(self) -> bool:
        """Whether the run had ended before this process knew it."""
        return self._stored is not None and self._stored.run is None

    def end_for_good(self) -> None:
        """Let the cancellation that follows end the run. Otherwise a run that is stored can be resumed."""
        if self._journal is not None:
            self._journal.is_cancelling = True

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
        run = self._run if self._resources is None else partial(self._run_with, self._resources, on_open)
        if self._stored is not None:
            run = partial(self._run_stored, self._stored, run)
        parent = current_handler_thread()
        try:
            if parent is None:
                await run()
            else:
                async with parent.lend():
                    await run()
        finally:
            if self._listeners:
                await self._listeners.drain(self.schedule.events.run_id)
            # Listeners may hold events, whose exceptions hold the frames of this run: do not hold the listeners.
            del self._listeners
            self.schedule.events.consumer = self.schedule.events.listeners = None
            self.schedule.events.journal = self._journal = self._cache = None

    async def _run_stored(self, stored: StoredRun, run: Callable[[], Awaitable[None]]) -> None:
        """Run the flow, and commit to the store how the run has ended, or that it was interrupted."""
        journal, schedule = self._journal, self.schedule
        if journal is None:
            self._repeat_end(stored)
            return
        if stored.record is not None and stored.deadline is not None:  # by the wall clock, from its first process on
            self._full_timeout = stored.deadline - stored.record.created_at.timestamp()
            self._timeout = max(0.0, stored.deadline - clock.wall_clock())
        raised: BaseException | None = None
        with trio.CancelScope() as scope:
            journal.on_cancel(scope.cancel)
            try:
                await run()
            except BaseException as error:  # noqa: BLE001  raised below
                raised = error
            with trio.CancelScope(shield=True):
                await journal.flush()
                await journal.release()
            try:
                if journal.error is not None and raised is not journal.error:
                    raise journal.error from raised
                if raised is not None:
                    raise raised
            finally:
                del raised  # its traceback holds this frame
        if scope.cancelled_caught:
            cancelled = RunCancelledError(schedule.flow, schedule.events.run_id)
            cancelled.outputs = schedule.completed_outputs()
            raise cancelled

    def _repeat_end(self, stored: StoredRun) -> None:
        """Emit the events of a run that has ended before, and raise the exception with which it did."""
        self._clock.read()
        self.schedule.recall(stored.steps)
        self.schedule.failure, stored.failure = stored.failure, None
        self.schedule.end(is_cancelled=isinstance(self.schedule.failure, RunCancelledError))
        failure, self.schedule.failure = self.schedule.failure, None
        try:
            if failure is not None:
                raise failure
        finally:
            del failure  # its traceback holds this frame

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
        from typedflow.engines._local.asyncio_resources import (  # noqa: PLC0415  asyncio is slow to import
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
                if self._workers is not None:
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

    def _start(self, workers: WorkerPool) -> None:
        if self._stored is not None and self._stored.record is not None:
            workers.recall_starts(self._stored.steps)
            self.schedule.resume(self._stored.steps, self._clock.time)
            workers.settle()  # tasks may wait for their delay
        else:
            self.schedule.start()

    def deliver(self, slug: str, value: object) -> None:
        """Deliver the output of a wait step, in any thread.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares.
            DeliveryError: The step does not wait.
            UnstorableValueError: The store cannot keep the value.
        """
        deliveries, stored = self.schedule.deliveries, self._stored
        if stored is None:
            deliveries.put(slug, value)
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._receive, slug)
        else:
            valid = deliveries.validated(slug, value)
            encoded = stored.encoding.output_to_store(slug, valid, stored.store.max_value_bytes)
            stored.store.deliver(stored.run_id, slug, encoded)
            if (journal := self._journal) is not None:
                with suppress(trio.RunFinishedError):
                    self._token.run_sync_soon(journal.receive, slug, encoded)

    def _receive(self, slug: str) -> None:
        """Complete a wait step with what was delivered to it, unless the run has ended."""
        if self._workers is not None:
            self._workers.receive(slug)

    def _continue(self) -> None:
        """Do what follows from a commit."""
        if self._workers is not None:
            self._workers.continue_run()


def _listeners(
    definition: FlowDefinition, options: RunOptions | ResumeOptions, in_place: Iterable[Listener]
) -> Listeners:
    surrounding = surrounding_listeners()
    if in_place or surrounding or "listeners" in options:
        return Listeners(definition.slug, options.get("listeners", ()), in_place, surrounding)
    return _NO_LISTENERS


def _nothing(_: Event) -> None:
    """Stand for a consumer: there are no listeners, but the journal wants every event."""

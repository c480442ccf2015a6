"""`StoredExecution`: one run of a flow that a store remembers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import trio
from typing_extensions import override

from typedflow._quantity import in_seconds
from typedflow.engines._local import clock, stored_run
from typedflow.engines._local.cache_lookups import CacheLookups
from typedflow.engines._local.execution import Execution, listeners_of
from typedflow.engines._local.journal import Journal
from typedflow.engines._local.resumed_schedule import ResumedSchedule
from typedflow.engines._resources import ResourcesSource
from typedflow.engines._run_options import (
    ResumeOptions,
    RunOptions,
    check_from_steps,
    check_run_options,
    check_stored_run,
)
from typedflow.engines._tasks.plan import Plan
from typedflow.exceptions import RunCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Self

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._listening import Listeners
    from typedflow.engines._local.stored_run import StoredRun
    from typedflow.engines._local.worker_pool import WorkerPool
    from typedflow.event import Event
    from typedflow.stores import Store


class StoredExecution(Execution):
    """One run that a store remembers: it is new, it is resumed, or it has ended already.

    Its journal commits each transition before any other process or listener can know of it.
    """

    def __init__(
        self,
        plan: Plan,
        flow_input: object,
        stored: StoredRun,
        *,
        options: RunOptions,
        listeners: Listeners,
        resources: ResourcesSource | None = None,
    ) -> None:
        self._stored = stored
        if stored.record is not None:
            self._schedule_type = ResumedSchedule
        super().__init__(
            plan, flow_input, options={**options, "run_id": stored.run_id}, listeners=listeners, resources=resources
        )
        if stored.run is None:
            return
        events = self.schedule.events
        self._journal = Journal(
            stored.store,
            stored.encoding,
            self.schedule,
            stored.run,
            emit=events.consumer,
            on_commit=self._continue,
            on_delivery=self._receive,
        )
        events.consumer, events.journal = events.consumer or _nothing, self._journal
        if any(step.options.cache is not None for step in plan.steps):
            self._cache = CacheLookups(
                stored.store,
                stored.encoding,
                schedule=self.schedule,
                journal=self._journal,
                on_answer=self._continue,
            )

    @classmethod
    async def begin(
        cls,
        definition: FlowDefinition,
        plan: Plan,
        flow_input: object,
        *,
        options: RunOptions,
        listeners: Listeners,
        resources: ResourcesSource | None,
        at_once: bool,
    ) -> Self:
        """Prepare a run. See `Execution.prepare`."""
        run_id, time_limit = options.get("run_id"), in_seconds(options.get("timeout"))
        store = cast("Store", options["store"])
        stored = await stored_run.begin(
            store, definition, plan, flow_input, run_id=run_id, time_limit=time_limit, at_once=at_once
        )
        return cls(plan, flow_input, stored, options=options, listeners=listeners, resources=resources)

    @classmethod
    async def resume(
        cls,
        definition: FlowDefinition,
        run_id: str,
        store: Store,
        options: ResumeOptions,
        *,
        retried_from: Sequence[str] | None = None,
    ) -> Self:
        """Prepare a run that continues, or that has ended.

        Args:
            definition: The flow.
            run_id: Identifier of the run.
            store: What remembers it.
            options: The options of the run.
            retried_from: Steps that begin again, with all that depend on them, if the run is retried; otherwise None.

        Raises:
            InvalidOptionError: An option is not valid.
            InvalidResourcesError: The resources are missing, or cannot be what the flow declares.
            FlowDefinitionError: pydantic cannot validate a declared type, or the flow cannot be stored.
            UnknownStepError: It is to be retried from a step that it does not have.
            UnknownRunError: The store has no such run.
            ShapeMismatchError: The flow has changed, so that it cannot resume the run.
            RunClaimedError: A living process executes it.
            StoreError: The store cannot be read or written.
        """
        check_stored_run(definition.slug, run_id, store)
        check_run_options(definition.slug, options)
        if retried_from is not None:
            check_from_steps(definition.slug, retried_from)
        resources = ResourcesSource.of(definition, options)
        plan = await Plan.of(definition)
        listeners = listeners_of(definition, options)
        if retried_from is not None:
            await stored_run.retry(store, definition, run_id, retried_from)
        stored, flow_input = await stored_run.find(store, definition, plan, run_id)
        others = cast("RunOptions", options)
        return cls(plan, flow_input, stored, options=others, listeners=listeners, resources=resources)

    @property
    @override
    def opens_resources(self) -> bool:
        return super().opens_resources and self._stored.run is not None

    @override
    def end_for_good(self) -> None:
        if self._journal is not None:
            self._journal.transitions.is_cancelling = True

    @override
    def deliver(self, slug: str, value: object) -> None:
        stored = self._stored
        valid = self.schedule.deliveries.validated(slug, value)
        encoded = stored.encoding.output_to_store(slug, valid, stored.store.max_value_bytes)
        stored.store.deliver(stored.run_id, slug, encoded)
        if (journal := self._journal) is not None and self._token is not None:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(journal.receive, slug, encoded)

    @override
    def _start(self, workers: WorkerPool) -> None:
        if not isinstance(self.schedule, ResumedSchedule):
            super()._start(workers)
            return
        workers.recall_starts(self._stored.steps)
        self.schedule.resume(self._stored.steps, self._clock.time)
        if self._timeout == 0.0:  # its time was up before: no handler is called
            self.schedule.time_out(self._full_timeout or 0.0)
        workers.settle()  # tasks may wait for their delay

    @override
    async def _work(self, on_open: Callable[[], object] | None) -> None:
        """Run the flow, and commit to the store how the run has ended, or that it was interrupted."""
        journal, schedule, stored = self._journal, self.schedule, self._stored
        if journal is None:
            self._repeat_end(stored)
            return
        if stored.record is not None and stored.deadline is not None:  # by the wall clock, from its first process on
            self._full_timeout = stored_run.timeout_of(stored.record)
            self._timeout = max(0.0, stored.deadline - clock.wall_clock())
        raised: BaseException | None = None
        with trio.CancelScope() as scope:
            journal.on_cancel(scope.cancel)
            try:
                await super()._work(on_open)
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
        cast("ResumedSchedule", self.schedule).recall(stored.steps)
        self.schedule.failure, stored.failure = stored.failure, None
        self.schedule.end(is_cancelled=isinstance(self.schedule.failure, RunCancelledError))
        failure, self.schedule.failure = self.schedule.failure, None
        try:
            if failure is not None:
                raise failure
        finally:
            del failure  # its traceback holds this frame

    def _continue(self) -> None:
        """Do what follows from a commit."""
        if self._workers is not None:
            self._workers.continue_run()


def _nothing(_: Event) -> None:
    """Stand for a consumer: there are no listeners, but the journal wants every event."""

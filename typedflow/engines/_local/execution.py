"""One run of a flow in a trio nursery: who works, what waits for its time, who is told."""

from __future__ import annotations

import contextvars
import math
import time
import uuid
from typing import TYPE_CHECKING, Any

import trio
from typing_extensions import override

from typedflow._definition import validation
from typedflow._definition.options import is_whole
from typedflow._exception_group import ungrouped
from typedflow.context import StepContext
from typedflow.engines._cancellation import besides_cancellation
from typedflow.engines._listening import Listeners
from typedflow.engines._local.plan import Plan
from typedflow.engines._local.schedule import Schedule
from typedflow.engines._local.timers import Delayed
from typedflow.engines._local.worker import TURN, Worker
from typedflow.event import Event
from typedflow.exceptions import InvalidOptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._local.plan import PlannedStep
    from typedflow.engines._local.schedule import RunStatus, Task
    from typedflow.event import Listener, SkipReason, Status, Subject


# Makes an Event in a third of the time that Event() takes, and is sooner found here.
_new = tuple.__new__
# A worker that waits costs little, and is called again for less than a new one costs.
_MOST_IDLE = 10
# How many handlers have to wait for another worker to be called at once. Its handler may let others be called, so that
# all are soon under way; and handlers that go on at once have their workers back before there are many.
_BUSY_PER_CALL = 8


class Execution(Schedule):
    """One run of a flow in a nursery of its own.

    Workers, each a task of trio's, execute the tasks that are ready one after another. One worker does for handlers
    that never suspend; another is called when a handler suspends and there is more to do. So a step costs a task of
    trio's only if it has to wait for something, and never shares it with another step at the same time.
    """

    def __init__(
        self,
        flow: str,
        plan: Plan,
        flow_input: object,
        *,
        max_concurrency: int | None,
        listeners: Listeners,
    ) -> None:
        super().__init__(flow, plan, flow_input)
        self.run_id = str(uuid.uuid4())
        self.listeners = listeners or None
        self._hear = listeners.tell if listeners else None
        self.free = math.inf if max_concurrency is None else max_concurrency
        # Every handler starts from a copy of the caller's context variables, whichever step happened to make it ready.
        self.context = contextvars.copy_context()
        self.workers: set[Worker] = set()
        self.workers_called = 0
        self._idle: list[trio.lowlevel.Task] = []
        self._delayed: Delayed | None = None
        self._read_clock = trio.lowlevel.current_clock().current_time

    @classmethod
    async def of(
        cls,
        definition: FlowDefinition,
        flow_input: object,
        *,
        max_concurrency: int | None = None,
        listeners: Iterable[Listener] = (),
        in_place: Iterable[Listener] = (),
    ) -> Execution:
        """Prepare a run.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            InvalidOptionError: ``max_concurrency`` or ``listeners`` is none that there can be.
            FlowDefinitionError: A declared type is none that pydantic can validate.
        """
        if max_concurrency is not None and not is_whole(max_concurrency):
            requirement = "a whole number of at least 1, or None"
            raise InvalidOptionError(definition.slug, "max_concurrency", max_concurrency, requirement)
        plan = Plan.known(definition) or await _planned(definition)
        valid_input = validation.validate_input(definition, flow_input)
        hearing = Listeners(definition.slug, listeners, in_place)
        return cls(definition.slug, plan, valid_input, max_concurrency=max_concurrency, listeners=hearing)

    def note_time(self) -> None:
        """Look at the clocks, for all that happens before anybody can have done anything else.

        Attributes that are read for every event and attempt: a look at the clocks costs as much as an event.
        """
        self.time = time.time()
        self.now = self._read_clock()

    def all_outputs(self) -> dict[str, Any]:
        """Return the output of every step, in the order of definition; None of one that was skipped."""
        return {step.slug: self.outputs[step.slug] for step in self.plan.steps}

    async def run(self) -> None:
        """Run the flow to its end, whatever that is.

        Raises:
            StepFailedError: A step failed.
        """
        try:
            await self._run()
        finally:
            self._delayed = None  # it holds this run
            if self.listeners is not None:
                await self.listeners.have_heard()
                # They may hold events, whose exceptions hold the frames of this run.
                self.listeners = self._hear = None

    def _end_run(self, status: RunStatus, error: BaseException | None = None) -> None:
        self.status = status
        self.tell("run", status, error=error)

    async def _run(self) -> None:
        self.note_time()  # it may be long since the run was prepared
        self.tell("run", "started")
        try:
            async with trio.open_nursery() as self.nursery:
                self.start()
                # The caller's task is the first worker; a flow whose handlers never suspend needs no other.
                self.workers_called += 1
                await Worker(self).work()
            self.note_time()
        except BaseException as error:
            self.note_time()
            other = besides_cancellation(error)
            if other is not None:
                self.interrupt(ungrouped(other))  # the group is the nursery's, which is none of the caller's business
                del other  # its traceback holds this frame
            elif self.failure is None:
                self.cancel()
                self._end_run("cancelled")
                raise
        if self.failure is None:
            self._end_run("completed")
            return
        self.cancel()
        # An exception outweighs a cancellation, as everywhere in trio.
        self._end_run("failed", self.failure)
        failure, self.failure = self.failure, None
        try:
            raise failure
        finally:
            del failure  # the traceback holds this frame, and this frame must not hold the exception

    @override
    def tell(
        self,
        subject: Subject,
        status: Status,
        step: PlannedStep | None = None,
        task_index: int | None = None,
        attempt: int | None = None,
        error: BaseException | None = None,
        reason: SkipReason | None = None,
        delay: float | None = None,
        items: int | None = None,
        *,
        context: contextvars.Context | None = None,
    ) -> None:
        """Tell the listeners what happened, now; in the context of the run, or that of a handler that starts."""
        hear = self._hear
        if hear is not None:
            slug = None if step is None else step.slug
            event = _new(Event, (
                subject, status, self.flow, self.run_id, slug, task_index, attempt, self.time, self.now, error,
                reason, delay, items,
            ))  # fmt: skip
            (self.context if context is None else context).run(hear, event)

    @override
    def delay(self, seconds: float, task: Task) -> None:
        if self._delayed is None:
            self._delayed = Delayed(self.nursery, self.is_due)
        self._delayed.add(self.now + seconds, task)

    @override
    def is_due(self, task: Task) -> None:
        """Make a delayed task ready."""
        self.note_time()
        super().is_due(task)
        self.call_workers()

    @override
    def drop(self, step: PlannedStep) -> None:
        """Cancel what is executed of a step, and what waits to be."""
        if self._delayed is not None:
            self._delayed.forget(step)
        for worker in self.workers:
            if worker.task is not None and worker.task[0] is step:
                worker.is_dropped = True
                worker.scope.cancel()

    @override
    def stop(self) -> None:
        """Cancel everything."""
        self.nursery.cancel_scope.cancel()

    def has_work(self) -> bool:
        """Whether there is a step to decide of, or a task that is ready and may be executed now."""
        return bool(self.undecided) or (bool(self.ready) and self.free >= 1)

    def context_of(self, task: Task, deadline: float) -> StepContext[Any]:
        """Return what a handler may know about its task."""
        step, index, number = task
        return StepContext(
            flow=self.flow,
            step=step.slug,
            run_id=self.run_id,
            task_index=index,
            attempt=number,
            deadline=deadline,
            flow_input=self.flow_input,
        )

    def begin(self, task: Task) -> contextvars.Context | None:
        """Say that a task starts, and give the context for its handler; not if another item had its step skipped."""
        step, index, number = task
        status = self.statuses[step.index]
        if status == "created":
            self.statuses[step.index] = "started"
            self.tell("step", "started", step)
        elif status != "started":
            return None
        context = self.context.copy()
        # What a listener sets when a task starts, its handler sees: a span, to be a parent.
        self.tell("task", "started", step, index, number, context=context)
        return context

    def call_workers(self) -> None:
        """See to it that there are workers for what is ready: one, or more where many wait."""
        if self.has_work():
            work = len(self.undecided) + min(len(self.ready), self.free)
            wanted = min(work, max(1, (len(self.workers) - len(self._idle)) // _BUSY_PER_CALL))
            while self.workers_called < wanted:
                self.workers_called += 1
                if self._idle:
                    trio.lowlevel.reschedule(self._idle.pop())
                else:
                    self.nursery.start_soon(Worker(self).work)

    async def is_called_again(self) -> bool:
        """Have a worker wait for more to do; false if there is enough of those."""
        if len(self._idle) >= _MOST_IDLE:
            return False
        task = trio.lowlevel.current_task()
        self._idle.append(task)

        def leave(_: object) -> trio.lowlevel.Abort:
            self._idle.remove(task)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(leave)  # a ParkingLot costs twice as much
        self.workers_called -= 1
        return True

    @override
    def has_ended(self) -> None:
        """Let the workers go."""
        while self._idle:
            trio.lowlevel.reschedule(self._idle.pop())


async def _planned(definition: FlowDefinition) -> Plan:
    planning = Plan.in_steps(definition)
    turn_ends = time.perf_counter() + TURN
    while True:
        try:
            next(planning)
        except StopIteration as done:
            plan: Plan = done.value
            return plan
        if time.perf_counter() > turn_ends:
            await trio.lowlevel.checkpoint()
            turn_ends = time.perf_counter() + TURN

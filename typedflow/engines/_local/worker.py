"""The workers of a run, which execute its tasks, and the pool of these workers."""

from __future__ import annotations

import inspect
import math
import time
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import trio

from typedflow.engines import _handler_call
from typedflow.engines._cancellation import is_cancelled, is_interrupt, without_cancelled
from typedflow.engines._handler_thread import call_in_thread
from typedflow.engines._local import waiting
from typedflow.engines._local.blocking_handlers import BlockingHandlers
from typedflow.engines._local.delays import Delays
from typedflow.engines._local.emitter import Surrounding
from typedflow.engines._local.handler_traceback import own_frames
from typedflow.engines._local.pacing import Pacing
from typedflow.engines._local.plan import TURN
from typedflow.engines._local.run_timeout import RunTimeout
from typedflow.engines._local.timeout import Timeout
from typedflow.engines._output import SCALARS, refuse_unusable
from typedflow.engines._wrong_library import explained
from typedflow.exceptions import StepTimeoutError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from contextvars import Context

    from typedflow.engines._local.cache_lookups import CacheLookups
    from typedflow.engines._local.clock import Clock
    from typedflow.engines._local.journal import Journal
    from typedflow.engines._local.places import Places
    from typedflow.engines._local.plan import PlannedStep, Task
    from typedflow.engines._local.rate_limiter import Rate
    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._local.schedule import Schedule

# Returned instead of a trap by `_call` if the handler has not suspended.
_DONE: Final = object()
# How many workers may be idle. A parked worker costs little, and resuming it costs less than starting another one.
_MOST_IDLE: Final = 10
# `call_workers` calls one worker for this many suspended handlers, but at least one. Each of them calls others when its
# own handler suspends, so all tasks are executed soon. Handlers that suspend only briefly get by with few workers.
_BUSY_PER_CALL: Final = 8
# How many tasks are announced before others may run.
_MOST_ANNOUNCED: Final = 100


class WorkerPool:
    """The workers of one run.

    One worker is enough for handlers that never suspend. Another one is called only when a handler suspends and there
    is more to do. So the number of trio tasks depends on how many handlers are suspended, not on how many steps there
    are.

    Attributes:
        schedule: The state of the run: what to execute.
        clock: The time of the run.
        context: The context variables of the caller of the run. Each handler gets a copy of them.
        places: Where handlers are called on asyncio and in processes; None if no handler is.
        journal: What commits the transitions of the run to a store; None if no store remembers it.
        cache: What looks tasks up in the cache of that store; None if no step has a cache.
        free: How many more tasks may be executed concurrently.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        schedule: Schedule,
        clock: Clock,
        context: Context,
        places: Places | None,
        *,
        journal: Journal | None,
        cache: CacheLookups | None,
        max_concurrency: int | None,
    ) -> None:
        self.schedule = schedule
        self.clock = clock
        self.context = context
        self.places = places
        self._blocking: BlockingHandlers | None = None
        self.free = math.inf if max_concurrency is None else max_concurrency
        self._nursery = nursery
        self._workers: set[Worker] = set()
        self._called = 0
        self._idle: list[trio.lowlevel.Task] = []
        self._delays: Delays | None = None
        self._pacing: Pacing | None = None
        self._timeout: RunTimeout | None = None
        self.journal = journal
        self.cache = cache

    def end_after(self, seconds: float, began: float, timeout: float) -> None:
        """End the run when so many seconds have passed since it began, unless it is over by then.

        Args:
            seconds: How long it may take in this process.
            began: When it began, by trio's clock.
            timeout: Its timeout, for messages.
        """
        self._timeout = RunTimeout(seconds, began, self._nursery, lambda _: self._time_out(timeout))

    def may_start(self, task: Task, rate: Rate) -> bool:
        """Return whether the rate limit of a task lets it start now. If not, it will be ready again."""
        return self._rate_limits().may_start(task, rate)

    def recall_starts(self, steps: Mapping[str, RestoredStep]) -> None:
        """Let the rate limits of a run that is resumed count what has started before."""
        now = self.clock.time
        for step in self.schedule.plan.steps:
            if step.rate is not None and step.slug in steps:
                self._rate_limits().recall(step.rate, [now - start for start in steps[step.slug].starts])

    def _rate_limits(self) -> Pacing:
        if self._pacing is None:
            self._pacing = Pacing(self._nursery, lambda: self.free, self._give_back)
        return self._pacing

    def warn_of_block(self, step: PlannedStep, seconds: float) -> None:
        """Log that a handler has blocked the run for so long, unless that was logged before."""
        self._blocking = self._blocking or BlockingHandlers(self.schedule.flow)
        self._blocking.warn(step, seconds)

    def first_worker(self) -> Worker:
        """Return a worker for the trio task of the caller. It calls other workers when there is more to do."""
        self._called += 1
        return Worker(self)

    def enter(self, worker: Worker) -> None:
        """Add a worker, which was called and begins to work."""
        self._workers.add(worker)
        self._called -= 1

    def leave(self, worker: Worker) -> None:
        """Remove a worker, which has nothing to do or was cancelled."""
        self._workers.discard(worker)
        self.settle()

    def has_work(self) -> bool:
        """Return whether there is an undecided step, or a ready task that may be executed now."""
        schedule, journal = self.schedule, self.journal
        if schedule.undecided or (schedule.ready and self.free >= 1):
            return True
        return journal is not None and bool(journal.startable)

    def call_workers(self) -> None:
        """Resume or start workers for the ready tasks: one, or several if many handlers are suspended."""
        if self.has_work():
            work = len(self.schedule.undecided) + min(len(self.schedule.ready), self.free)
            work += len(self.journal.startable) if self.journal is not None else 0
            wanted = min(work, max(1, (len(self._workers) - len(self._idle)) // _BUSY_PER_CALL))
            while self._called < wanted:
                self._called += 1
                if self._idle:
                    trio.lowlevel.reschedule(self._idle.pop())
                else:
                    self._nursery.start_soon(Worker(self).work)

    async def wait_for_work(self) -> bool:
        """Park this worker until it is called. Return False if enough workers are idle already."""
        if len(self._idle) >= _MOST_IDLE:
            return False
        task = trio.lowlevel.current_task()
        self._idle.append(task)

        def leave(_: object) -> trio.lowlevel.Abort:
            self._idle.remove(task)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(leave)  # a ParkingLot costs twice as much
        self._called -= 1
        return True

    def settle(self) -> None:
        """Do what the schedule has decided: drop tasks, start delays, end the run."""
        schedule = self.schedule
        while schedule.dropped:
            self._drop(schedule.dropped.pop(0))
        while schedule.delayed:
            seconds, task = schedule.delayed.pop(0)
            self._delays = self._delays or Delays()
            self._delays.add(self.clock.monotonic + seconds, task, self._nursery, self._wake)
        if schedule.is_over:
            if self._timeout is not None:
                self._timeout.cancel()
            if schedule.failure is not None:
                self._nursery.cancel_scope.cancel()
            while self._idle:
                trio.lowlevel.reschedule(self._idle.pop())

    def continue_run(self) -> None:
        """Do what follows from a commit, or from a look-up."""
        self.clock.read()
        if self.cache is not None:
            self.cache.ask()
        self.settle()
        if self._workers and not self.schedule.is_over:
            self.call_workers()
            if self.journal is not None:
                self.journal.submit()

    def announce(self, context: Context) -> None:
        """Start tasks that are ready, and let the journal hold them until that is committed.

        Args:
            context: The context variables of the worker. Each handler gets a copy of them.
        """
        schedule, journal = self.schedule, cast("Journal", self.journal)
        for _ in range(min(len(schedule.ready), _MOST_ANNOUNCED)):
            if self.free < 1:
                return
            task, own = schedule.ready.popleft(), context.copy()
            if task[0].options.cache is not None and self.cache is not None and not self.cache.may_start(task):
                continue
            rate = task[0].rate
            if (rate is None or self.may_start(task, rate)) and schedule.begin(task, own):
                self.free -= 1
                journal.hold(task, own)
                if self.cache is not None:
                    self.cache.begin(task)

    def drop_held(self) -> None:
        """Drop the tasks that have started, and whose handlers will not be called."""
        if self.cache is not None:
            self.cache.stop()
        if self.journal is not None:
            for task in self.journal.held():
                self.schedule.drop(task)

    def receive(self, slug: str) -> None:
        """Complete a wait step with what was delivered to it."""
        self.clock.read()
        waiting.receive(self.schedule, slug)
        self.continue_run()

    def _wake(self, task: Task) -> None:
        self.clock.read()
        self.schedule.wake(task)
        self.settle()
        self.call_workers()
        if self.journal is not None:
            self.journal.submit()

    def _give_back(self, tasks: Sequence[Task], before: int) -> None:
        if not self.schedule.is_over:
            ready = self.schedule.ready
            ready.rotate(-before)
            ready.extendleft(reversed(tasks))
            ready.rotate(before)
            self.call_workers()

    def _time_out(self, seconds: float) -> None:
        self.clock.read()
        self.schedule.time_out(seconds)
        self.settle()

    def _drop(self, step: PlannedStep) -> None:
        if self._pacing is not None:
            self._pacing.forget(step)
        if self._delays is not None:
            self._delays.forget(step)
        if self.cache is not None:
            self.cache.forget(step)
        for worker in self._workers:
            if worker.task is not None and worker.task[0] is step:
                worker.timeout.drop()


class _CompletedAfterCancel(NamedTuple):
    """A task whose handler returned although it had been cancelled."""

    task: Task
    output: Any


class Worker:
    """Executes tasks one after another, in one trio task.

    Attributes:
        task: The task that it executes now; None between two tasks.
        timeout: The timeout of that task.
    """

    __slots__ = ("_clock", "_context", "_pool", "_schedule", "_surrounding", "_turn_ends", "task", "timeout")

    def __init__(self, pool: WorkerPool) -> None:
        self.task: Task | None = None
        self.timeout: Timeout
        self._pool = pool
        self._schedule = pool.schedule
        self._clock = pool.clock
        self._turn_ends = 0.0
        self._context = pool.context.copy()
        self._surrounding = Surrounding(pool.schedule.flow, pool.schedule.events, self._context)

    async def work(self) -> None:
        """Execute tasks until there is nothing to do."""
        schedule = self._schedule
        self._pool.enter(self)
        self._begin_turn()
        try:
            while not schedule.is_over:
                ended: BaseException | _CompletedAfterCancel | None = None
                self.timeout = Timeout()
                with self.timeout.scope as scope:
                    ended = await self._execute_all()
                    if isinstance(ended, BaseException) and without_cancelled(ended) is None and is_cancelled():
                        cancelled, ended = ended, None
                        raise cancelled
                if isinstance(ended, _CompletedAfterCancel):
                    schedule.complete(*ended)
                elif self.task is not None:
                    self._clock.read()
                    self._end_unfinished(self.task, ended)
                elif not scope.cancelled_caught and not self._pool.has_work():
                    return
                del ended  # the traceback of an exception holds this frame, so this frame must not hold it
        finally:
            if self.task is not None:
                self._clock.read()
                schedule.drop(self.task)
            self._pool.leave(self)

    def _begin_turn(self) -> None:
        self._turn_ends = time.perf_counter() + TURN
        self._clock.read()

    async def _execute_all(  # noqa: C901, PLR0912, PLR0915  calls of smaller functions would cost too much
        self,
    ) -> BaseException | _CompletedAfterCancel | None:
        """Execute tasks until one fails, the cancel scope is used up, or there is nothing to do.

        If a task did not complete, it is still in `task`, and its exception is returned if it has one of its own. If a
        cancelled handler returned an output, that is returned, so that the caller can complete the task outside of the
        cancelled scope.
        """
        pool, schedule, journal = self._pool, self._schedule, self._pool.journal
        ready, undecided, may_start = schedule.ready, schedule.undecided, trio.lowlevel.checkpoint_if_cancelled
        copy_context, surrounding = self._context.copy, self._surrounding
        now, longest_block = time.perf_counter, _handler_call.LONGEST_BLOCK
        while not schedule.is_over:
            if not undecided and (not ready or pool.free < 1) and (journal is None or not journal.startable):
                if journal is not None:
                    journal.submit()
                if not await pool.wait_for_work():
                    return None
                self._begin_turn()
                continue
            # A task that became ready just before a cancellation must not start.
            await may_start()
            if (called := now()) > self._turn_ends:
                await trio.lowlevel.checkpoint()
                self._begin_turn()
                continue
            if undecided:
                schedule.decide()
                pool.settle()
                continue
            if journal is None:
                task, context = ready.popleft(), copy_context()
                rate = task[0].rate
                if rate is not None and not pool.may_start(task, rate):
                    continue
                if not schedule.begin(task, context):
                    continue
                pool.free -= 1
            elif ready and pool.free >= 1:
                pool.announce(self._context)
                continue
            else:
                journal.submit()
                task, context = journal.startable.popleft()
                if not schedule.is_started(task):
                    pool.free += 1
                    schedule.drop(task)
                    continue
                surrounding.enter(context)
            self.task = surrounding.task = task
            try:
                output, trap = self._call(task, context)
                if (seconds := now() - called) > longest_block:
                    pool.warn_of_block(task[0], seconds)
                if has_suspended := trap is not _DONE:
                    output = await _handler_call.resume(output, trap, context, pool.warn_of_block, task[0])
                    self._begin_turn()
                else:
                    self._clock.read()
                if type(output) not in SCALARS:
                    refuse_unusable(schedule.flow, task[0].slug, output)
                if (validate := task[0].validate) is not None:
                    validate(output)
                if journal is not None:
                    journal.encode(task, output)
            except BaseException as error:
                if isinstance(error, trio.Cancelled) and is_cancelled():
                    raise
                return error  # the caller checks whether a group is only a cancellation
            pool.free += 1
            self.task = None
            if has_suspended and self.timeout.scope.cancel_called:
                return _CompletedAfterCancel(task, output)
            schedule.complete(task, output)
        return None

    def _call(self, task: Task, context: Context) -> tuple[Any, Any]:
        """Call a handler. Return its output and `_DONE`, or the suspended coroutine and its trap."""
        step = task[0]
        schedule, timeout = self._schedule, self.timeout
        step_input = schedule.input_of(task)
        deadline = self._clock.monotonic + step.timeout
        output: Any
        if not step.is_in_place:
            output = self._call_elsewhere(task, step_input, deadline)
        else:
            if timeout.deadline != math.inf:  # the deadline of an earlier task
                timeout.set(deadline)
            if step.takes_context:
                output = context.run(step.function, step_input, schedule.context_of(task, deadline))
            else:
                output = context.run(step.function, step_input)
            if type(output) is not CoroutineType:
                if not inspect.isawaitable(output):
                    return output, _DONE
                output = _handler_call.as_coroutine(output)
        try:
            trap = context.run(output.send, None)
        except StopIteration as stop:
            return stop.value, _DONE
        if step.is_in_place:
            timeout.set(deadline)
        self._pool.call_workers()
        return output, trap

    def _call_elsewhere(self, task: Task, step_input: object, deadline: float) -> Coroutine[Any, Any, Any]:
        """Return a coroutine that calls a handler in a thread, on an asyncio loop or in a process."""
        step, places = task[0], cast("Places", self._pool.places)
        if step.runs_in == "asyncio":
            self.timeout.set(deadline)
            given = self._arguments(task, step_input, deadline)
            return places.call_in_asyncio(step.function, given, step.slug)
        self.timeout.set(math.inf)  # its time begins when a thread or a process is free
        begin = partial(self._begin_elsewhere, task, step_input)
        if step.runs_in == "process":
            return places.call_in_process(step.function, begin, self._schedule.flow, step.slug)
        return call_in_thread(step.function, begin, self.timeout.has_expired)

    def _begin_elsewhere(self, task: Task, step_input: object) -> tuple[Any, ...]:
        """Start the timeout of a task that has got its thread or process. Return the arguments of its handler."""
        deadline = trio.current_time() + task[0].timeout
        self.timeout.set(deadline)
        return self._arguments(task, step_input, deadline)

    def _arguments(self, task: Task, step_input: object, deadline: float) -> tuple[Any, ...]:
        return (step_input, self._schedule.context_of(task, deadline)) if task[0].takes_context else (step_input,)

    def _end_unfinished(self, task: Task, error: BaseException | None) -> None:
        """Report a task without an output to the schedule: it failed, timed out or was dropped."""
        self.task = None
        self._pool.free += 1
        step, _, attempt = task
        if error is not None:
            error = without_cancelled(error) or error
            interrupts = is_interrupt(error)  # its frames say so
            error.with_traceback(own_frames(error.__traceback__))
            if interrupts:
                self._schedule.interrupt_task(task, error)
                self._pool.settle()
                return
            error = explained(error, self._schedule.flow, step.slug, step.runs_in)
        if self.timeout.is_dropped:
            self._schedule.drop(task, error)
            return
        if error is None:
            error = StepTimeoutError(self._schedule.flow, step.slug, attempt, step.timeout)
        elif self.timeout.scope.cancel_called:
            error.add_note(
                f"It was raised while the attempt was being cancelled after its timeout of {step.timeout:g} s."
            )
        self._schedule.fail(task, error, is_cancelled=is_cancelled())
        self._pool.settle()

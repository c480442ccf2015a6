"""The pool of the workers of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, cast

import trio

from typedflow.engines._local import waiting
from typedflow.engines._local.delays import Delays
from typedflow.engines._local.pacing import Pacing
from typedflow.engines._local.run_timeout import RunTimeout
from typedflow.engines._local.worker import Worker
from typedflow.engines._tasks.blocking_handlers import BlockingHandlers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextvars import Context

    from typedflow.engines._local.cache_lookups import CacheLookups
    from typedflow.engines._local.clock import Clock
    from typedflow.engines._local.journal import Journal
    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._local.schedule import Schedule
    from typedflow.engines._tasks.places import Places
    from typedflow.engines._tasks.plan import PlannedStep, Task
    from typedflow.engines._tasks.rate_limiter import Rate

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

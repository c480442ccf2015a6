"""Holds back the tasks of a run that may not start yet, because of a rate limit."""

from __future__ import annotations

import math
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import trio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from typedflow.engines._tasks.plan import PlannedStep, Task
    from typedflow.engines._tasks.rate_limiter import Rate, RateLimiter

# By how much a second on trio's clock may differ from a real one. On a virtual clock it takes no time, or forever.
_REAL: Final = 0.5


class Pacing:
    """The tasks of one run that rate limits hold back.

    A task that waits takes up none of the run's places, and its timeout has not begun. If its turn comes and the run
    has no place for it, all tasks of that limit are given back: they ask again when there is a place. Otherwise they
    would hold up other runs.

    Args:
        nursery: The nursery of the run.
        places: Returns how many more tasks may be executed now.
        give_back: Receives tasks that may ask again, and how many of the ready tasks come before them.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        places: Callable[[], float],
        give_back: Callable[[Sequence[Task], int], None],
    ) -> None:
        self.nursery = nursery
        self._places = places
        self._give_back = give_back
        self._cleared: set[Task] = set()
        self._queues: dict[Rate, _Queue] = {}

    def may_start(self, task: Task, rate: Rate) -> bool:
        """Return whether a task may start now. If not, it is given back later."""
        if task in self._cleared:
            self._cleared.discard(task)
            return True
        return self._queue(rate).may_start(task)

    def recall(self, rate: Rate, ages: Iterable[float]) -> None:
        """Take over the starts of a run that is resumed, which were so many seconds ago."""
        self._queue(rate).recall(ages)

    def places(self) -> float:
        """Return how many more tasks may start now."""
        return self._places() - len(self._cleared)

    def give_back(self, tasks: Sequence[Task], *, is_cleared: bool) -> None:
        """Give back tasks. If they are cleared, they may start when they ask again."""
        before = len(self._cleared)
        if is_cleared:
            self._cleared.update(tasks)
        self._give_back(tasks, before)

    def _queue(self, rate: Rate) -> _Queue:
        queue = self._queues.get(rate)
        if queue is None:
            queue = self._queues[rate] = _Queue(self, rate)
        return queue

    def forget(self, step: PlannedStep) -> None:
        """Remove the tasks of a step: they are not given back."""
        for queue in self._queues.values():
            queue.forget(step)


class _Queue:
    """The tasks of one run that one limiter holds back, and a trio task that waits until they may start."""

    def __init__(self, pacing: Pacing, rate: Rate) -> None:
        limiters, self._limit = rate
        clock = trio.lowlevel.current_clock()
        is_real = abs(clock.deadline_to_sleep_time(clock.current_time() + 1.0) - 1.0) < _REAL
        self._limiter: RateLimiter = limiters.in_real_time if is_real else limiters.by(clock)
        self._now = time.perf_counter if is_real else clock.current_time
        self._pacing = pacing
        self._tasks: deque[Task] = deque()
        self._token = trio.lowlevel.current_trio_token()
        self._sleep: trio.CancelScope | None = None

    def recall(self, ages: Iterable[float]) -> None:
        now = self._now()
        self._limiter.recall(now - age for age in ages)

    def may_start(self, task: Task) -> bool:
        if self._limiter.start(self._limit, self._now()):
            return True
        self._tasks.append(task)
        self._limiter.enqueue(self)
        if self._sleep is None:
            self._sleep = trio.CancelScope()
            self._pacing.nursery.start_soon(self._wait)
        return False

    def forget(self, step: PlannedStep) -> None:
        kept = deque(task for task in self._tasks if task[0] is not step)
        count, self._tasks = len(self._tasks) - len(kept), kept
        self._limiter.leave(self, count)
        self._wake()

    def wake(self) -> None:
        if trio.lowlevel.in_trio_run() and trio.lowlevel.current_trio_token() is self._token:
            self._wake()  # a virtual clock would not wait for the token
        else:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._wake, idempotent=True)

    def _wake(self) -> None:
        if self._sleep is not None:
            self._sleep.cancel()

    async def _wait(self) -> None:
        try:
            while self._tasks:
                if self._pacing.places() < 1:
                    tasks, self._tasks = self._tasks, deque()
                    self._limiter.leave(self, len(tasks))
                    self._pacing.give_back(tasks, is_cleared=False)
                    break
                delay = self._limiter.start_first(self, self._limit, self._now())
                if delay == 0.0:
                    self._pacing.give_back([self._tasks.popleft()], is_cleared=True)
                    continue
                with trio.CancelScope() as self._sleep:
                    self._sleep.deadline = math.inf if delay is None else trio.current_time() + delay
                    await trio.sleep_forever()
        finally:
            self._sleep = None
            self._limiter.leave(self, len(self._tasks))

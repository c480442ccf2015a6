"""Start delays and retry delays: wakes each task when its delay is over."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.engines._tasks.plan import PlannedStep, Task


class Delays:
    """The delayed tasks of one run: a heap, and a single trio task that sleeps until the first of them is due."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Task]] = []
        self._number = count()  # tasks that are due at the same time keep the order in which they were added
        self._sleep: trio.CancelScope | None = None

    def add(self, due: float, task: Task, nursery: trio.Nursery, wake: Callable[[Task], None]) -> None:
        """Call ``wake`` with the task when it is due, by trio's clock."""
        heappush(self._heap, (due, next(self._number), task))
        if self._sleep is None:
            self._sleep = trio.CancelScope()
            nursery.start_soon(self._wait, wake)
        elif self._heap[0][2] is task:
            self._sleep.deadline = due

    def forget(self, step: PlannedStep) -> None:
        """Remove the tasks of a step: ``wake`` is not called for them."""
        self._heap = [entry for entry in self._heap if entry[2][0] is not step]
        heapify(self._heap)
        if self._sleep is not None and not self._heap:
            self._sleep.cancel()

    async def _wait(self, wake: Callable[[Task], None]) -> None:
        while self._heap:
            with trio.CancelScope(deadline=self._heap[0][0]) as self._sleep:
                await trio.sleep_forever()
            while self._heap and self._heap[0][0] <= trio.current_time():
                wake(heappop(self._heap)[2])
        self._sleep = None

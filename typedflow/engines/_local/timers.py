"""Tasks that wait for their time: before a first attempt, or before another."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.engines._local.plan import PlannedStep
    from typedflow.engines._local.schedule import Task


class Delayed:
    """All that wait in one run: a heap, and one task of trio's, however many they are."""

    def __init__(self, nursery: trio.Nursery, is_due: Callable[[Task], None]) -> None:
        self._nursery = nursery
        self._is_due = is_due
        self._heap: list[tuple[float, int, Task]] = []
        self._number = count()  # of two that are due at once the first to be added comes first
        self._sleep: trio.CancelScope | None = None

    def add(self, due: float, task: Task) -> None:
        """Hand the task back at a time of trio's clock."""
        heappush(self._heap, (due, next(self._number), task))
        if self._sleep is None:
            self._sleep = trio.CancelScope()
            self._nursery.start_soon(self._wait)
        elif self._heap[0][2] is task:
            self._sleep.deadline = due

    def forget(self, step: PlannedStep) -> None:
        """Hand no task of this step back."""
        self._heap = [entry for entry in self._heap if entry[2][0] is not step]
        heapify(self._heap)
        if self._sleep is not None and not self._heap:
            self._sleep.cancel()

    async def _wait(self) -> None:
        while self._heap:
            with trio.CancelScope(deadline=self._heap[0][0]) as self._sleep:
                await trio.sleep_forever()
            while self._heap and self._heap[0][0] <= trio.current_time():
                self._is_due(heappop(self._heap)[2])
        self._sleep = None

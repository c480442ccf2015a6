"""Tasks that wait for their delay: before their first attempt, or before another one."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.engines._local.plan import PlannedStep, Task


class Delays:
    """All tasks of one run that wait for a delay: a heap, and one task of trio, however many they are."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Task]] = []
        self._number = count()  # of two tasks that are due at the same time, the first to be added comes first
        self._sleep: trio.CancelScope | None = None

    def add(self, due: float, task: Task, nursery: trio.Nursery, wake: Callable[[Task], None]) -> None:
        """Call ``wake`` with the task at a time of trio's clock."""
        heappush(self._heap, (due, next(self._number), task))
        if self._sleep is None:
            self._sleep = trio.CancelScope()
            nursery.start_soon(self._wait, wake)
        elif self._heap[0][2] is task:
            self._sleep.deadline = due

    def forget(self, step: PlannedStep) -> None:
        """Call ``wake`` for no task of this step any more."""
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

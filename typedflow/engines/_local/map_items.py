"""The items of a map step, and which of them may start."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typedflow.engines._local.plan import PlannedStep, Task


class MapItems:
    """The items of a map step that has started.

    They are handed out as tasks, at most ``max_concurrency`` at a time: there may be a million of them.

    Attributes:
        values: The items, as they were when the map step started.
        outputs: The output of each item, in the order of the items.
    """

    __slots__ = ("_free", "_next", "_remaining", "_retries", "_step", "outputs", "values")

    def __init__(self, step: PlannedStep, values: list[Any] | tuple[Any, ...]) -> None:
        self.values = tuple(values)  # a handler that has the same list may change it
        self.outputs: list[Any] = [None] * len(values)
        self._step = step
        self._remaining = len(values)
        self._next = 0
        self._retries: deque[Task] = deque()
        self._free = step.definition.max_concurrency

    def hand_out(self, ready: deque[Task]) -> None:
        """Make as many tasks ready as may be executed concurrently, those that are retried first."""
        while self._free:
            if self._retries:
                ready.append(self._retries.popleft())
            elif self._next < len(self.values):
                ready.append((self._step, self._next, 1))
                self._next += 1
            else:
                break
            self._free -= 1

    def complete(self, index: int, output: object) -> bool:
        """Keep the output of an item, and return whether all items have one."""
        self.outputs[index] = output
        self._remaining -= 1
        self._free += 1
        return not self._remaining

    def suspend(self) -> None:
        """Give the place of an item to another one, during its retry delay."""
        self._free += 1

    def retry(self, task: Task) -> None:
        """Hand an item out again, as soon as there is a place."""
        self._retries.append(task)

"""The items of a map step: which may start, and their outputs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typedflow.engines._local.plan import PlannedStep, Task


class MapItems:
    """The items of a map step that has started.

    At most ``max_concurrency`` of them are tasks at the same time: there may be a million items.

    Attributes:
        values: A copy of the items, made when the map step started.
        outputs: The output of each item, in the order of the items.
    """

    __slots__ = ("_free", "_next", "_remaining", "_retries", "_step", "outputs", "values")

    def __init__(self, step: PlannedStep, values: list[Any] | tuple[Any, ...]) -> None:
        self.values = tuple(values)  # a handler that receives the same list may change it
        self.outputs: list[Any] = [None] * len(values)
        self._step = step
        self._remaining = len(values)
        self._next = 0
        self._retries: deque[Task] = deque()
        self._free = step.definition.max_concurrency

    def hand_out(self, ready: deque[Task]) -> None:
        """Add tasks to ``ready``, retries first, until as many are handed out as may be executed concurrently."""
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
        """Store the output of an item. Return whether all items have an output."""
        self.outputs[index] = output
        self._remaining -= 1
        self._free += 1
        return not self._remaining

    def suspend(self) -> None:
        """Free the place of an item during its retry delay, so that another item may start."""
        self._free += 1

    def retry(self, task: Task) -> None:
        """Hand an item out again, as soon as a place is free."""
        self._retries.append(task)

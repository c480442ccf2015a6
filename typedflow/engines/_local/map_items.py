"""The items of a map step: which may start, and their outputs."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from typedflow.engines._tasks.plan import PlannedStep, Task


class MapItems:
    """The items of a map step that has started.

    At most ``max_concurrency`` of them are tasks at the same time: there may be a million items.

    Attributes:
        values: A copy of the items, made when the map step started. A range cannot change and may be huge, so it stays.
        outputs: The output of each item, in the order of the items.
    """

    __slots__ = ("_free", "_fresh", "_remaining", "_retries", "_step", "outputs", "values")

    def __init__(self, step: PlannedStep, values: Sequence[Any]) -> None:
        self.values = values if isinstance(values, range) else tuple(values)  # a handler may change a list
        self.outputs: list[Any] = [None] * len(self.values)
        self._step = step
        self._remaining = len(self.values)
        self._fresh: Iterator[int] = iter(range(len(self.values)))
        self._retries: deque[Task] = deque()
        self._free = step.definition.max_concurrency

    def hand_out(self, ready: deque[Task]) -> None:
        """Add tasks to ``ready``, retries first, until as many are handed out as may be executed concurrently."""
        while self._free:
            if self._retries:
                ready.append(self._retries.popleft())
            elif (index := next(self._fresh, None)) is not None:
                ready.append((self._step, index, 1))
            else:
                break
            self._free -= 1

    def restore(self, outputs: Mapping[int, Any], begun: Collection[int]) -> bool:
        """Restore the outputs of items. Return whether all items have an output.

        Args:
            outputs: The outputs, by the index of the item.
            begun: The items that are handed out by `retry`.
        """
        for index, output in outputs.items():
            self.outputs[index] = output
        self._remaining -= len(outputs)
        self._fresh = iter([index for index in range(len(self.values)) if index not in outputs and index not in begun])
        return not self._remaining

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

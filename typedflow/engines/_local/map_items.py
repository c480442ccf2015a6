"""The items of a map step: which may start, and their outputs."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final

from typedflow.exceptions import InvalidMapSourceError

if TYPE_CHECKING:
    from collections.abc import Collection

    from typedflow.engines._tasks.plan import PlannedStep, Task

# Sequences whose items are hardly ever what is meant.
_TEXTS: Final = (str, bytes, bytearray, memoryview)
# Methods that make a list, of arrays and tables that are not sequences, with what to write.
_TO_LISTS: Final = {
    "tolist": "call its .tolist()",
    "to_list": "call its .to_list()",
    "to_pylist": "call its .to_pylist()",
    "to_dicts": "call its .to_dicts()",
    "to_dict": 'call its .to_dict("records")',
}


def source_error(flow: str, step: PlannedStep, source: object) -> InvalidMapSourceError | None:
    """Return what is wrong with the source of a map step: it works on any sequence, except for strings and bytes."""
    if isinstance(source, list | tuple) or (isinstance(source, Sequence) and not isinstance(source, _TEXTS)):
        return None
    over = step.definition.over or "run"
    return InvalidMapSourceError(flow, step.slug, over, type(source).__name__, _remedy(source))


def _remedy(source: object) -> str:
    if isinstance(source, _TEXTS):
        return "A string is not taken for a list of characters: put it into a list, or split it."
    if isinstance(source, AbstractSet):
        return "A set has no order: make it a list, such as sorted(...)."
    if isinstance(source, Mapping):
        return "Make it a list, such as list(....values()) or list(....items())."
    if isinstance(source, Iterator):
        return "An iterator can be read only once: make it a list."
    methods = [call for method, call in _TO_LISTS.items() if hasattr(type(source), method)]
    return f"Make it a list: {methods[0]}." if methods else "Make it a list or a tuple."


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

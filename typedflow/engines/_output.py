"""Refuses outputs that no step can use, also from handlers that declare no type."""

from __future__ import annotations

from itertools import islice
from types import CoroutineType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.usable import kind_of
from typedflow.exceptions import InvalidOutputError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})
"""Types for which `refuse_unusable` need not be called. Looking a type up here costs a tenth of that."""
# So many items of a list are looked at. A list that a handler made wrongly is wrong from its first item on.
_ITEMS: Final = 100


def refuse_unusable(flow: str, step: str, output: Any) -> None:
    """Refuse an iterator, because its second reader would get nothing, a coroutine, a function, a module and a lock.

    It also looks at the first items of a list, a tuple or a set, and at the first values of a dict.

    Raises:
        InvalidOutputError: The output is one of them, or contains one.
    """
    problem = None
    if isinstance(output, dict):
        if not SCALARS.issuperset(map(type, islice(output.values(), _ITEMS))):
            items = ((f"its value of {key!r:.80}", value) for key, value in islice(output.items(), _ITEMS))
            problem = _problem_of_items(items)
    elif isinstance(output, list | tuple | set | frozenset):
        if not SCALARS.issuperset(map(type, islice(output, _ITEMS))):
            problem = _problem_of_items(
                (f"its item {index}", item) for index, item in enumerate(islice(output, _ITEMS))
            )
    else:
        problem = _problem("it", output)
    if problem is not None:
        raise InvalidOutputError(flow, step, None, (problem,))


def _problem_of_items(items: Iterable[tuple[str, Any]]) -> str | None:
    return next((problem for place, item in items if (problem := _problem(place, item)) is not None), None)


def _problem(place: str, value: Any) -> str | None:
    if isinstance(value, CoroutineType):
        value.close()  # otherwise Python warns about it, too
        return f"{place} is a coroutine that was not awaited; await it"
    if (unusable := kind_of(type(value))) is not None:
        shown = value.__qualname__ if isinstance(value, FunctionType) else type(value).__name__
        return f"{place} is {unusable.what} ({shown}){unusable.because}; {unusable.instead}"
    if _is_iterator(value):
        return f"{place} is an iterator ({type(value).__name__}), which can be read only once; make it a list"
    return None


def _is_iterator(output: Any) -> bool:
    """Return whether an object is its own iterator. A mock has the methods of one, but returns another."""
    kind = type(output)
    if hasattr(kind, "__next__") and hasattr(kind, "__iter__"):
        return iter(output) is output
    return hasattr(kind, "__anext__") and hasattr(kind, "__aiter__") and aiter(output) is output

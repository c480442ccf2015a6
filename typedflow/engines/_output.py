"""Refuses outputs that no step can use, also from handlers that declare no type."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice
from types import CoroutineType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from typedflow._definition.usable import kind_of
from typedflow.exceptions import InvalidOutputError

if TYPE_CHECKING:
    from collections.abc import Callable

SCALARS: Final = frozenset({type(None), bool, int, float, str, bytes})
"""Types for which `refuse_unusable` need not be called. Looking a type up here costs a tenth of that."""
_CONTAINERS: Final = (dict, list, tuple, set, frozenset)
_PLAIN: Final = SCALARS.union(_CONTAINERS)
# So many items of a list are looked at. A list that a handler made wrongly is wrong from its first item on.
_ITEMS: Final = 100


def refuse_unusable(flow: str, step: str, output: Any) -> None:
    """Refuse an iterator, because its second reader would get nothing, a coroutine, a function, a module and a lock.

    It also looks at the first items of a list, a tuple or a set, and at the first values of a dict.

    Raises:
        InvalidOutputError: The output is one of them, or contains one.
    """
    if not _may_be_unusable(type(output)):
        return
    problem = _problem_inside(output) if isinstance(output, _CONTAINERS) else _problem("it", output)
    if problem is not None:
        raise InvalidOutputError(flow, step, None, (problem,))


@lru_cache(maxsize=1024)
def _find_suspicion(kind: type) -> bool:
    is_iterator = any(hasattr(kind, f"__{a}next__") and hasattr(kind, f"__{a}iter__") for a in ("", "a"))
    return is_iterator or issubclass(kind, (*_CONTAINERS, CoroutineType)) or kind_of(kind) is not None


# For most outputs nothing has to be asked but this, once for each class.
_may_be_unusable: Callable[[type], bool] = _find_suspicion


def _problem_inside(output: Any) -> str | None:
    first = list(islice(output.values() if isinstance(output, dict) else output, _ITEMS))
    if not any(map(_may_be_unusable, set(map(type, first)) - _PLAIN)):
        return None
    keys = list(islice(output, _ITEMS)) if isinstance(output, dict) else range(len(first))
    word = "value of" if isinstance(output, dict) else "item"
    problems = (_problem(f"its {word} {key!r:.80}", item) for key, item in zip(keys, first, strict=True))
    return next((problem for problem in problems if problem is not None), None)


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

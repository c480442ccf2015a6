"""Refuses outputs that cannot be used more than once, also from handlers that declare no type."""

from __future__ import annotations

from io import IOBase
from types import CoroutineType
from typing import Any, Final

from typedflow.exceptions import InvalidOutputError

PLAIN: Final = frozenset({type(None), bool, int, float, str, bytes, dict, list, tuple, set, frozenset})
"""Types for which `refuse_single_use` need not be called. Looking a type up here costs a tenth of that."""


def refuse_single_use(flow: str, step: str, output: object) -> None:
    """Refuse an iterator, because its second reader would get nothing, and a coroutine that was not awaited.

    Raises:
        InvalidOutputError: The output is one of them.
    """
    if isinstance(output, CoroutineType):
        output.close()  # otherwise Python warns about it, too
        raise InvalidOutputError(flow, step, None, ("it is a coroutine that was not awaited; await it",))
    if _is_iterator(output):
        name = type(output).__name__
        reason = f"it is an iterator ({name}), which can be read only once; make it a list"
        if isinstance(output, IOBase):
            reason = f"it is a file ({name}), which can be read only once; return its content or its path"
        raise InvalidOutputError(flow, step, None, (reason,))


def _is_iterator(output: Any) -> bool:
    """Return whether an object is its own iterator. A mock has the methods of one, but returns another."""
    kind = type(output)
    if hasattr(kind, "__next__") and hasattr(kind, "__iter__"):
        return iter(output) is output
    return hasattr(kind, "__anext__") and hasattr(kind, "__aiter__") and aiter(output) is output

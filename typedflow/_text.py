"""How messages list names, suggest one, and quote an exception."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from typedflow._exception_group import ungrouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_MOST = 10


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a mistyped one, or None if none is close."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def quoted(names: Collection[str]) -> str:
    """List names, each in double quotes."""
    return ", ".join(f'"{name}"' for name in names)


def first_quoted(names: Sequence[str]) -> str:
    """List the first ten names, each in double quotes, and say whether there are more."""
    return quoted(names[:_MOST]) + (", ..." if len(names) > _MOST else "")


def in_one_line(error: BaseException) -> str:
    """Return the type and the message of an exception, or of the only exception in a group."""
    error = ungrouped(error)
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a handler's exception may have a __str__ that fails
        text = "(its message cannot be shown)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

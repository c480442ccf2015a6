"""Parts of messages: lists, counts, suggestions, and exceptions in one line."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from typedflow._exception_group import ungrouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# How many names or problems a message lists. A wrong list of a thousand items has a thousand problems.
_MOST = 10


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most similar to a mistyped one; None if no name is close."""
    return next(iter(get_close_matches(name, list(known), n=1)), None)


def quoted(names: Collection[str]) -> str:
    """List names, each in double quotes."""
    return ", ".join(f'"{name}"' for name in names)


def first_quoted(names: Sequence[str]) -> str:
    """List the first ten names, each in double quotes, and show whether there are more."""
    return first_listed([f'"{name}"' for name in names])


def first_listed(names: Sequence[str]) -> str:
    """List the first ten names, and show whether there are more."""
    return ", ".join(names[:_MOST]) + (", ..." if len(names) > _MOST else "")


def first_joined(problems: Sequence[str]) -> str:
    """List the first ten problems, and say how many more there are."""
    more = f"; and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
    return "; ".join(problems[:_MOST]) + more


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def in_one_line(error: BaseException) -> str:
    """Return the type and the message of an exception, or of the only exception in a group."""
    error = ungrouped(error)
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a handler's exception may have a __str__ that fails
        text = "(its message cannot be shown)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

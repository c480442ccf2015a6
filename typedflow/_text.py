"""Parts of messages: lists, counts, suggestions, escaped text, and exceptions in one line."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from typedflow._exception_group import members, ungrouped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

# How many names or problems a message lists. A wrong list of a thousand items has a thousand problems.
_MOST: Final = 10
# How many characters of an exception's text a message shows. It may have millions.
_LONGEST: Final = 2_000
# What a terminal obeys instead of showing it, what ends a line or changes its direction, and what no encoding has.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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
    if len(problems) == 1:
        return problems[0]
    more = f"; and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
    return "; ".join(problem.removesuffix(".") for problem in problems[:_MOST]) + more


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is 1."""
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def escaped(text: str) -> str:
    """Return a text that is safe to show: control characters are written as Python's escape sequences.

    These are also line breaks, tabs, marks that change the direction of text, and surrogates, which cannot be encoded.
    """
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def named_place(name: str) -> str:
    """Return what a message calls a store, or an engine by the address of its database."""
    return f'{"engine" if name.startswith("postgresql://") else "store"} "{escaped(name)}"'


def escaped_lines(text: str) -> str:
    """Return a text of several lines in which each line is escaped, and shortened if it is very long."""
    if len(text) > 20 * _LONGEST:
        text = f"{text[: 10 * _LONGEST]}\n... ({len(text):,} characters)\n{text[-10 * _LONGEST :]}"
    return "\n".join(escaped(line) for line in text.split("\n"))


def in_one_line(error: BaseException, flow: str | None = None, step: str | None = None) -> str:
    """Return the type and the message of an exception, and of the first ten exceptions in a group.

    Long messages are shortened, and control characters are escaped.

    Args:
        error: The exception.
        flow: Slug of a flow that the message need not name again.
        step: Slug of a step that it need not name again, if the exception is that of a step.
    """
    error = ungrouped(error)
    line = _described(error, _LONGEST)
    if isinstance(error, BaseExceptionGroup):
        found = list(members(error))
        listed = [_described(member, _LONGEST // _MOST) for member in found[:_MOST]]
        line += ": " + first_joined([*listed, *[""] * (len(found) - _MOST)])
    if step is not None:
        return line.replace(f'flow "{flow}", step "{step}": ', "").replace(f': step "{step}" reads', ": it reads")
    return line.replace(f'flow "{flow}": ', "")


def _described(error: BaseException, longest: int) -> str:
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001  a handler's exception may have a __str__ that fails
        text = "(its message cannot be shown)"
    shown = " ".join(text[: 2 * longest].split())
    if len(text) > 2 * longest or len(shown) > longest:
        shown = f"{shown[:longest]}... ({len(text):,} characters)"
    if hasattr(error, "type_name"):  # a RemoteError, whose text begins with the class that was raised
        return escaped(shown)
    return escaped(f"{type(error).__name__}: {shown}" if shown else type(error).__name__)

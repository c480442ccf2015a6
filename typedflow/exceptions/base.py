"""The root of every error, and how messages list things."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class TypedflowError(Exception):
    """The root of every error raised by typedflow itself."""


def nearest(slug: str, known: Iterable[str]) -> str | None:
    """Return the known slug that looks most like a mistyped one, or nothing if none is close."""
    return next(iter(get_close_matches(slug, list(known), n=1)), None)


def quoted(slugs: Collection[str]) -> str:
    """List slugs in a message, each in double quotes."""
    return ", ".join(f'"{slug}"' for slug in slugs)

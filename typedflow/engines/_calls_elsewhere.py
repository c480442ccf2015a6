"""Counts the calls of handlers that other loops and processes are executing for a trio program."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Iterator

_count: trio.lowlevel.RunVar[int] = trio.lowlevel.RunVar("typedflow calls elsewhere", 0)


@contextmanager
def call_elsewhere() -> Iterator[None]:
    """Count a call until the context ends."""
    _count.set(_count.get() + 1)
    try:
        yield
    finally:
        _count.set(_count.get() - 1)


def calls_elsewhere() -> int:
    """Return how many calls are being executed. A virtual clock stands still meanwhile."""
    return _count.get()

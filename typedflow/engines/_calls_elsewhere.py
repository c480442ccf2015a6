"""Counts what other loops, threads and processes are doing for a trio program: calls of handlers, and commits."""

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
    begin_elsewhere()
    try:
        yield
    finally:
        end_elsewhere()


def begin_elsewhere() -> None:
    """Count a call until `end_elsewhere`."""
    _count.set(_count.get() + 1)


def end_elsewhere() -> None:
    """Do not count a call any more."""
    _count.set(_count.get() - 1)


def calls_elsewhere() -> int:
    """Return how many calls are being executed. A virtual clock stands still meanwhile."""
    return _count.get()

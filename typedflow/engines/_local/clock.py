"""The time of a run: the wall clock and trio's clock."""

from __future__ import annotations

import time

import trio


def wall_clock() -> float:
    """Return the wall clock, in seconds since the epoch. Tests on a virtual clock replace ``time``."""
    return time.time()


class Clock:
    """The wall clock and trio's clock, at the time of the last call of `read`.

    Reading them costs as much as an event. So they are read once for everything that happens until other tasks may run.

    Attributes:
        time: Wall clock, in seconds since the epoch.
        monotonic: trio's clock, in seconds.
    """

    __slots__ = ("_current_time", "monotonic", "time")

    def __init__(self) -> None:
        self.time = self.monotonic = 0.0
        self._current_time = trio.lowlevel.current_clock().current_time

    def read(self) -> None:
        """Read both clocks."""
        self.time = time.time()
        self.monotonic = self._current_time()

"""The clocks of a run."""

from __future__ import annotations

import time

import trio


class Clock:
    """The wall clock and trio's clock, as they were when `read` was last called.

    Both are read once for all that happens before another task can have run: reading them costs as much as an event.

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

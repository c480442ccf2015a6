"""Enforces the timeout of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable


class RunTimeout:
    """A trio task that waits until the time of a run is up.

    Args:
        seconds: The timeout.
        began: When the run began, by trio's clock.
        nursery: The nursery of the run.
        expire: Called when the time is up, unless the run is over.
    """

    def __init__(self, seconds: float, began: float, nursery: trio.Nursery, expire: Callable[[float], None]) -> None:
        self._seconds = seconds
        self._expire = expire
        self._scope = trio.CancelScope(deadline=began + seconds)
        nursery.start_soon(self._wait)

    def cancel(self) -> None:
        """Do not wait any more, because the run is over."""
        self._scope.cancel()
        self._expire = _nothing

    async def _wait(self) -> None:
        with self._scope:
            await trio.sleep_forever()
        self._expire(self._seconds)


def _nothing(_: float) -> None:
    """Stand for what expires in a run that is over."""

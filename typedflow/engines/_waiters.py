"""Tasks of a trio program, or of asyncio loops in other threads, that wait for a change in that program."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

from typedflow.engines._async_library import async_library

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


class Waiters:
    """Those who wait for a change. They check themselves whether it is the one that they wait for."""

    def __init__(self) -> None:
        self._in_trio = trio.lowlevel.ParkingLot()
        self._in_asyncio: deque[asyncio.Future[None]] = deque()

    def wake_all(self) -> None:
        """Let everyone check. Called in the trio program, when something has changed."""
        self._in_trio.unpark_all()
        while self._in_asyncio:
            future = self._in_asyncio.popleft()
            with suppress(RuntimeError):  # the loop is closed
                future.get_loop().call_soon_threadsafe(_complete, future)

    async def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until a function returns true. Others may run in any case."""
        if async_library() == "asyncio":
            await self._wait_in_asyncio(is_so)
        else:
            await trio.lowlevel.checkpoint()
            while not is_so():
                await self._in_trio.park()

    async def _wait_in_asyncio(self, is_so: Callable[[], bool]) -> None:
        import asyncio  # noqa: PLC0415  slow to import for programs that do not run it

        await asyncio.sleep(0)
        while not is_so():
            future = asyncio.get_running_loop().create_future()
            self._in_asyncio.append(future)
            if is_so():  # it has changed before the future was there, in another thread
                return
            await future


def _complete(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

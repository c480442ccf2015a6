"""The asyncio loop on which the asyncio handlers of a run are called."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import trio

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import outcome


class AsyncioLoop:
    """The loop of the program that awaits a run in asyncio, or else a loop in a thread, started with the first call.

    Args:
        callers: The loop of the program that awaits the run.
    """

    def __init__(self, callers: asyncio.AbstractEventLoop | None) -> None:
        self._loop = callers
        self._stop: asyncio.Event | None = None
        self._has_ended = trio.Event()

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], name: str) -> Any:
        """Call a function on the loop, and await what it returns there if that is an awaitable."""
        from typedflow.engines._asyncio_call import AsyncioCall  # noqa: PLC0415  asyncio is slow to import

        return await AsyncioCall(self._loop or self._start(), function, arguments, name).wait()

    async def close(self) -> None:
        """End the loop unless it is the caller's: cancel the tasks that are left, and wait for its thread."""
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # a SystemExit outside of all handlers has ended it
                self._loop.call_soon_threadsafe(self._stop.set)
            with trio.CancelScope(shield=True):
                await self._has_ended.wait()

    def _start(self) -> asyncio.AbstractEventLoop:
        import asyncio  # noqa: PLC0415  as above

        loop = self._loop = asyncio.new_event_loop()
        stop = self._stop = asyncio.Event()
        token, has_ended = trio.lowlevel.current_trio_token(), self._has_ended

        def run() -> None:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(stop.wait())

        def end(_: outcome.Outcome[None]) -> None:
            with suppress(trio.RunFinishedError):  # the trio program has crashed
                token.run_sync_soon(has_ended.set)

        trio.lowlevel.start_thread_soon(run, end, "typedflow asyncio")
        return loop

"""The asyncio loop on which the asyncio handlers of a run are called."""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import trio

from typedflow.engines._calls_elsewhere import call_elsewhere

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    import outcome

_current: ContextVar[AsyncioLoop | None] = ContextVar("typedflow asyncio loop", default=None)


class AsyncioLoop:
    """The asyncio loop of a run, and of the runs that its handlers start in the same trio program.

    It is the loop of the program that awaits the run in asyncio. Otherwise it is a loop of its own, in a thread, which
    starts with the first call.

    Args:
        callers: The loop of the program that awaits the run.
    """

    def __init__(self, callers: asyncio.AbstractEventLoop | None = None) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._loop = callers
        self._stop: asyncio.Event | None = None
        self._has_ended: trio.Event | None = None
        self._is_closed = False

    @classmethod
    def inherited(cls) -> AsyncioLoop | None:
        """Return the loop of the run, or of the program, within which this trio task runs.

        A trio program within that program has not inherited it: it may be blocking the loop.
        """
        current = _current.get()
        return current if current is not None and current.is_open_here() else None

    def is_open_here(self) -> bool:
        """Return whether the loop belongs to this trio program, and has not ended."""
        return not self._is_closed and self._token is trio.lowlevel.current_trio_token()

    def hand_down(self) -> None:
        """Let the runs that are started in this context, and in copies of it, inherit this loop."""
        _current.set(self)

    async def call(self, function: Callable[..., Any], arguments: tuple[Any, ...], name: str) -> Any:
        """Call a function on the loop, and await what it returns there if that is an awaitable."""
        from typedflow.engines._asyncio_call import AsyncioCall  # noqa: PLC0415  asyncio is slow to import

        with call_elsewhere():
            return await AsyncioCall(self._loop or self._start(), function, arguments, name).wait()

    async def close(self) -> None:
        """End the loop if it is one of its own: cancel the tasks that are left, and wait for its thread."""
        self._is_closed = True
        if self._has_ended is not None and self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # a SystemExit outside of all handlers has ended it
                self._loop.call_soon_threadsafe(self._stop.set)
            with trio.CancelScope(shield=True):
                await self._has_ended.wait()

    def _start(self) -> asyncio.AbstractEventLoop:
        import asyncio  # noqa: PLC0415  as above

        loop = self._loop = asyncio.new_event_loop()
        stop = self._stop = asyncio.Event()
        has_ended = self._has_ended = trio.Event()
        token = self._token

        def run() -> None:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(stop.wait())

        def end(_: outcome.Outcome[None]) -> None:
            with suppress(trio.RunFinishedError):  # the trio program has crashed
                token.run_sync_soon(has_ended.set)

        trio.lowlevel.start_thread_soon(run, end, "typedflow asyncio")
        return loop

"""Where the handlers of a run are called that the run does not call itself: an asyncio loop, and worker processes."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import trio

from typedflow.engines._calls_elsewhere import call_elsewhere
from typedflow.engines._tasks.asyncio_loop import AsyncioLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from typedflow.engines._process_call import WorkerProcesses

_current: ContextVar[Places | None] = ContextVar("typedflow places", default=None)


class Places:
    """The asyncio loop and the worker processes of a run, and of the runs that its handlers start.

    Args:
        callers_loop: The loop of the program that awaits the run in asyncio.
    """

    __slots__ = ("_callers_loop", "_is_closed", "_loop", "_processes", "_token")

    def __init__(self, callers_loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._token = trio.lowlevel.current_trio_token()
        self._callers_loop = callers_loop
        self._loop: AsyncioLoop | None = None
        self._processes: WorkerProcesses | None = None
        self._is_closed = False

    @classmethod
    def inherited(cls) -> Places | None:
        """Return those of the run, or of the program, within which this trio task runs.

        A trio program within that program has not inherited them: it may be blocking the loop.
        """
        current = _current.get()
        return current if current is not None and current.are_open_here() else None

    def are_open_here(self) -> bool:
        """Return whether they belong to this trio program, and have not been closed."""
        return not self._is_closed and self._token is trio.lowlevel.current_trio_token()

    def hand_down(self) -> None:
        """Let the runs that are started in this context, and in copies of it, inherit these."""
        _current.set(self)

    async def call_in_asyncio(self, function: Callable[..., Any], arguments: tuple[Any, ...], name: str) -> Any:
        """Call a function on the asyncio loop, and await what it returns there if that is an awaitable."""
        with call_elsewhere():
            return await self._asyncio().call(function, arguments, name)

    async def hold_in_asyncio(self, function: Callable[[], Any], name: str) -> None:
        """As `call_in_asyncio`, for what mostly waits: a virtual clock does not stand still for it."""
        await self._asyncio().call(function, (), name)

    async def call_in_process(
        self, function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], flow: str, step: str
    ) -> Any:
        """Call a function in a worker process."""
        if self._processes is None:
            from typedflow.engines._process_call import WorkerProcesses  # noqa: PLC0415  it needs an extra

            self._processes = WorkerProcesses()
        with call_elsewhere():
            return await self._processes.call(function, arguments, flow, step)

    def _asyncio(self) -> AsyncioLoop:
        if self._loop is None:
            self._loop = AsyncioLoop(self._callers_loop)
        return self._loop

    async def close(self) -> None:
        """End the processes, and the loop unless it is the caller's."""
        self._is_closed = True
        if self._loop is not None:
            await self._loop.close()
        if self._processes is not None:
            await self._processes.close()

"""A handler called in a context of its own, within the task of trio's that calls it."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import trio

if TYPE_CHECKING:
    from contextvars import Context


@types.coroutine
def resumed(coroutine: Any, trap: Any, context: Context) -> Generator[Any, Any, Any]:
    """Go on with a coroutine that has been begun by hand in a context, and return what it returns.

    Args:
        coroutine: Has been sent None, and is suspended.
        trap: What it gave: its request to trio.
        context: The context variables that it sees.
    """
    while True:
        # Neither the answer nor the error may be held when the coroutine has gone on: the traceback holds this frame.
        try:
            resume, argument = coroutine.send, (yield trap)
        except BaseException as error:  # noqa: BLE001  a cancellation too is the coroutine's to deal with
            resume, argument = coroutine.throw, error
        try:
            trap = context.run(resume, argument)
        except StopIteration as stop:
            return stop.value
        finally:
            del resume, argument


def begin(awaitable: Awaitable[Any]) -> Any:
    """Return what can be sent to, as a coroutine can, of anything that can be awaited."""
    iterator = awaitable if isinstance(awaitable, types.CoroutineType) else awaitable.__await__()
    return iterator if hasattr(iterator, "send") else _await(awaitable)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def in_thread(
    function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], is_late: Callable[[], bool]
) -> Any:
    """Call a function in a worker thread of trio's, and await what it returns if that can be awaited.

    No thread can be interrupted. One whose time is up is left to itself; one that is cancelled with its run, or as the
    step is skipped, is waited for, and what it raises is raised.

    Args:
        function: The handler.
        arguments: Gives its arguments, when there is a thread for it.
        is_late: Says, in the moment of a cancellation, whether it is because the time is up.
    """
    thread = _Thread(function, arguments)
    try:
        try:
            # Boxed, because trio takes a thread that returns a coroutine for a mistake.
            (output,) = await trio.to_thread.run_sync(
                thread.run, abandon_on_cancel=True, limiter=cast("trio.CapacityLimiter", thread)
            )
        except BaseException:  # Cancelled, a KeyboardInterrupt where the main task waits, or what the thread raised
            if not thread.has_begun or thread.has_ended.is_set() or is_late():
                raise
            with trio.CancelScope(shield=True):
                await thread.has_ended.wait()
            if thread.error is None:
                raise
        else:
            return await output if isinstance(output, Awaitable) else output
        raise thread.error  # it outweighs a cancellation, as everywhere in trio
    finally:
        thread.error = None  # its traceback holds this frame


class _Thread:
    """A function in a thread, that takes the part of trio's limiter of threads to know when it begins and has ended."""

    def __init__(self, function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]]) -> None:
        self._function = function
        self._arguments = arguments
        self._given: tuple[Any, ...] = ()
        self._limiter = trio.to_thread.current_default_thread_limiter()
        self.has_begun = False
        self.has_ended = trio.Event()
        self.error: BaseException | None = None

    def run(self) -> tuple[Any]:
        """Call the function, in the thread."""
        try:
            return (self._function(*self._given),)
        except BaseException as error:
            self.error = error
            raise

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for a thread; it begins as soon as this returns."""
        await self._limiter.acquire_on_behalf_of(borrower)
        self.has_begun = True
        self._given = self._arguments()

    def release_on_behalf_of(self, borrower: object) -> None:
        """Give the thread back, as it has ended."""
        self._limiter.release_on_behalf_of(borrower)
        self.has_ended.set()

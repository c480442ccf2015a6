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
        try:
            answer = yield trap
        except BaseException as error:  # noqa: BLE001  a cancellation too is the coroutine's to deal with
            resume, argument = coroutine.throw, error
        else:
            resume, argument = coroutine.send, answer
        try:
            trap = context.run(resume, argument)
        except StopIteration as stop:
            return stop.value


def begin(awaitable: Awaitable[Any]) -> Any:
    """Return what can be sent to, as a coroutine can, of anything that can be awaited."""
    iterator = awaitable if isinstance(awaitable, types.CoroutineType) else awaitable.__await__()
    return iterator if hasattr(iterator, "send") else _await(awaitable)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def in_thread(function: Callable[..., Any], arguments: tuple[Any, ...], is_late: Callable[[], bool]) -> Any:
    """Call a function in a worker thread of trio's, and await what it returns if that can be awaited.

    No thread can be interrupted. One whose time is up is left to itself; one that is cancelled with its run, or as the
    step is skipped, is waited for.

    Args:
        function: The handler.
        arguments: Its arguments.
        is_late: Says, in the moment of a cancellation, whether it is because the time is up.
    """
    place = _Place(trio.to_thread.current_default_thread_limiter())
    try:
        # Boxed, because trio takes a thread that returns a coroutine for a mistake.
        (output,) = await trio.to_thread.run_sync(
            lambda: (function(*arguments),), abandon_on_cancel=True, limiter=cast("trio.CapacityLimiter", place)
        )
    except trio.Cancelled:
        if place.is_taken and not is_late():
            with trio.CancelScope(shield=True):
                await place.is_free_again.wait()
        raise
    return await output if isinstance(output, Awaitable) else output


class _Place:
    """A place of a limiter of threads, that tells whether a thread has begun and when it has ended."""

    def __init__(self, limiter: trio.CapacityLimiter) -> None:
        self._limiter = limiter
        self.is_taken = False
        self.is_free_again = trio.Event()

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for the place; the thread begins as soon as this returns."""
        await self._limiter.acquire_on_behalf_of(borrower)
        self.is_taken = True

    def release_on_behalf_of(self, borrower: object) -> None:
        """Give the place back, as the thread has ended."""
        self._limiter.release_on_behalf_of(borrower)
        self.is_free_again.set()

"""How a handler is called: in a context of its own, in place or in a thread."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import trio

if TYPE_CHECKING:
    from contextvars import Context


@types.coroutine
def resume(coroutine: Any, trap: Any, context: Context) -> Generator[Any, Any, Any]:
    """Resume a coroutine, in a context of its own, until it returns; return what it returns.

    ``context.run`` calls functions only, so a coroutine is sent to by hand: each time it resumes, within the context.
    trio can give a context to a whole task. A task for each handler costs twice as much as the rest of a step.
    tests/test_context.py shows that handlers do not see each other's context variables.

    Args:
        coroutine: Was sent None once, and is suspended.
        trap: What it yielded: its request to trio.
        context: The context variables that it sees.
    """
    while True:
        # Neither the answer nor the error may be held when the coroutine has resumed: the traceback holds this frame.
        try:
            send, argument = coroutine.send, (yield trap)
        except BaseException as error:  # noqa: BLE001  a cancellation, too, is for the coroutine to handle
            send, argument = coroutine.throw, error
        try:
            trap = context.run(send, argument)
        except StopIteration as stop:
            return stop.value
        finally:
            del send, argument


def as_coroutine(awaitable: Awaitable[Any]) -> Any:
    """Return what can be sent to, as a coroutine can, for anything that can be awaited."""
    iterator = awaitable if isinstance(awaitable, types.CoroutineType) else awaitable.__await__()
    return iterator if hasattr(iterator, "send") else _await(awaitable)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def call_in_thread(
    function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], has_expired: Callable[[], bool]
) -> Any:
    """Call a function in a worker thread of trio, and await what it returns if that can be awaited.

    A thread cannot be interrupted. If its time is over, it is abandoned. If it is cancelled with its run, or because
    the step is skipped, it is awaited, and what it raises is raised.

    Args:
        function: The handler.
        arguments: Returns its arguments, when there is a thread for it.
        has_expired: Returns, at the moment of a cancellation, whether the reason is that the time is over.
    """
    thread = _Thread(function, arguments)
    try:
        try:
            # In a tuple, because trio takes a function that returns a coroutine for a mistake.
            (output,) = await trio.to_thread.run_sync(
                thread.run, abandon_on_cancel=True, limiter=cast("trio.CapacityLimiter", thread)
            )
        except BaseException:  # Cancelled, a KeyboardInterrupt where the main task waits, or what the thread raised
            if not thread.has_begun or thread.has_ended.is_set() or has_expired():
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
    """A function in a thread, which also takes the place of trio's limiter of threads.

    An attempt's time begins when its thread does, and an attempt that was cancelled ends when its thread has. trio
    tells
    neither: `trio.to_thread.run_sync` returns at once when it is cancelled, and its caller cannot see whether the
    function still waits for a thread. But it acquires and releases the limiter that it is given at just these two
    moments. So it is given this object, which passes both on to the real limiter. Starting the function's own clock in
    the thread was tried instead: the timeout then cannot be set in trio before the function has begun.
    tests/conformance/test_timeouts.py shows that time spent waiting for a thread does not count,
    tests/conformance/test_cancellation.py that threads are awaited.
    """

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
        """Wait for a thread; the function begins as soon as this returns."""
        await self._limiter.acquire_on_behalf_of(borrower)
        self.has_begun = True
        self._given = self._arguments()

    def release_on_behalf_of(self, borrower: object) -> None:
        """Give the thread back, as the function has ended."""
        self._limiter.release_on_behalf_of(borrower)
        self.has_ended.set()

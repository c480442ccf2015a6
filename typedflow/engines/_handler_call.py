"""Calls a handler in a context of its own: in place, or in a worker thread."""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import trio

from typedflow._text import in_one_line

if TYPE_CHECKING:
    from contextvars import Context


@types.coroutine
def resume(coroutine: Any, trap: Any, context: Context) -> Generator[Any, Any, Any]:
    """Resume a coroutine within a context, as often as it suspends, and return its result.

    ``context.run`` calls functions only. So this passes to trio what the coroutine yields, and sends the answer to the
    coroutine within the context. trio can also give a context to a whole task, but a task for each handler costs twice
    as much as the rest of a step. tests/unit/test_context.py shows that handlers do not see each other's context
    variables.

    Args:
        coroutine: A coroutine that has suspended once.
        trap: What it yielded: its request to trio.
        context: The context variables that it sees.
    """
    while True:
        # When the coroutine resumes, this frame must not hold the answer or the error: its traceback holds this frame.
        try:
            send, argument = coroutine.send, (yield trap)
        except BaseException as error:  # noqa: BLE001  also a cancellation: the coroutine handles it
            send, argument = coroutine.throw, error
        try:
            trap = context.run(send, argument)
        except StopIteration as stop:
            return stop.value
        finally:
            del send, argument


def as_coroutine(awaitable: Awaitable[Any]) -> Any:
    """Return an object with the ``send`` of a coroutine that awaits any awaitable."""
    iterator = awaitable if isinstance(awaitable, types.CoroutineType) else awaitable.__await__()
    return iterator if hasattr(iterator, "send") else _await(awaitable)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


async def call_in_thread(
    function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], has_expired: Callable[[], bool]
) -> Any:
    """Call a function in a worker thread, and await its result if that is an awaitable.

    A thread cannot be interrupted. After a timeout it is abandoned. If it is cancelled with its run, or because its
    step is skipped, it is awaited, and its exception is raised.

    Args:
        function: The handler.
        arguments: Returns the arguments of the handler. Called when a thread is free.
        has_expired: Returns whether a cancellation is due to the timeout. Called when the task is cancelled.
    """
    thread = _HandlerThread(function, arguments)
    try:
        try:
            # The output is in a tuple, because trio refuses functions that return a coroutine.
            (output,) = await trio.to_thread.run_sync(
                thread.run, abandon_on_cancel=True, limiter=cast("trio.CapacityLimiter", thread)
            )
        except BaseException:  # a Cancelled, a KeyboardInterrupt in the main task, or the exception of the thread
            if not thread.has_begun or thread.has_ended.is_set() or has_expired():
                raise
            with trio.CancelScope(shield=True):
                await thread.has_ended.wait()
            if thread.error is None:
                raise
        else:
            return await output if isinstance(output, Awaitable) else output
        raise thread.error  # an exception takes precedence over a cancellation, as in all of trio
    finally:
        thread.error = None  # its traceback holds this frame


class _HandlerThread:
    """A handler in a worker thread. It also poses as trio's limiter of threads.

    The time of an attempt begins when its thread begins, and a cancelled attempt ends when its thread has ended. trio
    reports neither moment: a cancelled `trio.to_thread.run_sync` returns immediately, and its caller does not see
    whether the function still waits for a free thread. But `run_sync` acquires its limiter at the first moment and
    releases it at the second. So it is given this object as the limiter, which forwards both calls to the real one.
    Starting the time in the thread itself was tried instead, but then trio's timeout cannot be set before the handler
    begins.
    tests/conformance/test_timeouts.py shows that the time before a thread is free does not count, and
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
        """Call the handler, in the thread."""
        try:
            return (self._function(*self._given),)
        except StopIteration as error:  # a coroutine cannot raise it
            self.error = RuntimeError(f"the handler raised {in_one_line(error)}")
            raise self.error from error
        except BaseException as error:
            self.error = error
            raise

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for a free thread. The handler begins as soon as this returns."""
        await self._limiter.acquire_on_behalf_of(borrower)
        self.has_begun = True
        self._given = self._arguments()

    def release_on_behalf_of(self, borrower: object) -> None:
        """Release the thread: the handler has ended."""
        self._limiter.release_on_behalf_of(borrower)
        self.has_ended.set()

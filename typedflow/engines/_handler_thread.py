"""Calls a handler in a worker thread, and cancels what can be cancelled there."""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

import trio

from typedflow._text import in_one_line
from typedflow.engines._calls_from_thread import CallsFromThread
from typedflow.engines._cancellation import without_cancelled

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_current: ContextVar[HandlerThread | None] = ContextVar("typedflow handler thread", default=None)


async def call_in_thread(
    function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]], has_expired: Callable[[], bool]
) -> Any:
    """Call a function in a worker thread, and await its result if that is an awaitable.

    A thread cannot be interrupted, but what it awaits by `trio.from_thread.run` is cancelled. After a timeout the
    thread is abandoned. If it is cancelled with its run, or because its step is skipped, it is awaited, and its
    exception is raised, unless it is only that it was cancelled. After a Ctrl-C it is awaited, too, but the
    KeyboardInterrupt is raised, and not what the thread ended with.

    Args:
        function: The handler.
        arguments: Returns the arguments of the handler. Called when a thread is free.
        has_expired: Returns whether a cancellation is due to the timeout. Called when the task is cancelled.
    """
    thread = HandlerThread(function, arguments)
    try:
        try:
            # The output is not returned, because trio refuses functions that return a coroutine, and the exception is
            # not raised, because trio would put it into a cycle that waits for the garbage collector.
            await trio.to_thread.run_sync(
                thread.run, abandon_on_cancel=True, limiter=cast("trio.CapacityLimiter", thread)
            )
        except BaseException as received:  # a Cancelled, or a KeyboardInterrupt in the main task
            if not thread.has_begun or thread.has_ended.is_set():
                raise
            thread.calls = CallsFromThread(_current, thread)
            with thread.calls.cancelled():
                if has_expired():
                    raise
                with trio.CancelScope(shield=True):
                    await thread.has_ended.wait()
            if thread.error is None or without_cancelled(thread.error) is None:
                raise
            if not isinstance(received, trio.Cancelled):
                if not isinstance(thread.error, KeyboardInterrupt):
                    received.add_note(f"While it was being cancelled, the handler raised {in_one_line(thread.error)}")
                raise
        if thread.error is not None:
            raise thread.error  # an exception takes precedence over a cancellation, as in all of trio
        output, thread.output = thread.output, None
        return await output if isinstance(output, Awaitable) else output
    finally:
        thread.error = None  # its traceback holds this frame


def current_handler_thread() -> HandlerThread | None:
    """Return the worker thread whose handler has started what is running now, if trio's loop is that of the thread."""
    thread = _current.get()
    return thread if thread is not None and thread.is_of_this_loop() else None


class HandlerThread:
    """A handler in a worker thread. It also poses as trio's limiter of threads.

    The time of an attempt begins when its thread begins, and a cancelled attempt ends when its thread has ended. trio
    reports neither moment: a cancelled `trio.to_thread.run_sync` returns immediately, and its caller does not see
    whether the function still waits for a free thread. But `run_sync` acquires its limiter at the first moment and
    releases it at the second. So it is given this object as the limiter, which forwards both calls to the real one.
    Starting the time in the thread itself was tried instead, but then trio's timeout cannot be set before the handler
    begins.
    tests/conformance/test_timeouts.py shows that the time before a thread is free does not count, and
    tests/conformance/test_cancellation.py that threads are awaited.

    Attributes:
        calls: What the handler awaits by `trio.from_thread.run`; None until it is cancelled.
        has_begun: Whether the handler was called.
        has_ended: Set when it has ended.
        output: What it returned.
        error: What it raised.
    """

    def __init__(self, function: Callable[..., Any], arguments: Callable[[], tuple[Any, ...]]) -> None:
        self._function = function
        self._arguments = arguments
        self._given: tuple[Any, ...] = ()
        self._limiter = trio.to_thread.current_default_thread_limiter()
        self._borrower: object = None
        self._has_place = False
        self._runs = 0
        self.calls: CallsFromThread | None = None
        self.has_begun = False
        self.has_ended = trio.Event()
        self.output: Any = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Call the handler, in the thread."""
        _current.set(self)
        given, self._given = self._given, ()
        try:
            self.output = self._function(*given)
        except StopIteration as error:  # a coroutine cannot raise it
            self.error = RuntimeError(f"the handler raised {in_one_line(error)}")
            self.error.__cause__ = error
        except BaseException as error:  # noqa: BLE001  raised again in the task that awaits the thread
            self.error = error

    async def acquire_on_behalf_of(self, borrower: object) -> None:
        """Wait for a free thread. The handler begins as soon as this returns."""
        await self._limiter.acquire_on_behalf_of(borrower)
        self._borrower = borrower
        self._has_place = True
        self._given = self._arguments()
        del self._arguments  # it holds the step input
        self.has_begun = True

    def release_on_behalf_of(self, borrower: object) -> None:
        """Release the thread: the handler has ended."""
        if self._has_place:
            self._has_place = False
            self._limiter.release_on_behalf_of(borrower)
        if self.calls is not None:
            self.calls.close()
        self.has_ended.set()

    def is_of_this_loop(self) -> bool:
        """Return whether the thread was started by the trio program that is running now."""
        return self._limiter is trio.to_thread.current_default_thread_limiter()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[None]:
        """Let others have the place of this thread, which waits for a run that its handler has started.

        Without this, as many handlers as there are places could all be waiting for runs whose handlers
        wait for a place.
        """
        self._runs += 1
        if self._has_place:
            self._has_place = False
            self._limiter.release_on_behalf_of(self._borrower)
        try:
            yield
        finally:
            self._runs -= 1
            if not self._runs and not self._has_place and not self.has_ended.is_set():
                await self._take_back()

    async def _take_back(self) -> None:
        try:
            await self._limiter.acquire_on_behalf_of(self._borrower)
            self._has_place = True
        except trio.Cancelled:  # the handler is cancelled, too, and about to end
            pass

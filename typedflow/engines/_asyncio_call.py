"""Calls a handler on an asyncio loop that runs in another thread. Imported only for a flow with such a handler."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import suppress
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

import outcome
import trio
from sniffio import current_async_library_cvar

if TYPE_CHECKING:
    from collections.abc import Callable


class AsyncioCall:
    """One call of a handler as a task of an asyncio loop, for which a trio task waits.

    The loop may be that of the program that awaits the run, so that the handler can use what is bound to that loop.
    anyio's portal was tried instead: it has a loop of its own only, costs twice as much, and its calls end before they
    have cleaned up. trio-asyncio has a loop of its own, too, and hangs after a SystemExit. trio's guest mode allows
    only one run in a thread. tests/integration/test_where_handlers_run.py shows what this one does.

    Args:
        loop: The loop.
        function: The handler. If it returns an awaitable, that is awaited on the loop.
        arguments: Its arguments.
        name: Name of the task.
    """

    __slots__ = ("_arguments", "_cancel", "_context", "_function", "_loop", "_name", "_task", "_token", "_waiter")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, function: Callable[..., Any], arguments: tuple[Any, ...], name: str
    ) -> None:
        self._loop = loop
        self._function = function
        self._arguments = arguments
        self._name = name
        # A copy, because a context can be entered in one thread at a time.
        self._context = contextvars.copy_context()
        if self._context.get(current_async_library_cvar) is not None:
            self._context.run(current_async_library_cvar.set, "asyncio")
        self._token = trio.lowlevel.current_trio_token()
        self._waiter = trio.lowlevel.current_task()
        self._task: asyncio.Task[outcome.Outcome[Any]] | None = None
        self._cancel: Callable[[], Any] | None = None

    async def wait(self) -> Any:
        """Call the handler, and wait until it has ended, also if it is cancelled meanwhile.

        Raises:
            RuntimeError: The loop is closed.
        """
        try:
            self._loop.call_soon_threadsafe(self._begin)
        except RuntimeError as error:
            raise RuntimeError("the asyncio loop is closed, so the handler was not called") from error
        try:
            return await trio.lowlevel.wait_task_rescheduled(self._abort)
        except asyncio.CancelledError:
            if self._cancel is None:
                raise  # the handler raised it, or others than this run have cancelled its task: it has failed
        return self._cancel()

    def _abort(self, cancel: Callable[[], Any]) -> trio.lowlevel.Abort:
        self._cancel = cancel
        try:
            self._loop.call_soon_threadsafe(self._cancel_task)
        except RuntimeError:  # the loop was closed, and with it the task: nothing will reschedule this trio task
            return trio.lowlevel.Abort.SUCCEEDED
        return trio.lowlevel.Abort.FAILED

    def _begin(self) -> None:
        if self._cancel is not None:
            self._end(outcome.Error(asyncio.CancelledError()))
            return
        # Not call_soon_threadsafe(context=...): an eager task would enter the context a second time.
        self._task = self._loop.create_task(self._call(), name=self._name, context=self._context)
        self._task.add_done_callback(self._task_ended)

    async def _call(self) -> outcome.Outcome[Any]:
        # An exception is not raised in the task, because a SystemExit or a KeyboardInterrupt would end the loop.
        try:
            output = self._function(*self._arguments)
            return outcome.Value(await output if isawaitable(output) else output)
        except BaseException as error:  # noqa: BLE001  raised again in the trio task
            return outcome.Error(error)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _task_ended(self, task: asyncio.Task[outcome.Outcome[Any]]) -> None:
        self._task = None  # it holds an exception, whose frames hold this object
        # A task that is cancelled before its first step does not begin the coroutine.
        self._end(outcome.Error(asyncio.CancelledError()) if task.cancelled() else task.result())

    def _end(self, ended: outcome.Outcome[Any]) -> None:
        with suppress(trio.RunFinishedError):  # the trio program has crashed
            self._token.run_sync_soon(trio.lowlevel.reschedule, self._waiter, ended)

"""Lets an asyncio task await a trio program. Imported only in a program that runs asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import sys
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import trio
from typing_extensions import override

from typedflow.engines._cancellation import POLL_INTERVAL, cancellation_of_thread, is_worker_thread
from typedflow.engines._programs.outcome import unwrap
from typedflow.engines._tasks.places import Places
from typedflow.exceptions import TypedflowError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    import outcome

T = TypeVar("T")


class Interruptible(Protocol):
    """A handle on a run, which an exception in its context interrupts."""

    def interrupt(self) -> None:
        """Leave the run: cancel its handlers if they belong to this program."""


R = TypeVar("R", bound=Interruptible)


async def run_from_asyncio(program: Callable[[], Awaitable[T]], name: str) -> T:
    """Run a trio program in a thread of its own, and await its end in this asyncio task without blocking the loop.

    A loop can host one trio guest only. With threads, any number of programs can run concurrently. The program sees the
    context variables of the task. Cancelling the task cancels the program, and the task is cancelled when the program
    has cleaned up. If the program raises then, its exception takes precedence over the cancellation, as in trio.

    Args:
        program: The async function to call in trio.
        name: Name of the thread.

    Raises:
        asyncio.CancelledError: The task was cancelled, even if the program ended before it could be.
    """
    result: T = await _ProgramEnd.of(program, name).wait()
    return result


@asynccontextmanager
async def start_from_asyncio(start: Callable[[], AbstractAsyncContextManager[R]], name: str) -> AsyncIterator[R]:
    """Start a run in a trio program in a thread of its own, and wait where the context ends until it has ended.

    An exception in the context, also a cancellation, cancels the run.

    Args:
        start: Returns the context manager of the run. Called in trio.
        name: Name of the thread.
    """
    loop = asyncio.get_running_loop()
    started: asyncio.Future[R | None] = loop.create_future()
    is_left = trio.Event()

    async def program() -> None:
        async with start() as run:
            loop.call_soon_threadsafe(_settle, started, run)
            await is_left.wait()

    end = _ProgramEnd.of(program, name)
    end.add_done_callback(lambda _: _settle(started, None))
    try:
        run = await started
    except asyncio.CancelledError:
        end.cancel()
        await end.wait()
        raise
    if run is None:
        await end.wait()  # raises why it could not start
        return
    raised: BaseException | None = None
    try:
        yield run
    except BaseException as error:  # noqa: BLE001  raised below
        raised = error
        run.interrupt()
    end.program.call_soon(is_left.set)
    try:
        await end.wait()
    except TypedflowError as failure:
        if raised is None or isinstance(raised, asyncio.CancelledError):
            raise
        raised.add_note(f"The run failed before or while it was cancelled: {failure}")
    try:
        if raised is not None:
            raise raised
    finally:
        del raised  # its traceback holds this frame


def _settle(future: asyncio.Future[T], result: T) -> None:
    if not future.done():
        future.set_result(result)


class _Program:
    """A trio program that another thread may cancel, even before it has begun."""

    def __init__(self, function: Callable[[], Awaitable[Any]]) -> None:
        self.function = function
        self.loop = asyncio.get_running_loop()
        self.scope = trio.CancelScope()
        self.token: trio.lowlevel.TrioToken | None = None
        self.cancel_requested = False
        self.outcome: tuple[Any, BaseException | None]

    async def main(self) -> None:
        # The outcome does not go through trio.run, which would keep it alive until garbage is collected.
        try:
            self.outcome = await self.result(), None
        except BaseException as error:  # noqa: BLE001  raised again in the asyncio task
            self.outcome = None, error

    async def result(self) -> Any:
        with self.scope:
            Places(self.loop).hand_down()
            # `cancel` sets and reads these two in the opposite order, so that one of the threads sees the other.
            self.token = trio.lowlevel.current_trio_token()
            if self.cancel_requested:
                self.scope.cancel()
            return await self.function()

    def cancel(self) -> None:
        self.cancel_requested = True
        self.call_soon(self.scope.cancel)

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call a function in the program, unless that has not begun or has ended.

        Not with ``idempotent=True``: trio calls those after all others. A loop that shuts down cancels a run and the
        tasks of its handlers. The end of a handler would overtake the cancellation of its run, and be a failure.
        tests/integration/test_where_handlers_run.py shows that such a run is cancelled.
        """
        if self.token is not None:
            with suppress(trio.RunFinishedError):
                self.token.run_sync_soon(function)

    def take_outcome(self) -> tuple[Any, BaseException | None]:
        """Return the outcome of the program, once. trio's threads may keep the program alive, but not its outcome."""
        outcome = self.outcome
        del self.outcome
        return outcome


class _ProgramEnd(asyncio.Future[None]):
    """The end of a trio program: a future that is not cancelled before the program has cleaned up.

    When an asyncio task is cancelled, it cancels the future that it awaits, and resumes when that future is done. So
    `cancel` only starts the cancellation of the program here, and `settle` completes it. The task stays in its `await`
    until then, however often it is cancelled. The alternative is a loop around `asyncio.shield`. But that catches the
    CancelledError of the task and has to raise it again later, while `asyncio.timeout` and `TaskGroup` count the
    cancellations of the task to know which of them are theirs. tests/unit/engines/local/test_from_asyncio.py shows that
    a cancelled run cleans up first, and that timeouts and task groups work.
    """

    def __init__(self, program: _Program, name: str) -> None:
        super().__init__(loop=program.loop)
        self.program = program
        self.cancel_message: Any = None
        self.cancellation: BaseException | None = None
        run = partial(contextvars.copy_context().run, trio.run, program.main)
        trio.lowlevel.start_thread_soon(run, self.deliver, name)

    @classmethod
    def of(cls, function: Callable[[], Awaitable[Any]], name: str) -> _ProgramEnd:
        """Start a program, and return its end."""
        end = cls(_Program(function), name)
        if is_worker_thread():
            end.watch_thread()
        if "ipykernel" in sys.modules:
            end.keep_loop_awake()
        return end

    async def wait(self) -> Any:
        """Wait for the end of the program, and return its result."""
        try:
            await self
        finally:
            self.cancel()  # for a task that is closed while it waits; no effect if the program has ended
        return unwrap(*self.program.take_outcome())

    def deliver(self, ended: outcome.Outcome[None]) -> None:
        """Settle this future in the loop's thread. Called in the program's thread when the program has ended."""
        with suppress(RuntimeError):  # the loop is closed, so the task does not wait any more
            self.get_loop().call_soon_threadsafe(self.settle, ended)

    def settle(self, ended: outcome.Outcome[None]) -> None:
        """Complete this future, or cancel it if the program was cancelled."""
        try:
            ended.unwrap()
        except BaseException as error:  # noqa: BLE001  raised again in the asyncio task; trio itself has failed
            self.set_exception(error)
            return
        failed = self.program.outcome[1] is not None
        if self.cancellation is not None and not failed:
            self.set_exception(self.cancellation)
        elif self.program.cancel_requested and not failed:
            super().cancel(self.cancel_message)
        else:
            self.set_result(None)

    def watch_thread(self) -> None:
        """Cancel the program when the worker thread of another trio program, which runs the loop, is cancelled."""
        self.cancellation = cancellation_of_thread()
        if self.cancellation is not None:
            self.program.cancel()
        elif not self.done():
            self.get_loop().call_later(POLL_INTERVAL, self.watch_thread)

    def keep_loop_awake(self) -> None:
        """Wake the loop five times a second, so that a notebook kernel notices an interrupt.

        The kernel does not notice an interrupt while its loop sleeps (ipykernel issue 881), and nothing else wakes the
        loop during a run in another thread. tests/integration/test_notebook.py interrupts a cell that awaits a run.
        """
        if not self.done():
            self.get_loop().call_later(0.2, self.keep_loop_awake)

    @override
    def cancel(self, msg: Any = None) -> bool:
        if self.done():
            return False
        self.cancel_message = msg
        self.program.cancel()
        return True  # as `Task.cancel` does: the cancellation has begun

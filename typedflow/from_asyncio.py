"""Lets a task of asyncio await a trio program; imported only where a loop of asyncio runs."""

from __future__ import annotations

import asyncio
import contextvars
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import trio
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import outcome

T = TypeVar("T")


async def run_from_asyncio(program: Callable[[], Awaitable[T]], name: str) -> T:
    """Run a trio program in a thread of its own while this task of asyncio waits and its loop goes on.

    A loop can host one trio guest only; threads let any number of programs run at once. The program sees the
    context variables of the task. Cancelling the task cancels the program; the task is cancelled as soon as the program
    has cleaned up, however often it is told to. An exception of the program outweighs the cancellation, as in trio.

    Args:
        program: What to await in trio.
        name: What the thread is called meanwhile.

    Raises:
        asyncio.CancelledError: The task was cancelled, even if the program came to its end first.
    """
    waiting = _TrioProgram(program, name)
    try:
        return await waiting
    finally:
        waiting.cancel()  # for a task that was thrown away while it waited; a program that has ended is left alone
        del waiting  # it holds the exception, whose traceback holds this frame


class _TrioProgram(asyncio.Future[T]):
    """What a task waits for: a future that is not cancelled at once, but when its program has cleaned up."""

    def __init__(self, program: Callable[[], Awaitable[T]], name: str) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.program = program
        self.cancel_requested = False
        self.cancel_message: Any = None
        self.scope = trio.CancelScope()
        self.token: trio.lowlevel.TrioToken | None = None
        run = partial(contextvars.copy_context().run, trio.run, self.main)
        trio.lowlevel.start_thread_soon(run, self.deliver, name)

    async def main(self) -> Any:
        """Run the program; this and `deliver` happen in the thread, everything else in the loop."""
        with self.scope:
            # In this order: `cancel` asks for the token after it has left word, so that one of the two sees the other.
            self.token = trio.lowlevel.current_trio_token()
            if self.cancel_requested:
                self.scope.cancel()
            return await self.program()

    def deliver(self, result: outcome.Outcome[T]) -> None:
        with suppress(RuntimeError):  # the loop was closed, so nobody waits any more
            self.get_loop().call_soon_threadsafe(self.settle, result)

    @override
    def cancel(self, msg: Any = None) -> bool:
        if self.done():
            return False
        self.cancel_requested = True
        self.cancel_message = msg
        if self.token is not None:
            with suppress(trio.RunFinishedError):  # its result is on the way
                self.token.run_sync_soon(self.scope.cancel, idempotent=True)
        return True  # as a task says it that awaits another one: the cancellation is under way

    def settle(self, result: outcome.Outcome[T]) -> None:
        try:
            value = result.unwrap()
        except BaseException as error:  # noqa: BLE001  handed on, not handled
            self.set_exception(error)
        else:
            if self.cancel_requested:
                super().cancel(self.cancel_message)
            else:
                self.set_result(value)

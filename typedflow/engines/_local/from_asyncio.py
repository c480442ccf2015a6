"""Lets a task of asyncio await a trio program; imported only where a loop of asyncio runs."""

from __future__ import annotations

import asyncio
import contextvars
import sys
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
    trio_program = _Program(program)
    end = _End(trio_program, name)
    if "ipykernel" in sys.modules:
        end.keep_the_loop_turning()
    try:
        await end
    finally:
        end.cancel()  # for a task that is closed while it waits; a program that has ended is left alone
    result: T
    result, error = trio_program.take_outcome()
    if error is None:
        return result
    try:
        raise error
    finally:
        del error  # its traceback holds this frame


class _Program:
    """A trio program that another thread may cancel, before it has begun as well."""

    def __init__(self, function: Callable[[], Awaitable[Any]]) -> None:
        self.function = function
        self.scope = trio.CancelScope()
        self.token: trio.lowlevel.TrioToken | None = None
        self.cancel_requested = False
        self.outcome: tuple[Any, BaseException | None]

    async def main(self) -> None:
        # What comes of it passes by trio.run, which would keep it until the garbage is collected.
        try:
            self.outcome = await self.result(), None
        except BaseException as error:  # noqa: BLE001  handed on, not handled
            self.outcome = None, error

    async def result(self) -> Any:
        with self.scope:
            # In this order, and `cancel` the other way round: one of the two sees what the other has done.
            self.token = trio.lowlevel.current_trio_token()
            if self.cancel_requested:
                self.scope.cancel()
            return await self.function()

    def cancel(self) -> None:
        self.cancel_requested = True
        if self.token is not None:
            with suppress(trio.RunFinishedError):  # its result is on the way
                self.token.run_sync_soon(self.scope.cancel, idempotent=True)

    def take_outcome(self) -> tuple[Any, BaseException | None]:
        """Return what came of the program, once: trio's threads may hold on to it for long, but not to that."""
        outcome = self.outcome
        del self.outcome
        return outcome


class _End(asyncio.Future[None]):
    """The end of a trio program: a future that is not cancelled at once, but when the program has cleaned up."""

    def __init__(self, program: _Program, name: str) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self.program = program
        self.cancel_message: Any = None
        run = partial(contextvars.copy_context().run, trio.run, program.main)
        trio.lowlevel.start_thread_soon(run, self.deliver, name)

    def deliver(self, ended: outcome.Outcome[None]) -> None:
        """Tell the loop, from the thread, that the program has ended."""
        with suppress(RuntimeError):  # the loop was closed, so nobody waits any more
            self.get_loop().call_soon_threadsafe(self.settle, ended)

    def settle(self, ended: outcome.Outcome[None]) -> None:
        try:
            ended.unwrap()
        except BaseException as error:  # noqa: BLE001  handed on, not handled; trio itself has failed
            self.set_exception(error)
            return
        failed = self.program.outcome[1] is not None
        if self.program.cancel_requested and not failed:
            super().cancel(self.cancel_message)
        else:
            self.set_result(None)

    def keep_the_loop_turning(self) -> None:
        """Turn the loop five times a second: a notebook kernel sleeps through an interrupt (ipykernel issue 881)."""
        if not self.done():
            self.get_loop().call_later(0.2, self.keep_the_loop_turning)

    @override
    def cancel(self, msg: Any = None) -> bool:
        if self.done():
            return False
        self.cancel_message = msg
        self.program.cancel()
        return True  # as a task says it that awaits another one: the cancellation is under way

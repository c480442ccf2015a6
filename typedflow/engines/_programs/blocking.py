"""Runs a trio program for code that is not async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import trio

from typedflow.engines._cancellation import POLL_INTERVAL, cancellation_of_thread, is_worker_thread, without_cancelled
from typedflow.engines._programs.outcome import unwrap

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


def run_blocking(function: Callable[[], Awaitable[T]]) -> T:
    """Run an async function in trio, and block this thread until it has ended.

    In a worker thread of another trio program, this program is cancelled with the task that awaits the thread.

    Raises:
        trio.Cancelled: The thread was cancelled, and the function did not raise an exception of its own.
    """
    program = _Program(function)
    trio.run(program.main_in_worker_thread if is_worker_thread() else program.main)
    result: T = unwrap(*program.take_outcome())
    return result


class _Program:
    """A trio program. Its outcome does not go through `trio.run`, which would keep it until garbage is collected."""

    def __init__(self, function: Callable[[], Awaitable[Any]]) -> None:
        self.function = function
        self.result: Any = None
        self.error: BaseException | None = None
        self.cancellation: BaseException | None = None

    async def main(self) -> None:
        try:
            self.result = await self.function()
        except BaseException as error:  # noqa: BLE001  raised again when trio.run has ended
            self.error = error

    async def main_in_worker_thread(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.watch, nursery.cancel_scope)
            await self.main()
            nursery.cancel_scope.cancel()

    async def watch(self, scope: trio.CancelScope) -> None:
        while (cancellation := cancellation_of_thread()) is None:  # noqa: ASYNC110  trio sets no event for it
            await trio.sleep(POLL_INTERVAL)
        self.cancellation = cancellation
        scope.cancel()

    def take_outcome(self) -> tuple[Any, BaseException | None]:
        error = self.error
        if self.cancellation is not None and (error is None or without_cancelled(error) is None):
            error = self.cancellation
        result, self.result, self.error, self.cancellation = self.result, None, None, None
        return result, error

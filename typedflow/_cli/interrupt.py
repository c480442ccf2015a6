"""Ctrl-C: once to cancel the run and await its cleanup, twice to stop at once."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import trio

from typedflow._cli.failure import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

Result = TypeVar("Result")


async def interruptible(work: Callable[[], Awaitable[Result]]) -> Result:
    """Do the work, cancelling it at the first Ctrl-C; the second ends the process, whatever blocks it.

    Raises:
        KeyboardInterrupt: It was cancelled so, and has cleaned up.
    """
    with trio.CancelScope() as scope, _on_ctrl_c(scope.cancel):
        return await work()
    raise KeyboardInterrupt


@contextmanager
def _on_ctrl_c(cancel: Callable[[], None]) -> Iterator[None]:
    token = trio.lowlevel.current_trio_token()
    pressed = False

    def cancel_run() -> None:
        # Through sys.stderr, which the live display replaces so that lines appear above it.
        sys.stderr.write("Cancelling the run; its steps clean up. Press Ctrl-C again to stop at once.\n")
        cancel()

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal pressed
        if pressed:
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                os.write(2, b"\x1b[?25h\n")  # the live display had hidden the cursor
            os._exit(INTERRUPTED)
        pressed = True
        token.run_sync_soon(cancel_run)

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)

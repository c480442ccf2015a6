"""Ctrl-C: the first one cancels the run, the second one ends the process."""

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


async def run_until_interrupted(work: Callable[[], Awaitable[Result]]) -> Result:
    """Await a run. The first Ctrl-C cancels it, the second one ends the process, even if a handler blocks it.

    Raises:
        KeyboardInterrupt: Ctrl-C has cancelled the run, which has cleaned up.
    """
    with trio.CancelScope() as scope, _on_ctrl_c(scope.cancel):
        return await work()
    raise KeyboardInterrupt


@contextmanager
def _on_ctrl_c(cancel: Callable[[], None]) -> Iterator[None]:
    token = trio.lowlevel.current_trio_token()
    pressed = False

    def cancel_run() -> None:
        # sys.stderr, because the live display replaces it, so that lines appear above the table.
        sys.stderr.write("Cancelling the run and waiting for cleanup. Press Ctrl-C again to stop immediately.\n")
        cancel()

    def interrupt(_signal: int, _frame: object) -> None:
        nonlocal pressed
        if pressed:
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                os.write(2, b"\x1b[?25h\n")  # shows the cursor, which the live display has hidden
            os._exit(INTERRUPTED)
        pressed = True
        token.run_sync_soon(cancel_run)

    previous = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)

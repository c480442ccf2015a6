"""Ctrl-C, SIGTERM and SIGHUP: the first one cancels the run, the second one ends the process."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

import trio

from typedflow._cli.failure import Stopped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from types import FrameType

Result = TypeVar("Result")

# What a signal that cancels a run prints. Windows does not have SIGHUP.
_SIGNALS: Final = {
    "SIGINT": "{} the run and waiting for cleanup. Press Ctrl-C again to stop immediately.",
    "SIGTERM": "SIGTERM: {} the run and waiting for cleanup. Another one stops immediately.",
    "SIGHUP": "SIGHUP: {} the run and waiting for cleanup. Another one stops immediately.",
}


async def run_until_stopped(work: Callable[[], Awaitable[Result]], doing: str = "Cancelling") -> Result:
    """Await a run. The first signal cancels it, the second one ends the process, even if a handler blocks it.

    Args:
        work: The run.
        doing: What the first signal is said to do with it.

    Raises:
        Stopped: A signal has cancelled the run, which has cleaned up.
    """
    received: list[signal.Signals] = []
    with trio.CancelScope() as scope, _on_signals(received, scope.cancel, doing):
        return await work()
    raise Stopped(received[0])


@contextmanager
def stopping_immediately() -> Iterator[None]:
    """Have SIGTERM and SIGHUP end the command where it is, as Ctrl-C does: nothing runs yet that cleans up.

    Raises:
        Stopped: A signal has come.
    """

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Stopped(signal.Signals(number))

    with _handled_by(stop, [name for name in _SIGNALS if name != "SIGINT"]):
        yield


@contextmanager
def _on_signals(received: list[signal.Signals], cancel: Callable[[], None], doing: str) -> Iterator[None]:
    token = trio.lowlevel.current_trio_token()

    def cancel_run() -> None:
        # sys.stderr, because the live display replaces it, so that lines appear above the table.
        said = _SIGNALS[received[0].name]
        sys.stderr.write(f"{said.format(doing if said.startswith('{}') else doing.lower())}\n")
        cancel()

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(signal.Signals(number))
        if len(received) > 1:
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                with suppress(OSError):
                    os.write(2, b"\x1b[?25h\n")  # shows the cursor, which the live display has hidden
            os._exit(Stopped(received[-1]).exit_code)
        token.run_sync_soon(cancel_run)

    with _handled_by(stop, _SIGNALS):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None], names: Iterable[str]) -> Iterator[None]:
    numbers = [number for number in signal.Signals if number.name in names and not _is_ignored(number)]
    previous = [(number, signal.signal(number, handler)) for number in numbers]
    try:
        yield
    finally:
        for number, before in previous:
            signal.signal(number, before)


def _is_ignored(number: signal.Signals) -> bool:
    """Whether the signal must not stop the run: nohup starts a command that is to outlive its terminal like this."""
    return number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN

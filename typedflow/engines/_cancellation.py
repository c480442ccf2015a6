"""Whether trio is cancelling a task or a thread or was interrupted, and what an exception contains in addition."""

from __future__ import annotations

import math
import signal
import threading
from typing import TYPE_CHECKING, Final

import trio

from typedflow._exception_group import members

if TYPE_CHECKING:
    from types import TracebackType

# How often a run that was started in a worker thread looks whether the thread is cancelled, in seconds.
POLL_INTERVAL: Final = 0.05


def is_cancelled() -> bool:
    """Return whether the current trio task is being cancelled."""
    return trio.current_effective_deadline() == -math.inf


def is_worker_thread() -> bool:
    """Return whether this thread is a worker thread of a trio program, which may cancel it."""
    try:
        trio.from_thread.check_cancelled()
    except RuntimeError:
        return False
    except BaseException:  # noqa: BLE001  it is cancelled already
        return True
    return True


def cancellation_of_thread() -> BaseException | None:
    """Return the exception that cancels this worker thread; None if it is not cancelled."""
    try:
        trio.from_thread.check_cancelled()
    except BaseException as error:  # noqa: BLE001  the caller raises it
        return error
    return None


def without_cancelled(error: BaseException) -> BaseException | None:
    """Return an exception without the `trio.Cancelled` in it; None if it contains nothing else."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest


def is_interrupt(error: BaseException) -> bool:
    """Return whether an exception is, or contains, the KeyboardInterrupt of a Ctrl-C. A handler may raise its own.

    Only the main thread is interrupted. There, trio raises the exception, so that its frame is the innermost one, or
    typedflow's, if a run within this one has dropped the frames that are not the handler's. If the program has a signal
    handler of its own, trio does not install one, and every KeyboardInterrupt may be real.
    """
    interrupts = [member for member in members(error) if isinstance(member, KeyboardInterrupt)]
    handler = signal.getsignal(signal.SIGINT)
    if not interrupts or not callable(handler) or threading.current_thread() is not threading.main_thread():
        return False
    is_trios = _package(handler.__module__) == "trio"
    return not is_trios or any(_raised_by(member.__traceback__) in {"trio", "typedflow"} for member in interrupts)


def _raised_by(traceback: TracebackType | None) -> str:
    """Return the package whose code has raised an exception."""
    package = ""
    while traceback is not None:
        package = _package(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
    return package


def _package(module: object) -> str:
    return str(module).partition(".")[0]

"""Whether trio is cancelling a task, and what an exception contains in addition to the cancellation."""

from __future__ import annotations

import math

import trio


def is_cancelled() -> bool:
    """Return whether the current trio task is being cancelled."""
    return trio.current_effective_deadline() == -math.inf


def without_cancelled(error: BaseException) -> BaseException | None:
    """Return an exception without the `trio.Cancelled` in it; None if it contains nothing else."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest

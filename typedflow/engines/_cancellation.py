"""Cancellation in trio: whether it is under way, and what an exception says apart from it."""

from __future__ import annotations

import math

import trio


def is_cancelled() -> bool:
    """Return whether the current task of trio is being cancelled."""
    return trio.current_effective_deadline() == -math.inf


def without_cancelled(error: BaseException) -> BaseException | None:
    """Return an exception without the `trio.Cancelled` in it; None if there is nothing else in it."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest

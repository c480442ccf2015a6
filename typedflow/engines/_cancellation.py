"""What is cancelled, and what went wrong besides."""

from __future__ import annotations

import math

import trio


def is_cancelled() -> bool:
    """Return whether whoever waits here, in the current task of trio's, is cancelled at once."""
    return trio.current_effective_deadline() == -math.inf


def besides_cancellation(error: BaseException) -> BaseException | None:
    """Return what an exception says apart from having been cancelled, which trio may group with it, or nothing."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest

"""Exceptions of trio's, taken apart into what was cancelled and what went wrong."""

from __future__ import annotations

import trio


def besides_cancellation(error: BaseException) -> BaseException | None:
    """Return what an exception says apart from having been cancelled, which trio may group with it, or nothing."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest


def ungrouped(error: BaseException) -> BaseException:
    """Return the one exception that a nursery put into a group, or the group if there are several."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error

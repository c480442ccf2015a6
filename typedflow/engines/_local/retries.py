"""Decides whether a failed attempt is retried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow._exception_group import members
from typedflow.exceptions import AsyncioOnTrioError, InvalidOutputError, PermanentError, UndeclaredInputError

if TYPE_CHECKING:
    from typedflow._definition.options import Options

_FAILS_RUN: Final = (InvalidOutputError, UndeclaredInputError, SystemExit, KeyboardInterrupt)


def may_retry(error: BaseException, options: Options, attempt: int) -> bool:
    """Return whether to retry. In an exception group, every exception must allow it."""
    parts = list(members(error))
    if attempt >= options.max_attempts or fails_run(error):
        return False
    if any(isinstance(part, PermanentError | AsyncioOnTrioError) for part in parts):
        return False
    # Not every exception is an Exception: asyncio's CancelledError, for one, is not.
    retry_on = BaseException if Exception in options.retry_on else options.retry_on
    return isinstance(error, retry_on) or all(isinstance(part, retry_on) for part in parts)


def fails_run(error: BaseException) -> bool:
    """Return whether a failure fails the run under all options of the step.

    A retry cannot repair a handler that returned or read something undeclared. And a handler that calls ``sys.exit``
    asks for no other attempt.
    """
    return any(isinstance(part, _FAILS_RUN) for part in members(error))

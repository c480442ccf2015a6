"""Decides whether a failed attempt is followed by another one, and when."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from typedflow._definition.options import is_delay
from typedflow._exception_group import members
from typedflow._quantity import in_seconds
from typedflow._text import in_one_line
from typedflow.exceptions import (
    AsyncioOnTrioError,
    FlowDefinitionError,
    InvalidInputError,
    InvalidOptionError,
    InvalidOutputError,
    InvalidRetryError,
    PermanentError,
    RetryAfter,
    TrioOnAsyncioError,
    UndeclaredInputError,
    UnstorableValueError,
)

if TYPE_CHECKING:
    from typedflow._definition.options import Options

_FAILS_RUN: Final = (
    InvalidOutputError,
    InvalidRetryError,
    UndeclaredInputError,
    UnstorableValueError,
    SystemExit,
    KeyboardInterrupt,
)
# Mistakes in a program. Another attempt makes the same one again, unless `retry_on` says otherwise.
_MISTAKES: Final = (
    TypeError,
    NameError,
    AttributeError,
    ImportError,
    NotImplementedError,
    AsyncioOnTrioError,
    TrioOnAsyncioError,
    FlowDefinitionError,
    InvalidInputError,
    InvalidOptionError,
)


def retry_delay(flow: str, step: str, error: BaseException, options: Options, attempt: int) -> float | None:
    """Return the delay before the next attempt, in seconds; None if there is no other attempt.

    Args:
        flow: Slug of the flow, for messages.
        step: Slug of the step, for messages.
        error: The exception of the attempt. In a group, every exception must allow another attempt.
        options: The options of the step.
        attempt: Number of the attempt that failed, from 1.

    Raises:
        InvalidRetryError: A function that is an option of the step raised or returned something invalid.
    """
    if attempt >= options.max_attempts or not _is_retriable(flow, step, error, options):
        return None
    chosen = [part.delay for part in members(error) if isinstance(part, RetryAfter)]
    if chosen:
        return max(chosen)
    delay = min(_base_delay(flow, step, error, options, attempt), options.max_delay)
    return delay * (1 - options.jitter * random.random()) if options.jitter else delay  # noqa: S311  not a secret


def why_not_retried(error: BaseException, options: Options, attempt: int) -> str | None:
    """Say why an exception was not retried although there were attempts left; None if the step says so itself."""
    retry_on = options.retry_on
    if not 1 <= attempt < options.max_attempts or not isinstance(retry_on, tuple):
        return None
    mistakes = (part for part in members(error) if isinstance(part, _MISTAKES) and not _is_named(part, retry_on))
    mistake = next(mistakes, None)
    if mistake is None or isinstance(mistake, (AsyncioOnTrioError, TrioOnAsyncioError)):  # that says itself what to do
        return None
    name = type(mistake).__name__
    return f"not retried: it looks like a mistake in the program; if another attempt may help, name {name} in retry_on"


def fails_run(error: BaseException) -> bool:
    """Return whether a failure fails the run under all options of the step.

    A retry cannot repair a handler that returned or read something undeclared. And a handler that calls ``sys.exit``
    asks for no other attempt.
    """
    return any(isinstance(part, _FAILS_RUN) for part in members(error))


def _is_retriable(flow: str, step: str, error: BaseException, options: Options) -> bool:
    parts = list(members(error))
    if fails_run(error) or any(isinstance(part, PermanentError) for part in parts):
        return False
    retry_on = options.retry_on
    if isinstance(retry_on, tuple):
        named = tuple(each for each in retry_on if each is not Exception)
        if isinstance(error, BaseExceptionGroup) and isinstance(error, named):
            return True
        return all(isinstance(part, RetryAfter) or _is_named(part, retry_on) for part in parts)
    for part in parts:
        if isinstance(part, RetryAfter):
            continue
        if not isinstance(part, Exception):
            return False
        try:
            answer: object = retry_on(part)
        except Exception as problem:
            raise _invalid(flow, step, "retry_on", f"raised {in_one_line(problem)}", part) from problem
        if not isinstance(answer, bool):
            raise _invalid(flow, step, "retry_on", f"must return a bool, not {answer!r:.80},", part) from part
        if not answer:
            return False
    return True


def _is_named(error: BaseException, retry_on: tuple[type[Exception], ...]) -> bool:
    if isinstance(error, _MISTAKES):
        return isinstance(error, tuple(each for each in retry_on if issubclass(each, _MISTAKES)))
    # Not every exception is an Exception: asyncio's CancelledError, for one, is not.
    return Exception in retry_on or isinstance(error, retry_on)


def _base_delay(flow: str, step: str, error: BaseException, options: Options, attempt: int) -> float:
    base = options.base_delay
    if isinstance(base, tuple):
        return base[min(attempt, len(base)) - 1]
    if not callable(base):
        try:
            return base * 2.0 ** (attempt - 1)
        except OverflowError:
            return options.max_delay
    try:
        given: object = base(attempt)
    except Exception as problem:
        raise _invalid(flow, step, "base_delay", f"raised {in_one_line(problem)}", error) from problem
    if not is_delay(given):
        wrong = f"must return a finite duration of at least 0 (seconds or a timedelta), not {given!r:.80},"
        raise _invalid(flow, step, "base_delay", wrong, error) from error
    return in_seconds(given) or 0.0


def _invalid(flow: str, step: str, option: str, problem: str, error: BaseException) -> InvalidRetryError:
    return InvalidRetryError(flow, step, option, f"{option} {problem} after {in_one_line(error, flow, step)}")

"""Errors about retries: what handlers raise to ask for one or for none, and wrong options."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from typing_extensions import override

from typedflow._quantity import in_seconds
from typedflow.exceptions.base import TypedflowError

if TYPE_CHECKING:
    from typedflow._quantity import Duration


class PermanentError(TypedflowError):
    """A handler raises this to fail without a retry: its step has then used up its attempts."""


class RetryAfter(TypedflowError):  # noqa: N818  it asks for something, as StopIteration does
    """A handler raises this to be retried after a delay of its own choice, such as that of a ``Retry-After`` header.

    The attempt counts as a failed one. If there is another one, it starts after this delay and no other: the step's
    ``base_delay``, ``max_delay`` and ``jitter`` do not apply, and ``retry_on`` is not asked. Raise it ``from`` the
    exception that is the reason, which stays its cause.

    Attributes:
        delay: The delay in seconds.

    Raises:
        ValueError: The delay is not a finite duration of at least 0.
    """

    def __init__(self, delay: Duration, message: str = "") -> None:
        seconds = in_seconds(delay)
        if seconds is None or not 0 <= seconds < math.inf:
            raise ValueError(
                "RetryAfter: the delay must be a finite duration of at least 0 (seconds or a timedelta), "
                f"not {delay!r:.80}."
            )
        super().__init__(seconds, message)
        self.delay = seconds
        self.message = message

    @override
    def __str__(self) -> str:
        return self.message or f"retry after {self.delay:g} s"


class InvalidRetryError(TypedflowError):
    """A function in ``retry_on`` or ``base_delay`` raised an exception, or returned something invalid.

    This is always the cause of a `StepFailedError`. Its own cause is the exception that the function raised, or that of
    the attempt.

    Attributes:
        flow: Slug of the flow.
        step: Slug of the step.
        option: The option, ``retry_on`` or ``base_delay``.
        reason: What is wrong.
    """

    def __init__(self, flow: str, step: str, option: str, reason: str) -> None:
        super().__init__(flow, step, option, reason)
        self.flow = flow
        self.step = step
        self.option = option
        self.reason = reason

    @override
    def __str__(self) -> str:
        return f'flow "{self.flow}", step "{self.step}": {self.reason}'

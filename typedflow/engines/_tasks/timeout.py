"""Enforces the timeout of an attempt."""

from __future__ import annotations

import math

import trio


class Timeout:
    """A cancel scope around the attempts that a worker makes one after another.

    Its deadline is that of the current attempt. It is set only when a handler suspends, and is left there when the
    handler has returned, because setting it costs as much as a step. If it passes between two attempts, the scope is
    used up. The worker then opens another one: at that time the scope contained nothing that could be cancelled.

    Attributes:
        scope: The cancel scope. It is cancelled at the deadline, or by `drop`.
        deadline: The deadline, by trio's clock, in seconds.
        is_dropped: Whether `drop` has cancelled the scope.
    """

    __slots__ = ("deadline", "is_dropped", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.deadline = math.inf
        self.is_dropped = False

    def set(self, deadline: float) -> None:
        """Cancel the attempt at this time."""
        if self.deadline != deadline:
            self.deadline = self.scope.deadline = deadline

    def drop(self) -> None:
        """Cancel the attempt now, because its outcome is not needed any more."""
        self.is_dropped = True
        self.scope.cancel()

    def has_expired(self) -> bool:
        """Return whether the attempt was cancelled at its deadline."""
        return self.scope.cancel_called and not self.is_dropped

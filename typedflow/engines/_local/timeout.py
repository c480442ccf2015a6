"""How the timeout of an attempt is enforced."""

from __future__ import annotations

import math

import trio


class Timeout:
    """A cancel scope around the attempts that a worker makes one after another, with the deadline of the current one.

    The deadline is not set before a handler suspends, and stays when the handler is done: setting it costs as much as a
    step. Should the deadline pass in between, the scope is used up, and the worker opens another one; nothing was in
    it that could be cancelled.

    Attributes:
        scope: Cancelled when the deadline has passed, or by `drop`.
        deadline: In seconds of trio's clock.
        is_dropped: Whether the scope was cancelled because the outcome is not needed any more.
    """

    __slots__ = ("deadline", "is_dropped", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.deadline = math.inf
        self.is_dropped = False

    def set(self, deadline: float) -> None:
        """Cancel what the worker awaits at that time."""
        if self.deadline != deadline:
            self.deadline = self.scope.deadline = deadline

    def drop(self) -> None:
        """Cancel what the worker awaits now."""
        self.is_dropped = True
        self.scope.cancel()

    def has_expired(self) -> bool:
        """Return whether the attempt was cancelled because its time is over."""
        return self.scope.cancel_called and not self.is_dropped

"""What may record the changes of a run before anything follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.event import Event


class Journal(Protocol):
    """Stands between a change and what follows from it, so that a run can be durable.

    A change that is held back has happened, but nothing follows from it yet: no dependent starts, nothing is retried,
    no listener receives it. Only the end of an attempt (``task`` ``completed``, ``failed`` or ``retrying``) and a
    skipped step can be held back. Nothing that follows from other changes needs to wait: they follow from these.
    """

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Record a change.

        Args:
            change: What happened.
            proceed: To be called with the change in the run's own thread, in trio, if it is held back: when it is
                committed. Calling it after the run has ended does nothing.

        Returns:
            Whether the change is held back.
        """

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
    skipped step can be held back: all other changes follow from these, or nothing follows from them.
    """

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Record a change.

        Args:
            change: What happened.
            proceed: To be called once with the change if it is held back: in trio, in the thread of the run, when the
                change is committed.

        Returns:
            Whether the change is held back.
        """

    async def flush(self) -> None:
        """Commit every change that is held back. The run awaits it before it ends, however it ends."""

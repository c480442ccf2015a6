"""The interface of a journal, which records the transitions of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.event import Event


class Journal(Protocol):
    """Records each transition before anything follows from it, so that a run can be resumed.

    A journal may hold a transition back until it is committed. Until then nothing follows: no dependent is released, no
    task is retried, no listener receives the event. Only the end of an attempt (``task`` ``completed``, ``failed`` or
    ``retrying``) and a skipped step can be held back. The other transitions follow from these.
    """

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Record a transition.

        Args:
            change: The event that describes the transition.
            proceed: Call it once with the event, when a transition that was held back is committed. Call it in trio, in
                the thread of the run.

        Returns:
            Whether the transition is held back.
        """

    async def flush(self) -> None:
        """Commit every transition that is held back. The run awaits it before it ends."""

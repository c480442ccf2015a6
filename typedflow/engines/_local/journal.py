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
    ``retrying``) and a skipped step can be held back. All other transitions follow from these, or nothing follows from
    them.
    """

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Record a transition.

        Args:
            change: The event that describes the transition.
            proceed: Call it once with the event, if the transition is held back, when it is committed. Call it in trio,
                in the thread of the run, and never before `record` has returned.

        Returns:
            Whether the transition is held back. An exception cancels the run, which then raises it: what a run has
            recorded is all that counts.
        """

    async def flush(self) -> None:
        """Commit all transitions that are held back. The run awaits this before it ends, in every case."""

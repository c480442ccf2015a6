"""A journal in memory, which shows what a durable one may do to a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow import Event


class InMemoryJournal:
    """Records every change, and holds back what may be held back until it is committed.

    Attributes:
        committed: The changes that were not held back, and those that have been committed since.
        held: The changes that wait for `commit`.
    """

    def __init__(self) -> None:
        self.committed: list[Event] = []
        self.held: list[Event] = []
        self._proceed: Callable[[Event], None]

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Hold back the ends of attempts, and skips."""
        self._proceed = proceed
        is_end = change.subject == "task" and change.status in {"completed", "failed", "retrying"}
        if is_end or (change.subject == "step" and change.status == "skipped"):
            self.held.append(change)
            return True
        self.committed.append(change)
        return False

    def commit(self) -> None:
        """Commit what is held back now."""
        held, self.held = self.held, []
        for change in held:
            self.committed.append(change)
            self._proceed(change)

    async def flush(self) -> None:
        """Commit everything at the end of the run."""
        while self.held:
            self.commit()


class GroupCommit(InMemoryJournal):
    """Commits everything that is held back together, as soon as all tasks of the run have had their turn."""

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        """Hold back the ends of attempts, and skips, for a moment."""
        is_held = super().record(change, proceed)
        if is_held and len(self.held) == 1:
            trio.lowlevel.current_trio_token().run_sync_soon(self.commit)
        return is_held

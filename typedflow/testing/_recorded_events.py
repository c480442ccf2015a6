"""The events of a run, kept for a test to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordedEvents(list[Event]):
    """A list of events, whose ``append`` is the listener: ``flow.run(..., listeners=[events.append])``.

    An event in words is ``"run completed"``, ``"website started"`` of a step, or ``"website[0] retrying 1"`` of a
    task: the slug, the index of the task, the status and the number of the attempt.
    """

    @property
    def words(self) -> list[str]:
        """Every event in words, in order."""
        return list(self._words())

    def attempts(self, slug: str, task_index: int = 0) -> int:
        """Return how often a task was tried."""
        started = ("task", "started", slug, task_index)
        return sum((event.subject, event.status, event.step, event.task_index) == started for event in self)

    def assert_order(self, *words: str) -> None:
        """Check that these events happened, in this order; others may have happened in between.

        Args:
            *words: Events in words.

        Raises:
            AssertionError: One did not happen, or not after the one before it; the message shows all that happened.
        """
        happened = self.words
        since = 0
        for number, word in enumerate(words):
            try:
                since = happened.index(word, since) + 1
            except ValueError:
                after = f' after "{words[number - 1]}"' if number and word in happened else ""
                shown = "".join(f"\n  {each}" for each in happened) or " nothing"
                raise AssertionError(f'"{word}" did not happen{after}. What happened:{shown}') from None

    def _words(self) -> Iterator[str]:
        for event in self:
            if event.subject == "task":
                yield f"{event.step}[{event.task_index}] {event.status} {event.attempt}"
            else:
                yield f"{event.step or 'run'} {event.status}"

"""Records the events of a run for a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator


class RecordedEvents(list[Event]):
    """A list of events. Its ``append`` is a listener: ``flow.run(..., listeners=[events.append])``.

    In words, an event of a run is ``"run completed"``, one of a step ``"website started"``, and one of a task
    ``"website[0] retrying 1"``: the slug, the index of the task, the status and the number of the attempt. The events
    of runs that handlers have started are in the list too, but not in words: they have a ``parent``.
    """

    @property
    def words(self) -> list[str]:
        """All events of the run itself in words, in order."""
        return list(self._words())

    def attempts(self, slug: str, task_index: int = 0) -> int:
        """Return the number of attempts of a task."""
        started = ("task", "started", slug, task_index)
        own = [event for event in self if event.parent is None]
        return sum((event.subject, event.status, event.step, event.task_index) == started for event in own)

    def assert_order(self, *words: str) -> None:
        """Assert that these events happened in this order. Other events may have happened in between.

        Args:
            *words: Events in words.

        Raises:
            AssertionError: An event did not happen, or not after the one before it. The message shows all events.
        """
        happened = self.words
        since = 0
        for number, word in enumerate(words):
            try:
                since = happened.index(word, since) + 1
            except ValueError:
                after = f' after "{words[number - 1]}"' if number and word in happened else ""
                shown = "".join(f"\n  {event}" for event in happened) or " none"
                raise AssertionError(f'"{word}" did not happen{after}. All events:{shown}') from None

    def _words(self) -> Iterator[str]:
        for event in self:
            if event.parent is not None:
                continue
            if event.subject == "task":
                yield f"{event.step}[{event.task_index}] {event.status} {event.attempt}"
            else:
                yield f"{event.step or 'run'} {event.status}"

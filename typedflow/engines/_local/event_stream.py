"""The events of one run, to be looped over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from typedflow.event import Event


class EventStream:
    """Every event of a run: those that there have been, and those to come until the run has ended.

    Each loop over it begins with the first event, whenever it begins.
    """

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._has_ended = False
        self._news = trio.lowlevel.ParkingLot()

    def append(self, event: Event) -> None:
        """Note an event; with the last of the run the loops end."""
        self._events.append(event)
        self._has_ended = event.subject == "run" and event.status != "started"
        self._news.unpark_all()

    def __aiter__(self) -> EventIterator:
        return EventIterator(self)

    async def after(self, count: int) -> Event | None:
        """Wait for the event that comes after so many, and return it; None if there will be none."""
        while count >= len(self._events):
            if self._has_ended:
                return None
            await self._news.park()
        return self._events[count]


class EventIterator:
    """One loop over the events of a run."""

    def __init__(self, stream: EventStream) -> None:
        self._stream = stream
        self._count = 0

    def __aiter__(self) -> EventIterator:
        return self

    async def __anext__(self) -> Event:
        await trio.lowlevel.checkpoint()
        event = await self._stream.after(self._count)
        if event is None:
            raise StopAsyncIteration
        self._count += 1
        return event

"""The events of a run, for loops over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic

from typedflow.engines._waiters import Waiters
from typedflow.event import Slug_co

if TYPE_CHECKING:
    from typing import Self

    from typedflow.event import Event


class EventStream(Generic[Slug_co]):
    """Every event of a run: the past ones immediately, the others when they are emitted.

    Each loop over it begins with the first event and ends with the run.
    """

    def __init__(self) -> None:
        self._events: list[Event[Any]] = []
        self._is_complete = False
        self._news = Waiters()
        self._with_output: set[str | None] = set()
        self._outputs = Waiters()

    def append(self, event: Event) -> None:
        """Add an event. The last event of the run ends all loops."""
        self._events.append(event)
        self._is_complete = event.subject == "run" and event.status != "started"
        self._news.wake_all()
        if event.subject == "step" and event.status in {"completed", "skipped"}:
            self._with_output.add(event.step)
            self._outputs.wake_all()
        if self._is_complete:
            self._outputs.wake_all()

    async def step_has_output(self, slug: str) -> bool:
        """Wait until a step has completed or was skipped. Return False if the run ends before that."""
        await self._outputs.wait_until(lambda: slug in self._with_output or self._is_complete)
        return slug in self._with_output

    def __aiter__(self) -> EventIterator[Slug_co]:
        return EventIterator(self)

    async def after(self, count: int) -> Event[Slug_co] | None:
        """Wait for the event after the first ``count`` ones, and return it; None if those were all."""
        await self._news.wait_until(lambda: count < len(self._events) or self._is_complete)
        return self._events[count] if count < len(self._events) else None


class EventIterator(Generic[Slug_co]):
    """One loop over the events of a run.

    It is not an async generator, because a loop that is left by ``break`` does not close its generator. Python would
    finalize the generator when it is garbage collected, in any task of the program. An iterator has nothing to close.
    """

    def __init__(self, stream: EventStream[Slug_co]) -> None:
        self._stream = stream
        self._count = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event[Slug_co]:
        event = await self._stream.after(self._count)
        if event is None:
            raise StopAsyncIteration
        self._count += 1
        return event

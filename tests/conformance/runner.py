"""Something that runs a flow: what every executor, store and engine has to be for the cases of this folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import trio

from typedflow import Event, FlowDefinition, RunCancelledError, StepFailedError
from typedflow.executor import execute
from typedflow.run import start
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        status: ``completed``, ``failed`` or ``cancelled``.
        outputs: By slug; empty unless it completed.
        error: Why it failed.
        events: All events.
        took: Seconds, on the clock of the runner.
    """

    status: str
    outputs: dict[str, Any] = field(default_factory=dict)
    error: StepFailedError | None = None
    events: RecordedEvents = field(default_factory=RecordedEvents)
    took: float = 0.0

    @property
    def skipped(self) -> dict[str | None, str | None]:
        """Why each step was skipped that was."""
        return {event.step: event.reason for event in self.events if event.status == "skipped"}

    @property
    def steps(self) -> dict[str, str]:
        """What became of each step that was heard of."""
        return {event.step: event.status for event in self.events if event.subject == "step" and event.step}

    def times(self, subject: str, status: str, step: str) -> list[float]:
        """When something happened to a step or its tasks, in seconds since the run started."""
        began = self.events[0].monotonic
        wanted = (subject, status, step)
        return [each.monotonic - began for each in self.events if (each.subject, each.status, each.step) == wanted]


class Runner(Protocol):
    """Runs a flow to its end."""

    def __call__(
        self,
        definition: FlowDefinition,
        flow_input: object = None,
        *,
        max_concurrency: int | None = None,
        cancel_after: float | None = None,
    ) -> Outcome:
        """Run a flow; a runner that cannot wait in virtual time may scale the seconds."""


def by_execute(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    max_concurrency: int | None = None,
    cancel_after: float | None = None,
) -> Outcome:
    """Run it as `Flow.run` does, and cancel it from outside."""
    events = RecordedEvents()

    async def run() -> Outcome:
        outcome = Outcome("cancelled", events=events)
        began = trio.current_time()
        with trio.move_on_after(float("inf") if cancel_after is None else cancel_after):
            outputs = await execute(definition, flow_input, max_concurrency=max_concurrency, listeners=[events.append])
            outcome = Outcome("completed", outputs, events=events)
        outcome.took = trio.current_time() - began
        return outcome

    return _ended(run, events)


def by_start(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    max_concurrency: int | None = None,
    cancel_after: float | None = None,
) -> Outcome:
    """Run it as `Flow.start` does, hear its events there, and cancel it by its handle."""
    events = RecordedEvents()

    async def hear(stream: Any) -> None:
        async for event in stream:
            events.append(event)

    async def run() -> Outcome:
        began = trio.current_time()
        outcome = Outcome("cancelled", events=events)
        async with trio.open_nursery() as nursery:
            try:
                async with start(definition, flow_input, max_concurrency=max_concurrency) as handle:
                    nursery.start_soon(hear, handle.events)
                    if cancel_after is not None:
                        await trio.sleep(cancel_after)
                        handle.cancel()
                    try:
                        outcome = Outcome("completed", await handle.outputs(), events=events)
                    except RunCancelledError:
                        pass
                    except StepFailedError as error:
                        outcome = Outcome("failed", error=error, events=events)
                    outcome.took = trio.current_time() - began
            finally:
                await trio.lowlevel.checkpoint()
        assert handle.status == outcome.status
        ended = {slug: status for slug, status in handle.steps.items() if status != "created"}
        assert ended == outcome.steps
        return outcome

    return _ended(run, events)


def _ended(run: Callable[[], Any], events: list[Event]) -> Outcome:
    try:
        outcome: Outcome = trio.run(run, clock=VirtualClock())
    except StepFailedError as error:
        outcome = Outcome("failed", error=error, events=RecordedEvents(events))
    return outcome


RUNNERS: dict[str, Runner] = {"execute": by_execute, "start": by_start}

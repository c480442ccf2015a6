"""Something that runs a flow: what every executor, store and engine has to be for the cases of this folder."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, Unpack

import trio

from typedflow import (
    FlowDefinition,
    ResourcesError,
    RunCancelledError,
    RunOptions,
    RunTimeoutError,
    StepFailedError,
)
from typedflow.engines._local.run import Run
from typedflow.engines._local.runs import execute
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from typedflow import Event
    from typedflow.stores import Store


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        status: ``completed``, ``failed`` or ``cancelled``.
        outputs: By slug; empty unless it completed.
        error: Why it failed, if a step did.
        timed_out: Why it failed, if its time was up.
        resources_error: Why its resources could not be opened or closed. If they could not be opened, its status is
            ``cancelled``, and there are no events.
        events: All events.
        took: Seconds, on the clock of the runner.
    """

    status: str
    outputs: dict[str, Any] = field(default_factory=dict)
    error: StepFailedError | None = None
    timed_out: RunTimeoutError | None = None
    resources_error: ResourcesError | None = None
    events: RecordedEvents = field(default_factory=RecordedEvents)
    took: float = 0.0

    @property
    def own_events(self) -> list[Event]:
        """The events of the run itself, and not of those that its handlers have started."""
        return [event for event in self.events if event.parent is None]

    @property
    def skipped(self) -> dict[str | None, str | None]:
        """Why each step was skipped that was."""
        return {event.step: event.reason for event in self.own_events if event.status == "skipped"}

    @property
    def steps(self) -> dict[str, str]:
        """What became of each step that was heard of."""
        return {event.step: event.status for event in self.own_events if event.subject == "step" and event.step}

    def times(self, subject: str, status: str, step: str) -> list[float]:
        """When something happened to a step or its tasks, in seconds since the run started."""
        began = self.events[0].monotonic
        wanted = (subject, status, step)
        return [each.monotonic - began for each in self.own_events if (each.subject, each.status, each.step) == wanted]


class Runner(Protocol):
    """Runs a flow to its end.

    The seconds of a case are those of trio's clock, on which its handlers wait. A runner that cannot let them pass at
    once may let them pass faster than real ones, and round the times of its outcome to whole ones.
    """

    def __call__(
        self,
        definition: FlowDefinition,
        flow_input: object = None,
        *,
        cancel_after: float = math.inf,
        **options: Unpack[RunOptions],
    ) -> Outcome:
        """Run a flow, and cancel it after so many seconds if it still goes on."""


def by_execute(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    cancel_after: float = math.inf,
    **options: Unpack[RunOptions],
) -> Outcome:
    """Run it as `Flow.run` does, and cancel it from outside."""
    outcome = Outcome("cancelled")
    watched: RunOptions = {**options, "listeners": [inline(outcome.events.append)]}

    async def run() -> None:
        with trio.move_on_after(cancel_after):
            outcome.outputs = await execute(definition, flow_input, **watched)
            outcome.status = "completed"

    return ended(run, outcome)


def by_start(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    cancel_after: float = math.inf,
    **options: Unpack[RunOptions],
) -> Outcome:
    """Run it as `Flow.start` does, hear its events there, and cancel it by its handle."""
    outcome = Outcome("cancelled")
    heard: list[Event] = []
    watched: RunOptions = {**options, "listeners": [inline(heard.append)]}

    async def run() -> None:
        with trio.move_on_after(cancel_after) as starting:
            async with Run.start(definition, flow_input, **watched) as handle:
                starting.deadline = math.inf
                try:
                    with trio.move_on_after(cancel_after) as waiting:
                        await handle.outputs()
                    if waiting.cancelled_caught:
                        handle.cancel()
                    outcome.outputs = await handle.outputs()
                    outcome.status = "completed"
                except RunCancelledError:
                    pass
                except (StepFailedError, RunTimeoutError):
                    assert handle.status == "failed"
                    raise
                finally:
                    outcome.events += [event async for event in handle.events]
                    known = {slug: status for slug, status in handle.steps.items() if status != "created"}
                    assert known == outcome.steps
        if starting.cancelled_caught:
            return
        assert handle.status == outcome.status

    ended(run, outcome)
    if not outcome.events:  # there was no handle
        outcome.events += heard
    return outcome


def by_store(store: Callable[[], AbstractContextManager[Store]], runner: Runner = by_execute) -> Runner:
    """Return a runner that has a store remember the runs of another runner."""

    def run(
        definition: FlowDefinition,
        flow_input: object = None,
        *,
        cancel_after: float = math.inf,
        **options: Unpack[RunOptions],
    ) -> Outcome:
        with store() as opened:
            options["store"] = opened
            return runner(definition, flow_input, cancel_after=cancel_after, **options)

    return run


def by_cache(store: Callable[[], Store]) -> Runner:
    """Return a runner that has a store remember the run, and looks up every task in the cache of the store."""
    inner = by_store(store)

    def run(
        definition: FlowDefinition,
        flow_input: object = None,
        *,
        cancel_after: float = math.inf,
        **options: Unpack[RunOptions],
    ) -> Outcome:
        cached = [
            step if step.handler is None else replace(step, options=replace(step.options, cache=math.inf))
            for step in definition.steps
        ]
        return inner(definition.with_steps(cached), flow_input, cancel_after=cancel_after, **options)

    return run


def ended(run: Callable[[], Awaitable[None]], outcome: Outcome, clock: VirtualClock | None = None) -> Outcome:
    """Call what runs a flow, and return how that has ended."""

    async def timed() -> None:
        try:
            await run()
        except StepFailedError as error:
            outcome.status, outcome.error = "failed", error
        except RunTimeoutError as error:
            outcome.status, outcome.timed_out = "failed", error
        except ResourcesError as error:
            outcome.resources_error = error
            if error.outputs is not None:
                outcome.status, outcome.outputs = "completed", error.outputs
        outcome.took = trio.current_time()

    trio.run(timed, clock=clock or VirtualClock())
    return outcome

"""The rules of a run by themselves: no handler is called, and no time passes."""

from __future__ import annotations

import contextvars
from typing import Any

from typedflow import FlowDefinition, Options
from typedflow.engines._local.clock import Clock
from typedflow.engines._local.emitter import Emitter
from typedflow.engines._local.schedule import Schedule
from typedflow.engines._tasks.plan import Plan
from typedflow.testing import RecordedEvents

ERROR = ValueError("no")


class Driver:
    """Executes the tasks of a schedule by hand."""

    def __init__(self, plan: Plan) -> None:
        self.changes = RecordedEvents()
        events = Emitter(plan.flow, "1", self.changes.append, Clock(), contextvars.copy_context())
        self.schedule = Schedule(plan, None, events)
        self.schedule.start()

    @property
    def ready(self) -> list[str]:
        self.decide()
        return [step.slug if not step.is_map else f"{step.slug}[{index}]" for step, index, _ in self.schedule.ready]

    def decide(self) -> None:
        while self.schedule.undecided:
            self.schedule.decide()

    def is_over(self) -> bool:
        return self.schedule.is_over

    def begin(self) -> Any:
        self.decide()
        task = self.schedule.ready.popleft()
        assert self.schedule.begin(task, contextvars.copy_context())
        return task


async def driver(flow: FlowDefinition) -> Driver:
    return Driver(await Plan.of(flow))


def handler(_: Any) -> None:
    """Is never called."""


def flow(**options: Any) -> FlowDefinition:
    return FlowDefinition("f", Any, Options(**options)).with_step("a", handler).with_step("b", handler, ["a"])


class TestChanges:
    async def test_a_step_starts_with_its_first_task_and_ends_with_its_last(self) -> None:
        run = await driver(FlowDefinition("f", Any).with_step("items", handler).with_map("each", handler, "items"))
        run.schedule.complete(run.begin(), [1, 2])
        assert run.ready == ["each[0]", "each[1]"]
        first, second = run.begin(), run.begin()
        run.schedule.complete(second, "two")
        run.schedule.complete(first, "one")
        run.schedule.end()
        assert run.changes.words[4:] == [
            "items completed",
            "each started",
            "each[0] started 1",
            "each[1] started 1",
            "each[1] completed 1",
            "each[0] completed 1",
            "each completed",
            "run completed",
        ]
        assert run.schedule.outputs == {"items": [1, 2], "each": ["one", "two"]}

    async def test_a_completion_carries_its_output(self) -> None:
        run = await driver(flow())
        run.schedule.complete(run.begin(), 5)
        assert [(change.subject, change.output) for change in run.changes if change.status == "completed"] == [
            ("task", 5),
            ("step", 5),
        ]

    async def test_the_consumer_knows_a_completion_before_its_dependents_are_ready(self) -> None:
        seen: list[tuple[str, int]] = []
        run = await driver(flow())
        run.schedule.events.consumer = lambda change: seen.append((change.status, len(run.schedule.ready)))
        run.schedule.complete(run.begin(), 5)
        assert seen[-2:] == [("completed", 0), ("completed", 0)]
        assert run.ready == ["b"]

    async def test_a_task_of_a_run_that_is_over_is_cancelled_even_if_it_has_an_output(self) -> None:
        run = await driver(flow().with_step("c", handler))
        task, other = run.begin(), run.begin()
        run.schedule.interrupt(KeyboardInterrupt())
        run.schedule.complete(task, 5)
        run.schedule.complete(other, 5)
        run.schedule.end()
        assert run.changes.words[-5:] == [
            "a[0] cancelled 1",
            "c[0] cancelled 1",
            "a cancelled",
            "c cancelled",
            "run failed",
        ]

    async def test_without_a_consumer_the_rules_are_the_same(self) -> None:
        run = await driver(flow())
        run.schedule.events.consumer = None
        run.schedule.complete(run.begin(), 5)
        assert run.ready == ["b"]


class TestOrders:
    async def test_a_retry_is_delayed_and_then_ready_again(self) -> None:
        run = await driver(flow(max_attempts=2, base_delay=7.0))
        run.schedule.fail(run.begin(), ERROR)
        [(delay, task)] = run.schedule.delayed
        assert (delay, run.ready) == (7.0, [])
        run.schedule.wake(task)
        assert run.ready == ["a"]
        assert run.begin()[2] == 2

    async def test_a_step_that_is_skipped_because_an_item_failed_is_dropped(self) -> None:
        items = FlowDefinition("f", Any, Options(max_attempts=1)).with_step("items", handler)
        run = await driver(items.with_map("each", handler, "items", when_exhausted="skip"))
        run.schedule.complete(run.begin(), [1, 2])
        first, second = run.begin(), run.begin()
        run.schedule.fail(first, ERROR)
        assert [step.slug for step in run.schedule.dropped] == ["each"]
        run.schedule.drop(second)
        assert run.changes.words[-3:] == ["each[0] failed 1", "each skipped", "each[1] cancelled 1"]

    async def test_nothing_is_ready_once_a_step_has_failed(self) -> None:
        run = await driver(flow(max_attempts=1).with_step("c", handler))
        run.schedule.fail(run.begin(), ERROR)
        assert (run.ready, run.schedule.is_over) == ([], True)
        assert str(run.schedule.failure) == 'flow "f": step "a" failed at attempt 1: ValueError: no'

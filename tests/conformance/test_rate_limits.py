"""Attempts of a step, or of steps that share a limit, start no more often than it allows."""

from datetime import timedelta
from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising
from tests.conformance.runner import Runner
from typedflow import RateLimit
from typedflow.engines._local.runs import execute
from typedflow.testing import VirtualClock


@pytest.mark.starts_over
def test_the_items_of_a_map_start_as_often_as_the_limit_allows(run: Runner) -> None:
    steps = flow().with_map("a", after(100), "run", rate_limit=RateLimit(3, per=10))
    outcome = run(steps, list(range(8)))
    assert outcome.times("task", "started", "a") == [0, 0, 0, 10, 10, 10, 20, 20]
    assert [event.task_index for event in outcome.events if event.subject == "task" and event.status == "started"] == [
        *range(8)
    ]


@pytest.mark.starts_over
def test_each_step_has_a_limit_of_its_own_unless_it_has_a_name(run: Runner) -> None:
    limit, shared = RateLimit(1, per=timedelta(seconds=5)), RateLimit(1, per=5, name="service")
    steps = flow(rate_limit=limit).with_step("a", after(0)).with_step("b", after(0))
    steps = steps.with_step("c", after(0), rate_limit=shared).with_step("d", after(0), rate_limit=shared)
    outcome = run(steps)
    assert [outcome.times("task", "started", slug) for slug in "abcd"] == [[0], [0], [0], [5]]


@pytest.mark.starts_over
@pytest.mark.equal_items
def test_each_start_counts_for_every_limit_of_its_name(run: Runner) -> None:
    one, two = RateLimit(1, per=10, name="both"), RateLimit(2, per=15, name="both")
    steps = flow().with_map("a", after(0), "run", rate_limit=two).with_map("b", after(0), "a", rate_limit=one)
    outcome = run(steps, [1, 2])
    assert [outcome.times("task", "started", slug) for slug in "ab"] == [[0, 0], [10, 20]]


@pytest.mark.starts_over
def test_retries_count(run: Runner) -> None:
    steps = flow(max_attempts=3, base_delay=1, rate_limit=RateLimit(2, per=60)).with_step("a", raising(ValueError()))
    assert run(steps).times("task", "started", "a") == [0, 1, 60]


@pytest.mark.starts_over
def test_a_task_that_waits_takes_no_place_and_none_of_its_timeout(run: Runner) -> None:
    limit = RateLimit(1, per=10, name="shared")
    steps = flow(timeout=5).with_step("a", after(4), rate_limit=limit).with_step("b", after(4), rate_limit=limit)
    outcome = run(steps.with_step("other", after(4)), max_concurrency=1)
    assert [outcome.times("task", "started", slug) for slug in ("a", "b", "other")] == [[0], [10], [4]]
    assert outcome.status == "completed"


@pytest.mark.starts_over
def test_a_task_whose_turn_comes_when_there_is_no_place_asks_again(run: Runner) -> None:
    limit = RateLimit(1, per=5, name="shared")
    steps = flow().with_step("a", after(1), rate_limit=limit).with_step("b", after(1), rate_limit=limit)
    outcome = run(steps.with_step("other", after(20)), max_concurrency=1)
    assert [outcome.times("task", "started", slug) for slug in ("a", "b", "other")] == [[0], [21], [1]]


@pytest.mark.starts_over
def test_what_waits_is_cancelled_with_the_run_and_dropped_with_its_step(run: Runner) -> None:
    limit = RateLimit(1, per=1000)
    cancelled = run(flow().with_map("a", forever, "run", rate_limit=limit), [1, 2, 3], cancel_after=5)
    assert (cancelled.status, cancelled.took) == ("cancelled", 5)

    async def fail(_: Any) -> None:
        await trio.sleep(3)
        raise ValueError("no")

    steps = flow().with_map("a", fail, "run", rate_limit=limit, when_exhausted="skip").with_step("b", after(1), ["a"])
    skipped = run(steps, [1, 2, 3])
    assert (skipped.outputs, skipped.took) == ({"a": None, "b": None}, 4)


def test_a_run_timeout_ends_what_waits(run: Runner) -> None:
    outcome = run(flow().with_map("a", after(0), "run", rate_limit=RateLimit(1, per=1000)), [1, 2], timeout=5)
    assert outcome.timed_out is not None
    assert outcome.took == 5


@pytest.mark.parametrize("name", [None, "shared"])
def test_runs_at_the_same_time_share_a_limit_first_come_first_served(name: str | None) -> None:
    starts: list[tuple[str, float]] = []

    async def note(item: str) -> None:
        starts.append((item, trio.current_time()))
        await trio.lowlevel.checkpoint()

    steps = flow().with_map("a", note, "run", rate_limit=RateLimit(1, per=10, name=name))

    async def run_after(seconds: float, *items: str) -> None:
        await trio.sleep(seconds)
        await execute(steps, list(items))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_after, 0, "a1", "a2", "a3")
            nursery.start_soon(run_after, 1, "b1", "b2")
            nursery.start_soon(run_after, 2, "c1")
            with trio.move_on_after(25):
                await run_after(3, "d1", "d2", "d3")

    trio.run(main, clock=VirtualClock())
    assert starts == [(item, 10.0 * number) for number, item in enumerate(["a1", "a2", "a3", "b1", "b2", "c1"])]

"""How many tasks of a run are worked on at once."""

from typing import Any

import pytest
import trio
import trio.lowlevel

from tests.conformance.handlers import after, flow
from tests.conformance.runner import Runner
from typedflow import StepContext


@pytest.mark.starts_over
@pytest.mark.parametrize("limit", [1, 2, 7, 50])
def test_never_more_than_the_run_allows_and_never_fewer_than_could_be(run: Runner, limit: int) -> None:
    running = 0
    most = 0

    async def work(_: Any) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await trio.sleep(1)
        running -= 1

    steps = flow()
    for i in range(20):
        steps = steps.with_step(f"r{i}", work)
    for i in range(20):
        steps = steps.with_step(f"n{i}", work, [f"r{i}", f"r{(i * 7 + 1) % 20}"])
    outcome = run(steps, max_concurrency=limit)
    assert len(outcome.outputs) == 40
    assert most == min(limit, 20)
    assert 40 / limit <= outcome.took <= 40 / min(limit, 20) + 1


@pytest.mark.starts_over
def test_without_a_limit_all_are(run: Runner) -> None:
    steps = flow()
    for i in range(100):
        steps = steps.with_step(f"s{i}", after(1))
    assert run(steps).took == 1


@pytest.mark.starts_over
def test_tasks_that_wait_for_a_place_get_it_in_the_order_in_which_they_became_ready(run: Runner) -> None:
    order: list[str] = []

    async def work(_: Any, context: StepContext) -> None:
        order.append(context.step)
        await trio.lowlevel.checkpoint()

    steps = flow().with_step("a", work).with_step("b", work).with_step("after_a", work, ["a"]).with_step("c", work)
    run(steps.with_step("after_c", work, ["c"]), max_concurrency=1)
    assert order == ["a", "b", "c", "after_a", "after_c"]


def test_a_task_whose_time_is_up_leaves_its_place_to_another(run: Runner) -> None:
    steps = flow(max_attempts=1, timeout=5, when_exhausted="skip")
    for slug in "abc":
        steps = steps.with_step(slug, after(100))
    outcome = run(steps, max_concurrency=1)
    assert outcome.took == 15
    assert outcome.skipped == dict.fromkeys("abc", "handler_failed")

"""How a run ends: completed, failed or cancelled, and what is told of it."""

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising
from tests.conformance.runner import Runner


def test_a_flow_without_steps_completes(run: Runner) -> None:
    outcome = run(flow())
    assert (outcome.status, outcome.outputs) == ("completed", {})
    assert outcome.events.words == ["run started", "run completed"]


def test_every_change_is_told_in_order(run: Runner) -> None:
    steps = flow().with_step("a", after(1)).with_step("b", after(1), ["a"])
    assert run(steps).events.words == [
        "run started",
        "a started",
        "a[0] started 1",
        "a[0] completed 1",
        "a completed",
        "b started",
        "b[0] started 1",
        "b[0] completed 1",
        "b completed",
        "run completed",
    ]


def test_a_failed_step_cancels_the_others_and_nothing_more_starts(run: Runner) -> None:
    steps = flow(max_attempts=1).with_step("slow", forever).with_step("bad", raising(ValueError("no")))
    steps = steps.with_step("after_bad", after(0), ["bad"]).with_step("waiting", raising(ValueError()), max_attempts=9)
    outcome = run(steps)
    assert outcome.status == "failed"
    assert outcome.steps == {"slow": "cancelled", "bad": "failed"} | (
        {"waiting": outcome.steps["waiting"]} if "waiting" in outcome.steps else {}
    )
    assert outcome.events.words[-1] == "run failed"
    assert outcome.events[-1].error is outcome.error


def test_a_step_that_waits_to_be_tried_again_is_cancelled_with_the_run(run: Runner) -> None:
    async def later(_: object) -> None:
        await trio.sleep(5)
        raise KeyError("k")

    steps = flow(base_delay=100).with_step("retried", raising(ValueError())).with_step("bad", later, max_attempts=1)
    outcome = run(steps)
    assert outcome.steps == {"retried": "cancelled", "bad": "failed"}
    assert outcome.took == 5


def test_a_cancelled_run_cancels_its_steps_and_has_no_outputs(run: Runner) -> None:
    steps = flow().with_step("a", after(1, 1)).with_step("b", forever, ["a"]).with_step("c", forever)
    outcome = run(steps.with_step("d", after(0), ["b"]), cancel_after=5)
    assert outcome.status == "cancelled"
    assert outcome.steps == {"a": "completed", "b": "cancelled", "c": "cancelled"}
    assert outcome.events.words[-1] == "run cancelled"
    assert {word for word in outcome.events.words if "[" in word and "cancelled" in word} == {
        "b[0] cancelled 1",
        "c[0] cancelled 1",
    }


def test_a_cancelled_run_tries_nothing_again(run: Runner) -> None:
    async def untidy(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise OSError("disk full")

    outcome = run(flow().with_step("a", untidy), cancel_after=1)
    assert outcome.status == "failed"  # an exception outweighs a cancellation
    assert outcome.events.attempts("a") == 1


@pytest.mark.parametrize("mode", ["skip", "skip_cascade"])
def test_a_cancelled_run_skips_nothing_and_is_cancelled(run: Runner, mode: str) -> None:
    async def untidy(_: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise OSError("disk full")

    steps = flow(when_exhausted=mode).with_step("a", untidy).with_map("b", after(0), "a")
    outcome = run(steps, cancel_after=1)
    assert outcome.status == "cancelled"
    assert outcome.events.words[-3:] == ["a[0] failed 1", "a cancelled", "run cancelled"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_never_more_tasks_at_once_than_the_run_allows(run: Runner, limit: int) -> None:
    steps = flow()
    for i in range(10):
        steps = steps.with_step(f"s{i}", after(1))
    assert run(steps, max_concurrency=limit).took == pytest.approx(10 / limit)


def test_a_step_starts_as_soon_as_its_own_dependencies_are_done(run: Runner) -> None:
    steps = flow().with_step("slow", after(10)).with_step("quick", after(1)).with_step("next", after(1), ["quick"])
    outcome = run(steps)
    assert outcome.times("step", "completed", "next") == [2]
    assert outcome.took == 10

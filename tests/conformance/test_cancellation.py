"""A run that is cancelled from outside."""

from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising, retrying, untidy
from tests.conformance.runner import Runner


def test_it_cancels_its_steps_starts_nothing_more_and_has_no_outputs(run: Runner) -> None:
    steps = flow().with_step("a", after(1, 1)).with_step("b", forever, ["a"]).with_step("c", forever)
    outcome = run(steps.with_step("d", after(0), ["b"]), cancel_after=5)
    assert (outcome.status, outcome.outputs) == ("cancelled", {})
    assert outcome.took == 5
    assert outcome.steps == {"a": "completed", "b": "cancelled", "c": "cancelled"}
    assert outcome.events.words[-1] == "run cancelled"
    assert {word for word in outcome.events.words if "[" in word and "cancelled" in word} == {
        "b[0] cancelled 1",
        "c[0] cancelled 1",
    }


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_it_waits_until_all_have_cleaned_up(run: Runner) -> None:
    async def tidy(_: Any) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(3)

    assert run(flow().with_step("a", tidy), cancel_after=5).took == 8


def test_a_run_that_has_ended_is_not_cancelled(run: Runner) -> None:
    outcome = run(flow().with_step("a", after(1, 1)), cancel_after=5)
    assert (outcome.status, outcome.outputs, outcome.took) == ("completed", {"a": 1}, 1)


def test_what_waits_for_its_time_is_waited_for_no_longer(run: Runner) -> None:
    steps = (
        retrying(base_delay=100).with_step("retried", raising(ValueError())).with_step("late", forever, start_delay=100)
    )
    outcome = run(steps.with_map("items", raising(ValueError()), "run"), [1, 2], cancel_after=5)
    assert outcome.took == 5
    assert outcome.steps == {"retried": "cancelled", "items": "cancelled"}


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_what_is_raised_outweighs_it_and_is_not_tried_again(run: Runner) -> None:
    outcome = run(retrying().with_step("a", untidy), cancel_after=1)
    assert outcome.status == "failed"
    assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: OSError: disk full'
    assert outcome.events.attempts("a") == 1


@pytest.mark.parametrize("mode", ["skip", "skip_cascade"])
@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_an_exception_during_cancellation_does_not_skip_its_step(run: Runner, mode: str) -> None:
    steps = retrying(when_exhausted=mode).with_step("a", untidy).with_map("b", after(0), "a")
    outcome = run(steps, cancel_after=1)
    assert outcome.status == "cancelled"
    assert outcome.events.words[-3:] == ["a[0] failed 1", "a cancelled", "run cancelled"]


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_a_step_that_completes_though_it_was_cancelled_starts_no_other(run: Runner) -> None:
    async def stubborn(_: Any) -> list[int]:
        with trio.CancelScope(shield=True):
            await trio.sleep(3)
        return []

    steps = flow().with_step("a", stubborn).with_map("items", after(0), "a").with_step("next", after(0), ["a"])
    steps = steps.with_step("unmet", after(0), ["a"], if_={"a": [1]}, when_unmet="fail")
    outcome = run(steps.with_step("delayed", after(0), ["a"], start_delay=1), cancel_after=1)
    assert outcome.status == "cancelled"
    assert outcome.took == 3
    assert outcome.steps == {"a": "completed"}

"""A run that takes too long is cancelled, and has failed."""

from datetime import timedelta
from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising, untidy
from tests.conformance.runner import Runner
from typedflow import RunTimeoutError


@pytest.mark.parametrize("timeout", [5, timedelta(seconds=5)])
def test_the_steps_that_were_running_are_named_and_cancelled(run: Runner, timeout: Any) -> None:
    steps = flow().with_step("quick", after(1, "done")).with_step("slow", forever).with_step("late", forever, ["quick"])
    outcome = run(steps.with_step("never", forever, ["slow"]), timeout=timeout)
    error = outcome.timed_out
    assert isinstance(error, RunTimeoutError)
    assert isinstance(error, TimeoutError)
    running = 'these steps were running: "slow", "late"'
    assert str(error) == f'flow "f": run {error.run_id} was cancelled after its timeout of 5 s; {running}.'
    assert (error.flow, error.timeout, error.steps, dict(error.outputs)) == (
        "f",
        5,
        ("slow", "late"),
        {"quick": "done"},
    )
    assert outcome.took == 5
    assert outcome.steps == {"quick": "completed", "slow": "cancelled", "late": "cancelled"}
    assert (outcome.events[-1].subject, outcome.events[-1].status) == ("run", "failed")
    assert isinstance(outcome.events[-1].error, RunTimeoutError)


def test_a_run_that_is_quick_enough_does_not_notice_it(run: Runner) -> None:
    steps = flow().with_step("a", after(2, 1)).with_step("b", after(2, 2), ["a"])
    outcome = run(steps, timeout=5)
    assert (outcome.outputs, outcome.took) == ({"a": 1, "b": 2}, 4)


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_a_step_that_failed_before_is_the_reason(run: Runner) -> None:
    async def tidy_up(_: Any) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(10)

    async def fail(_: Any) -> None:
        await trio.sleep(1)
        raise ValueError("no")

    outcome = run(flow().with_step("a", fail).with_step("b", tidy_up), timeout=5)
    assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: ValueError: no'
    assert (outcome.timed_out, outcome.took) == (None, 11)


def test_delays_of_tasks_are_within_it(run: Runner) -> None:
    steps = (
        flow(max_attempts=9, base_delay=100)
        .with_step("a", raising(ValueError()))
        .with_step("b", forever, start_delay=99)
    )
    outcome = run(steps, timeout=50)
    assert outcome.timed_out is not None
    assert outcome.timed_out.steps == ("a",)
    assert outcome.took == 50


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_what_is_raised_during_the_cancellation_is_a_note(run: Runner) -> None:
    outcome = run(flow(when_exhausted="skip").with_step("a", untidy), timeout=5)
    assert outcome.timed_out is not None
    assert outcome.timed_out.__notes__ == ['While it was being cancelled, step "a" raised OSError: disk full']


def test_a_cancellation_from_outside_comes_first_if_it_does(run: Runner) -> None:
    assert run(flow().with_step("a", forever), timeout=5, cancel_after=4).status == "cancelled"

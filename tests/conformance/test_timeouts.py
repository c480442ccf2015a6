"""An attempt that takes too long is cancelled, and counts."""

import math
import threading
from typing import Any

import pytest
import trio
import trio.lowlevel

from tests.conformance.handlers import after, flow, forever, retrying, untidy
from tests.conformance.runner import Runner
from typedflow import StepContext, StepTimeoutError
from typedflow.testing import VirtualClock


def test_a_timeout_cancels_the_handler_and_counts_as_an_attempt(run: Runner) -> None:
    cleaned: list[float] = []

    async def work(_: Any) -> None:
        try:
            await trio.sleep_forever()
        finally:
            cleaned.append(trio.current_time())

    outcome = run(flow(max_attempts=2, timeout=5).with_step("a", work))
    assert str(outcome.error) == (
        'flow "f": step "a" failed at attempt 2: StepTimeoutError: attempt 2 was cancelled after '
        "its timeout of 5 s. Give the step a longer timeout if it needs one."
    )
    assert outcome.error is not None
    cause = outcome.error.__cause__
    assert isinstance(cause, StepTimeoutError)
    assert isinstance(cause, TimeoutError)
    assert (cause.flow, cause.step, cause.attempt, cause.timeout) == ("f", "a", 2, 5)
    assert outcome.times("task", "started", "a") == [0, 6]
    assert len(cleaned) == 2


def test_every_attempt_has_the_whole_time(run: Runner) -> None:
    seconds = iter([9, 9, 4])

    async def work(_: Any) -> str:
        await trio.sleep(next(seconds))
        return "done"

    outcome = run(retrying(timeout=5).with_step("a", work))
    assert outcome.outputs == {"a": "done"}
    assert outcome.took == pytest.approx(5 + 1 + 5 + 2 + 4)


def test_an_attempt_has_no_time_limit_unless_its_step_says_otherwise(run: Runner) -> None:
    day = 24 * 60 * 60
    steps = flow(when_exhausted="skip").with_step("b", after(day), timeout=day - 1)
    assert run(steps.with_step("a", after(day, 1))).outputs == {"a": 1, "b": None}


def test_a_timeout_is_of_one_step_alone(run: Runner) -> None:
    steps = flow(max_attempts=1).with_step("a", forever, timeout=1, when_exhausted="skip").with_step("b", after(30, 2))
    outcome = run(steps.with_step("c", after(30, 3), ["b"]).with_step("d", lambda i: i["a"], ["a"]))
    assert outcome.outputs == {"a": None, "b": 2, "c": 3, "d": None}


def test_whether_a_timeout_is_tried_again_is_for_retry_on_to_say(run: Runner) -> None:
    assert run(retrying(timeout=1, retry_on=(ValueError,)).with_step("a", forever)).events.attempts("a") == 1
    assert run(retrying(timeout=1, retry_on=(TimeoutError,)).with_step("a", forever)).events.attempts("a") == 3


def test_an_output_that_comes_in_spite_of_the_timeout_is_taken(run: Runner) -> None:
    async def stubborn(_: Any) -> str:
        with trio.CancelScope(shield=True):
            await trio.sleep(3)
        return "late"

    steps = flow(timeout=1).with_step("a", stubborn).with_step("b", after(0.5, "next"), ["a"])
    steps = steps.with_step("c", after(0.5, "last"), ["b"]).with_step("d", after(0.5), ["a"], if_={"a": "early"})
    assert run(steps, cancel_after=100).outputs == {"a": "late", "b": "next", "c": "last", "d": None}


def test_what_is_raised_while_a_handler_is_cancelled_is_what_failed_and_a_note_says_why(run: Runner) -> None:
    outcome = run(flow(timeout=1, max_attempts=1).with_step("a", untidy))
    assert outcome.error is not None
    cause = outcome.error.__cause__
    assert isinstance(cause, OSError)
    assert cause.__notes__ == ["It was raised while the attempt was being cancelled after its timeout of 1 s."]


def test_scopes_and_nurseries_of_a_handler_are_its_own(run: Runner) -> None:
    lock_of_run = []

    async def nested(_: Any) -> str:
        lock = trio.Lock()
        lock_of_run.append(lock)
        with trio.move_on_after(2) as scope:
            async with lock, trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                await trio.sleep(100)
        return "moved on" if scope.cancelled_caught else "not"

    async def too_long(_: Any) -> None:
        with trio.CancelScope():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)

    steps = flow(timeout=5, max_attempts=2, when_exhausted="skip")
    outcome = run(steps.with_step("a", nested).with_step("b", too_long))
    assert outcome.outputs == {"a": "moved on", "b": None}
    assert outcome.events.attempts("b") == 2


def test_a_thread_whose_time_is_over_is_abandoned_and_the_run_continues(run: Runner) -> None:
    may_leave = threading.Event()

    def slow(_: Any) -> str:
        assert may_leave.wait(10)
        return "late"

    # The virtual clock stands still while a thread works.
    async def let_time_pass(_: Any) -> None:
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, VirtualClock)
        clock.jump(10)

    def go_on(inputs: Any) -> str:
        may_leave.set()
        return f"without {inputs['a']}"

    steps = flow(timeout=5, max_attempts=1, when_exhausted="skip").with_step("a", slow).with_step("b", let_time_pass)
    outcome = run(steps.with_step("c", go_on, ["a"], runs_in="inline"))
    assert outcome.outputs == {"a": None, "b": None, "c": "without None"}
    assert outcome.skipped == {"a": "handler_failed"}


@pytest.mark.starts_over
def test_the_time_of_a_thread_begins_when_it_does(run: Runner) -> None:
    deadlines: list[float] = []

    async def leave_one_thread(_: Any) -> list[int]:
        trio.to_thread.current_default_thread_limiter().total_tokens = 1
        return [1, 2, 3, 4]

    def work(item: int, context: StepContext) -> int:
        deadlines.append(context.deadline)
        trio.from_thread.run_sync(let_time_pass)
        return item

    def let_time_pass() -> None:
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, VirtualClock)
        clock.jump(4)

    steps = flow(timeout=5, max_attempts=1).with_step("a", leave_one_thread)
    outcome = run(steps.with_map("b", work, "a"))
    assert outcome.outputs == {"a": [1, 2, 3, 4], "b": [1, 2, 3, 4]}
    assert [deadline - deadlines[0] for deadline in deadlines] == [0, 4, 8, 12]


def test_trio_knows_the_deadline_of_the_step_or_none(run: Runner) -> None:
    async def ask(_: Any, context: StepContext) -> bool:
        known = trio.current_effective_deadline()
        await trio.sleep(1)
        return known in {math.inf, context.deadline} and trio.current_effective_deadline() == context.deadline

    steps = flow(timeout=5).with_step("a", ask).with_step("b", ask, ["a"], timeout=50)
    outcome = run(steps.with_step("c", ask, ["b"], timeout=math.inf).with_step("d", ask, ["c"]))
    assert outcome.outputs == {"a": True, "b": True, "c": True, "d": True}


@pytest.mark.equal_items
@pytest.mark.parametrize("times", [1, 5])
def test_items_of_a_map_have_their_own_time(run: Runner, times: int) -> None:
    async def work(seconds: float) -> float:
        await trio.sleep(seconds)
        return seconds

    steps = flow(timeout=5, max_attempts=1).with_map("a", work, "run", max_concurrency=1)
    outcome = run(steps, [4] * times)
    assert outcome.outputs == {"a": [4] * times}
    assert outcome.took == pytest.approx(4 * times)

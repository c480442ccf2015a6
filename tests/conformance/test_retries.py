"""A task that fails is tried again, as often and as late as its step says."""

import asyncio
import math
from itertools import pairwise
from typing import Any

import pytest
import trio

from tests.conformance.handlers import flow, raising, retrying
from tests.conformance.runner import Runner
from typedflow import PermanentError, StepContext, UndeclaredInputError

ERROR = ConnectionError("try again")


def test_a_task_is_tried_once_unless_its_step_says_otherwise(run: Runner) -> None:
    outcome = run(flow().with_step("a", raising(ERROR)))
    assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: ConnectionError: try again'
    assert outcome.events.attempts("a") == 1


def test_the_attempt_that_used_up_the_last_one_is_the_one_that_failed(run: Runner) -> None:
    outcome = run(flow(max_attempts=3).with_step("a", raising(ERROR)))
    assert outcome.status == "failed"
    assert str(outcome.error) == 'flow "f": step "a" failed at attempt 3: ConnectionError: try again'
    assert outcome.error is not None
    assert outcome.error.__cause__ is ERROR
    assert outcome.times("task", "started", "a") == [0, 1, 3]


@pytest.mark.parametrize(
    ("retry_on", "attempts"),
    [((Exception,), 3), ((ValueError, Exception), 3), ((ValueError,), 1), ((OSError, KeyError), 1)],
)
@pytest.mark.parametrize("in_group", [True, False])
def test_an_exception_that_is_no_subclass_of_exception_is_retried_where_all_are(
    run: Runner,
    retry_on: tuple[type[Exception], ...],
    attempts: int,
    in_group: bool,  # noqa: FBT001  a parameter
) -> None:
    error: BaseException = asyncio.CancelledError()
    if in_group:
        error = BaseExceptionGroup("two", [error, GeneratorExit()])
    outcome = run(retrying(retry_on=retry_on).with_step("a", raising(error)))
    assert outcome.error is not None
    assert outcome.error.attempt == attempts


def test_an_attempt_that_succeeds_is_the_last(run: Runner) -> None:
    outcome = run(retrying().with_step("a", raising(ERROR, times=1, output=5)).with_step("b", lambda i: i["a"], ["a"]))
    assert outcome.outputs == {"a": 5, "b": 5}
    assert outcome.events.attempts("a") == 2
    outcome.events.assert_order(
        "a started",
        "a[0] started 1",
        "a[0] retrying 1",
        "a[0] started 2",
        "a[0] completed 2",
        "a completed",
        "b started",
    )


@pytest.mark.parametrize(
    ("options", "starts"),
    [
        ({"max_attempts": 1}, [0]),
        ({"max_attempts": 5}, [0, 1, 3, 7, 15]),
        ({"max_attempts": 4, "base_delay": 5}, [0, 5, 15, 35]),
        ({"max_attempts": 3, "base_delay": 0.5}, [0, 0.5, 1.5]),
        ({"max_attempts": 6, "base_delay": 2, "max_delay": 5}, [0, 2, 6, 11, 16, 21]),
        ({"max_attempts": 2, "base_delay": 9, "max_delay": 3}, [0, 3]),
        ({"max_attempts": 2, "start_delay": 4}, [4, 5]),
    ],
)
def test_each_wait_is_twice_the_one_before_up_to_a_limit(
    run: Runner, options: dict[str, Any], starts: list[float]
) -> None:
    outcome = run(flow(**options).with_step("a", raising(ERROR)))
    assert outcome.times("task", "started", "a") == pytest.approx(starts)
    delays = [event.delay for event in outcome.events if event.status == "retrying"]
    assert delays == pytest.approx([later - earlier for earlier, later in pairwise(starts)])


def test_chance_takes_off_up_to_its_share_of_each_wait(run: Runner) -> None:
    outcome = run(flow(max_attempts=200, base_delay=8, max_delay=8, jitter=0.25).with_step("a", raising(ERROR)))
    delays = [event.delay for event in outcome.events if event.status == "retrying" and event.delay is not None]
    assert len(delays) == 199
    assert all(6 <= delay <= 8 for delay in delays)
    assert min(delays) < 6.5
    assert max(delays) > 7.5


def test_a_delay_too_large_for_a_float_is_the_limit(run: Runner) -> None:
    outcome = run(flow(max_attempts=1100, base_delay=1, max_delay=1).with_step("a", raising(ERROR)))
    assert outcome.times("task", "started", "a") == pytest.approx(list(range(1100)))


def test_a_step_may_say_otherwise_than_its_flow(run: Runner) -> None:
    steps = flow(max_attempts=1, base_delay=7, when_exhausted="skip")
    steps = steps.with_step("own", raising(ERROR), max_attempts=2).with_step("flow", raising(ERROR), max_attempts=None)
    outcome = run(steps)
    assert outcome.times("task", "started", "own") == [0, 7]
    assert outcome.times("task", "started", "flow") == [0]


def test_start_delays_add_up_along_a_chain_and_are_not_for_retries(run: Runner) -> None:
    steps = retrying(start_delay=2).with_step("a", lambda _: 1).with_step("b", raising(ERROR, times=1), ["a"])
    outcome = run(steps.with_step("c", lambda _: 1, ["b"]))
    assert outcome.times("task", "started", "a") == [2]
    assert outcome.times("task", "started", "b") == [4, 5]
    assert outcome.times("step", "completed", "c") == [7]


class TestWhatIsTriedAgain:
    @pytest.mark.parametrize("error", [PermanentError("no use"), PermanentError()])
    def test_a_permanent_error_is_not(self, run: Runner, error: Exception) -> None:
        outcome = run(retrying().with_step("a", raising(error)))
        assert outcome.error is not None
        assert outcome.error.__cause__ is error
        assert outcome.events.attempts("a") == 1

    @pytest.mark.parametrize(
        ("retry_on", "error", "attempts"),
        [
            ((OSError,), ConnectionError(), 3),
            ((OSError,), ValueError(), 1),
            ((OSError, ValueError), ValueError(), 3),
            ((TimeoutError,), ExceptionGroup("of a nursery", [TimeoutError()]), 3),
            ((TimeoutError,), ExceptionGroup("several", [TimeoutError(), ValueError()]), 1),
            ((ExceptionGroup,), ExceptionGroup("several", [TimeoutError(), ValueError()]), 3),
        ],
    )
    def test_only_what_retry_on_names_is(self, run: Runner, retry_on: Any, error: Exception, attempts: int) -> None:
        outcome = run(retrying(retry_on=retry_on).with_step("a", raising(error)))
        assert outcome.events.attempts("a") == attempts

    @pytest.mark.parametrize("error", [PermanentError("no use"), UndeclaredInputError("a", "b", ())])
    def test_nor_is_it_in_the_group_of_a_nursery(self, run: Runner, error: Exception) -> None:
        async def nest(_: Any) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(raising(error), None)
                nursery.start_soon(raising(ValueError("no")), None)

        outcome = run(retrying().with_step("a", nest))
        assert outcome.events.attempts("a") == 1

    def test_the_one_exception_of_a_nursery_is_the_reason(self, run: Runner) -> None:
        async def nest(_: Any) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(raising(ValueError("no")), None)

        outcome = run(flow(max_attempts=1).with_step("a", nest))
        assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: ValueError: no'

    def test_an_output_that_is_not_what_the_handler_declares_is_not(self, run: Runner) -> None:
        def wrong(_: Any) -> int:
            return "1"  # type: ignore[return-value]

        outcome = run(retrying(when_exhausted="skip").with_step("a", wrong, runs_in="inline"))
        assert outcome.status == "failed"
        assert str(outcome.error) == (
            'flow "f": step "a" failed at attempt 1: InvalidOutputError: the output is not a valid '
            "int: Input should be a valid integer (given '1')"
        )

    def test_a_key_that_is_not_declared_is_not(self, run: Runner) -> None:
        outcome = run(retrying(when_exhausted="skip").with_step("a", lambda i: i["b"]))
        assert outcome.status == "failed"
        assert outcome.events.attempts("a") == 1


def test_a_handler_knows_its_attempt_and_its_deadline(run: Runner) -> None:
    known: list[tuple[int, float]] = []

    async def ask(_: Any, context: StepContext) -> None:
        known.append((context.attempt, context.deadline - trio.current_time()))
        raise ERROR

    run(flow(max_attempts=3, timeout=9).with_step("a", ask))
    run(flow(max_attempts=1, timeout=math.inf).with_step("a", ask))
    assert known == [(1, 9), (2, 9), (3, 9), (1, math.inf)]


def test_a_task_that_waits_takes_no_place_of_another(run: Runner) -> None:
    steps = retrying(base_delay=10).with_step("a", raising(ERROR, times=1)).with_step("b", lambda _: 1)
    outcome = run(steps, max_concurrency=1)
    assert outcome.times("step", "completed", "b") == [0]
    assert outcome.times("step", "completed", "a") == [10]

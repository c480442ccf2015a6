"""A task that fails is tried again, as often and as late as its step says."""

import asyncio
import math
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import trio

from tests.conformance.handlers import flow, raising, retrying
from tests.conformance.runner import Runner
from typedflow import (
    InvalidInputError,
    InvalidRetryError,
    InvalidSlugError,
    PermanentError,
    RetryAfter,
    StepContext,
    UndeclaredInputError,
)

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
        pytest.param(
            {"max_attempts": 3, "base_delay": 0.5},
            [0, 0.5, 1.5],
            marks=pytest.mark.pgflow_differs("Delays are whole seconds"),
        ),
        ({"max_attempts": 6, "base_delay": 2, "max_delay": 5}, [0, 2, 6, 11, 16, 21]),
        ({"max_attempts": 2, "base_delay": 9, "max_delay": 3}, [0, 3]),
        ({"max_attempts": 2, "start_delay": 4}, [4, 5]),
        ({"max_attempts": 3, "base_delay": 0}, [0, 0, 0]),
        ({"max_attempts": 5, "base_delay": (1.0, 10.0, 60.0)}, [0, 1, 11, 71, 131]),
        ({"max_attempts": 3, "base_delay": (0.0, 100.0), "max_delay": 7}, [0, 0, 7]),
        ({"max_attempts": 4, "base_delay": lambda attempt: 10 * attempt}, [0, 10, 30, 60]),
        ({"max_attempts": 3, "base_delay": lambda attempt: timedelta(minutes=attempt), "max_delay": 90}, [0, 60, 150]),
    ],
)
def test_each_wait_is_twice_the_one_before_up_to_a_limit(
    run: Runner, options: dict[str, Any], starts: list[float]
) -> None:
    outcome = run(flow(**options).with_step("a", raising(ERROR)))
    assert outcome.times("task", "started", "a") == pytest.approx(starts)
    delays = [event.delay for event in outcome.events if event.status == "retrying"]
    assert delays == pytest.approx([later - earlier for earlier, later in pairwise(starts)])


def test_chance_takes_off_its_share_of_listed_delays_as_well(run: Runner) -> None:
    outcome = run(flow(max_attempts=50, base_delay=(8.0,), jitter=0.5).with_step("a", raising(ERROR)))
    delays = [event.delay for event in outcome.events if event.delay is not None]
    assert len(set(delays)) > 10
    assert all(4 <= delay <= 8 for delay in delays)


def test_chance_takes_off_up_to_its_share_of_each_wait(run: Runner) -> None:
    outcome = run(flow(max_attempts=200, base_delay=8, max_delay=8, jitter=0.25).with_step("a", raising(ERROR)))
    delays = [event.delay for event in outcome.events if event.status == "retrying" and event.delay is not None]
    assert len(delays) == 199
    assert all(6 <= delay <= 8 for delay in delays)
    assert min(delays) < 6.5
    assert max(delays) > 7.5


@pytest.mark.pgflow_differs("A task has at most 950 attempts")
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


class TestADelayThatTheHandlerChooses:
    def test_it_takes_the_place_of_every_other(self, run: Runner) -> None:
        steps = retrying(base_delay=2, max_delay=3, jitter=1.0, retry_on=(KeyError,))
        outcome = run(steps.with_step("a", raising(RetryAfter(30), times=1)))
        assert outcome.times("task", "started", "a") == [0, 30]

    def test_it_is_for_one_retry(self, run: Runner) -> None:
        waits = iter([RetryAfter(timedelta(minutes=1)), ERROR, RetryAfter(0)])

        async def work(_: Any) -> None:
            raise next(waits)

        outcome = run(flow(max_attempts=3, base_delay=5).with_step("a", work))
        assert outcome.times("task", "started", "a") == [0, 60, 70]
        assert str(outcome.error) == 'flow "f": step "a" failed at attempt 3: RetryAfter: retry after 0 s'

    def test_its_cause_is_kept_and_attempts_are_limited(self, run: Runner) -> None:
        async def work(_: Any) -> None:
            raise RetryAfter(3, "503 Service Unavailable") from ERROR

        outcome = run(flow().with_step("a", work))
        assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: RetryAfter: 503 Service Unavailable'
        assert outcome.error is not None
        assert isinstance(outcome.error.__cause__, RetryAfter)
        assert outcome.error.__cause__.__cause__ is ERROR

    def test_the_longest_one_in_a_group_counts(self, run: Runner) -> None:
        group = ExceptionGroup("both", [RetryAfter(5), RetryAfter(9), ConnectionError()])
        steps = flow(max_attempts=2)
        assert run(steps.with_step("a", raising(group, times=1))).times("task", "started", "a") == [0, 9]
        assert run(steps.with_step("a", raising(group), retry_on=KeyError)).events.attempts("a") == 1


class TestAFunctionThatSaysWhatIsRetried:
    def test_it_is_asked_about_each_exception(self, run: Runner) -> None:
        asked: list[Exception] = []

        def is_busy(error: Exception) -> bool:
            asked.append(error)
            return str(error) == "503"

        errors = [ValueError("503"), TypeError("503"), ValueError("404")]
        given = iter(errors)

        async def work(_: Any) -> None:
            raise next(given)

        outcome = run(flow(max_attempts=9, retry_on=is_busy).with_step("a", work))
        assert str(outcome.error) == 'flow "f": step "a" failed at attempt 3: ValueError: 404'
        assert asked == errors

    def test_every_exception_in_a_group_must_be_accepted(self, run: Runner) -> None:
        steps = flow(max_attempts=2, retry_on=lambda error: isinstance(error, OSError))
        both = [ExceptionGroup("a", [OSError(), OSError()]), ExceptionGroup("b", [OSError(), KeyError()])]
        assert [run(steps.with_step("a", raising(each))).events.attempts("a") for each in both] == [2, 1]

    @pytest.mark.parametrize("error", [PermanentError("no"), asyncio.CancelledError(), SystemExit(3)])
    def test_it_is_not_asked_about_what_is_never_retried(self, run: Runner, error: BaseException) -> None:
        outcome = run(flow(max_attempts=2, retry_on=lambda _: True).with_step("a", raising(error)))
        assert outcome.events.attempts("a") == 1

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ({"retry_on": lambda _: 1}, "retry_on must return a bool, not 1, after ConnectionError: try again"),
            ({"retry_on": lambda _: 1 / 0}, "retry_on raised ZeroDivisionError: division by zero after "),
            (
                {"base_delay": lambda _: -1},
                "base_delay must return a finite duration of at least 0 (seconds or a timedelta), not -1, after ",
            ),
            (
                {"base_delay": lambda _: int("x")},
                "base_delay raised ValueError: invalid literal for int() with base 10: 'x' after ",
            ),
        ],
    )
    def test_a_function_that_fails_fails_the_run(self, run: Runner, options: dict[str, Any], problem: str) -> None:
        steps = flow(max_attempts=2, when_exhausted="skip", **options).with_step("a", raising(ERROR))
        outcome = run(steps)
        assert outcome.error is not None
        assert str(outcome.error).startswith(f'flow "f": step "a" failed at attempt 1: InvalidRetryError: {problem}')
        invalid = outcome.error.__cause__
        assert isinstance(invalid, InvalidRetryError)
        assert (invalid.flow, invalid.step, invalid.option) == ("f", "a", next(iter(options)))
        assert outcome.events.attempts("a") == 1


MISTAKES = [TypeError, NameError, AttributeError, ImportError, NotImplementedError, ModuleNotFoundError]
WHY = "(not retried: it looks like a mistake in the program; if another attempt may help, name {} in retry_on)"


class TestAMistakeInTheProgram:
    @pytest.mark.parametrize("kind", MISTAKES)
    def test_it_is_not_retried_and_the_message_says_so(self, run: Runner, kind: type[Exception]) -> None:
        outcome = run(retrying().with_step("a", raising(kind("oh"))))
        why = WHY.format(kind.__name__)
        assert str(outcome.error) == f'flow "f": step "a" failed at attempt 1: {kind.__name__}: oh {why}'

    def test_nothing_is_said_where_nothing_would_be_retried(self, run: Runner) -> None:
        outcome = run(flow().with_step("a", raising(TypeError("oh"))))
        assert str(outcome.error) == 'flow "f": step "a" failed at attempt 1: TypeError: oh'

    @pytest.mark.parametrize("error", [InvalidInputError("g", "int", ("no",)), InvalidSlugError("g", None, "")])
    def test_nor_is_a_wrong_flow_or_flow_input_of_another_flow(self, run: Runner, error: Exception) -> None:
        outcome = run(retrying(when_exhausted="skip").with_step("a", raising(error)))
        assert (outcome.status, outcome.events.attempts("a")) == ("completed", 1)

    @pytest.mark.parametrize(
        ("retry_on", "error", "attempts"),
        [
            ((TypeError,), TypeError(), 3),
            ((ImportError, OSError), ModuleNotFoundError(), 3),
            ((ModuleNotFoundError,), ImportError(), 1),
            ((RuntimeError,), NotImplementedError(), 1),
            ((Exception,), TypeError(), 1),
            ((Exception,), ExceptionGroup("both", [OSError(), TypeError()]), 1),
            ((Exception, TypeError), ExceptionGroup("both", [OSError(), TypeError()]), 3),
            (lambda error: isinstance(error, TypeError), TypeError(), 3),
        ],
    )
    def test_it_is_retried_where_it_is_named(self, run: Runner, retry_on: Any, error: Exception, attempts: int) -> None:
        assert run(retrying(retry_on=retry_on).with_step("a", raising(error))).events.attempts("a") == attempts


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

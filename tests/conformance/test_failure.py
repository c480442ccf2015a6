"""A step that fails, its attempts being used up, fails the run: the others are cancelled, and nothing more starts."""

import asyncio
import concurrent.futures
import threading
import time
from collections import Counter
from typing import Any

import pytest
import trio
from typing_extensions import override

from tests.conformance.handlers import after, flow, forever, raising, retrying, untidy
from tests.conformance.runner import Runner
from typedflow import StepContext


def test_the_error_names_the_step_and_the_attempt_and_has_the_handlers_own_as_its_cause(run: Runner) -> None:
    error = ValueError("no")
    outcome = run(flow(max_attempts=2).with_step("a", raising(error)))
    assert outcome.status == "failed"
    failure = outcome.error
    assert failure is not None
    assert str(failure) == 'flow "f": step "a" failed at attempt 2: ValueError: no'
    assert (failure.flow, failure.step, failure.attempt, failure.item) == ("f", "a", 2, None)
    assert failure.__cause__ is error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (TimeoutError(" a \n b "), "TimeoutError: a b"),
    ],
)
def test_the_reason_is_one_line(run: Runner, error: Exception, reason: str) -> None:
    outcome = run(flow(max_attempts=1).with_step("a", raising(error)))
    assert outcome.error is not None
    assert outcome.error.reason == reason


@pytest.mark.parametrize("way", ["async", "after a moment", "thread", "lambda", "in a nursery"])
@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (asyncio.CancelledError("no"), 2),
        (concurrent.futures.CancelledError("no"), 2),
        (GeneratorExit("no"), 2),
        (StopAsyncIteration("no"), 2),
        (BaseException("no"), 2),
        (SystemExit("no"), 1),
        (KeyboardInterrupt("no"), 1),
    ],
)
def test_an_exception_is_a_failure_whatever_its_class(
    run: Runner, error: BaseException, attempts: int, way: str
) -> None:
    def fail(_: object) -> None:
        raise error

    async def fail_here(_: object) -> None:
        raise error

    async def fail_after_a_moment(_: object) -> None:
        await trio.sleep(1)
        raise error

    async def fail_in_a_nursery(_: object) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_here, None)
            nursery.start_soon(trio.sleep_forever)

    handlers: dict[str, Any] = {"async": fail_here, "thread": fail, "lambda": lambda _: fail(None)}
    handlers |= {"after a moment": fail_after_a_moment, "in a nursery": fail_in_a_nursery}
    outcome = run(flow(max_attempts=2).with_step("b", forever).with_step("a", handlers[way]))
    assert str(outcome.error) == f'flow "f": step "a" failed at attempt {attempts}: {type(error).__name__}: no'
    assert outcome.events.attempts("a") == attempts
    assert outcome.steps == {"a": "failed", "b": "cancelled"}


@pytest.mark.unstorable
@pytest.mark.parametrize("way", ["async", "thread", "lambda", "in a group"])
def test_a_cancellation_that_did_not_come_from_the_run_is_a_failure(run: Runner, way: str) -> None:
    async def stray() -> trio.Cancelled:
        with trio.CancelScope() as scope:
            scope.cancel()
            try:
                await trio.sleep_forever()
            except trio.Cancelled as error:
                return error
        raise AssertionError

    def fail(inputs: Any) -> None:
        raise inputs["stray"]

    async def fail_here(inputs: Any) -> None:
        raise inputs["stray"]

    async def fail_in_a_group(inputs: Any) -> None:
        raise BaseExceptionGroup("strays", [inputs["stray"], inputs["stray"]])

    handlers: dict[str, Any] = {"async": fail_here, "thread": fail, "lambda": lambda i: fail(i)}  # noqa: PLW0108  a lambda is called in place
    handlers["in a group"] = fail_in_a_group
    steps = flow(max_attempts=2).with_step("stray", lambda _: stray())
    outcome = run(steps.with_step("a", handlers[way], ["stray"]).with_step("b", forever))
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert (outcome.error.step, outcome.error.attempt) == ("a", 2)
    assert outcome.error.reason.partition(":")[0] == ("BaseExceptionGroup" if way == "in a group" else "Cancelled")


@pytest.mark.parametrize("thread", [True, False])
def test_the_end_of_an_iterator_is_a_failure(run: Runner, thread: bool) -> None:  # noqa: FBT001  a parameter
    def first(_: object) -> object:
        return next(iter([]))

    outcome = run(flow(max_attempts=1).with_step("a", first, runs_in="thread" if thread else "inline"))
    assert outcome.error is not None
    assert outcome.error.reason == ("RuntimeError: the handler raised StopIteration" if thread else "StopIteration")
    cause = outcome.error.__cause__
    assert isinstance(cause.__cause__ if cause is not None and thread else cause, StopIteration)


@pytest.mark.parametrize("mode", ["skip", "skip_cascade"])
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_a_handler_that_ends_the_program_fails_the_run_even_if_its_step_may_be_skipped(
    run: Runner, mode: str, kind: type[BaseException]
) -> None:
    outcome = run(flow(when_exhausted=mode).with_step("a", raising(kind(3))).with_step("b", forever))
    assert str(outcome.error) == f'flow "f": step "a" failed at attempt 1: {kind.__name__}: 3'


def test_the_exceptions_in_a_group_are_named(run: Runner) -> None:
    group = ExceptionGroup("both", [ConnectionError("host a is down"), ExceptionGroup("rows", [ValueError("row 7")])])
    outcome = run(flow(max_attempts=1).with_step("a", raising(group)))
    assert outcome.error is not None
    assert outcome.error.__cause__ is group
    assert str(outcome.error) == (
        'flow "f": step "a" failed at attempt 1: ExceptionGroup: both (2 sub-exceptions): '
        "ConnectionError: host a is down; ValueError: row 7"
    )


def test_a_text_of_megabytes_or_with_control_characters_is_whole_in_the_cause_only(run: Runner) -> None:
    error = ValueError("\x1b[2J" + "x" * 5_000_000)
    outcome = run(flow(max_attempts=1).with_step("a", raising(error)))
    assert outcome.error is not None
    assert outcome.error.__cause__ is error
    assert outcome.error.reason == "ValueError: \\x1b[2J" + "x" * 1_996 + "... (5,000,004 characters)"


def test_an_exception_that_cannot_be_printed_is_reported_nevertheless(run: Runner) -> None:
    class UnprintableError(Exception):
        @override
        def __str__(self) -> str:
            raise RuntimeError("not me")

    outcome = run(flow(max_attempts=1).with_step("a", raising(UnprintableError())))
    assert outcome.error is not None
    assert outcome.error.reason == "UnprintableError: (its message cannot be shown)"


def test_the_others_are_cancelled_and_nothing_more_starts(run: Runner) -> None:
    steps = flow(max_attempts=1).with_step("slow", forever).with_step("bad", after_raising(1, ValueError("no")))
    outcome = run(steps.with_step("after_bad", after(0), ["bad"]).with_step("after_slow", after(0), ["slow"]))
    assert outcome.status == "failed"
    assert outcome.steps == {"slow": "cancelled", "bad": "failed"}
    assert outcome.events.words[-1] == "run failed"
    assert repr(outcome.events[-1].error) == repr(outcome.error)
    assert outcome.took == 1


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_one_of_a_hundred_fails_and_the_others_have_cleaned_up_before_the_run_ends(run: Runner) -> None:
    cleaned: list[str] = []

    async def work(_: Any, context: StepContext) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(5)
            cleaned.append(context.step)

    steps = flow(max_attempts=1)
    for i in range(100):
        steps = steps.with_step(f"s{i}", after_raising(1, ValueError("no")) if i == 50 else work)
    outcome = run(steps.with_step("after", work, ["s50"]))
    assert outcome.took == 6
    assert len(cleaned) == len(set(cleaned)) == 99
    assert Counter(outcome.steps.values()) == {"cancelled": 99, "failed": 1}


def test_what_became_ready_in_the_moment_of_the_failure_does_not_start(run: Runner) -> None:
    started: list[str] = []
    steps = flow(max_attempts=1).with_step("good", lambda _: 1).with_step("bad", raising(ValueError("no")))
    steps = steps.with_step("both", lambda _: started.append("both"), ["good", "bad"])
    steps = steps.with_step("after_bad", lambda _: started.append("after_bad"), ["bad"])
    for _ in range(20):  # trio lets tasks go on in any order
        assert run(steps).status == "failed"
    assert started == []


def test_the_error_has_the_outputs_of_the_steps_that_completed(run: Runner) -> None:
    steps = flow().with_step("good", after(1, "an hour of work")).with_step("skipped", after(1), if_={"x": 1})
    steps = steps.with_map("items", after(1), "run", rate_limit=None).with_step("late", forever, ["good"])
    outcome = run(steps.with_step("bad", after_raising(1, ValueError("no")), ["good"]), [1, 2])
    assert outcome.error is not None
    assert outcome.error.outputs == {"good": "an hour of work", "items": [None, None]}


def test_a_step_that_waits_to_be_tried_again_is_cancelled_with_the_run(run: Runner) -> None:
    steps = retrying(base_delay=100).with_step("retried", raising(ValueError()))
    outcome = run(steps.with_step("bad", after_raising(5, KeyError("k")), max_attempts=1))
    assert outcome.steps == {"retried": "cancelled", "bad": "failed"}
    assert outcome.took == 5


def test_a_step_whose_start_is_delayed_never_starts(run: Runner) -> None:
    steps = flow().with_step("delayed", after(0), start_delay=100)
    outcome = run(steps.with_step("bad", after_raising(5, KeyError("k")), max_attempts=1))
    assert outcome.steps == {"bad": "failed"}
    assert outcome.took == 5


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_what_the_others_raise_as_they_are_cancelled_is_a_note(run: Runner) -> None:
    steps = retrying().with_step("a", untidy).with_step("b", after_raising(1, ValueError("no")), max_attempts=1)
    outcome = run(steps)
    assert outcome.error is not None
    assert outcome.error.step == "b"
    assert outcome.error.__notes__ == ['While it was being cancelled, step "a" raised OSError: disk full']
    assert outcome.events.attempts("a") == 1
    assert outcome.steps == {"a": "failed", "b": "failed"}


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_what_a_thread_raises_as_it_is_cancelled_is_a_note_too(run: Runner) -> None:
    has_begun = threading.Event()

    def untidy(_: Any) -> None:
        has_begun.set()
        try:
            while True:
                time.sleep(0.001)
                trio.from_thread.check_cancelled()
        finally:
            raise OSError("disk full")

    async def fail(_: Any) -> None:
        while not has_begun.is_set():
            await trio.lowlevel.checkpoint()
        raise ValueError("no")

    outcome = run(flow(max_attempts=1).with_step("a", untidy).with_step("b", fail))
    assert outcome.error is not None
    assert outcome.error.step == "b"
    assert outcome.error.__notes__ == ['While it was being cancelled, step "a" raised OSError: disk full']


def after_raising(seconds: float, error: Exception) -> Any:
    """A handler that fails after some time."""

    async def fail(_: Any) -> None:
        await trio.sleep(seconds)
        raise error

    return fail

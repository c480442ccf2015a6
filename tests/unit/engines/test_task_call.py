"""One attempt of a task, as an engine executes it whose tasks come alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Flow, StepContext, StepTimeoutError
from typedflow.engines import _handler_call
from typedflow.engines._tasks.blocking_handlers import BlockingHandlers
from typedflow.engines._tasks.places import Places
from typedflow.engines._tasks.plan import Plan
from typedflow.engines._tasks.task_call import TaskCall, TaskOutcome

if TYPE_CHECKING:
    from collections.abc import Callable


async def call_of(handler: Callable[..., Any], **options: Any) -> TaskCall:
    definition = Flow("shop", object).definition.with_step("pay", handler, **options)
    plan = await Plan.of(definition)
    return TaskCall("shop", plan.by_slug["pay"], 1, Places(), BlockingHandlers("shop").warn)


async def outcome_of(handler: Callable[..., Any], **options: Any) -> TaskOutcome:
    call = await call_of(handler, **options)
    return await call.outcome({"run": 1}, context_with, lambda output: output)


def context_with(deadline: float) -> StepContext:
    return StepContext("shop", "pay", "run", 0, 1, 1, deadline, 1)


def in_thread(inputs: Any) -> int:
    return 2 * int(inputs["run"])


async def in_trio(inputs: Any, context: StepContext) -> float:
    await trio.sleep(1)
    return context.deadline


async def for_ever(inputs: Any) -> None:
    await trio.sleep_forever()


async def failing(inputs: Any) -> None:
    raise ValueError("no such city")


async def failing_late(inputs: Any) -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("cleanup failed")


async def test_the_output_of_a_handler_in_place_in_a_thread_or_on_trio(autojump_clock: object) -> None:
    assert await outcome_of(lambda inputs: inputs["run"]) == TaskOutcome(1)
    assert await outcome_of(in_thread) == TaskOutcome(2)
    assert await outcome_of(in_trio, timeout=60) == TaskOutcome(trio.current_time() - 1 + 60)


async def test_an_exception_has_only_the_frames_of_the_handler() -> None:
    error = (await outcome_of(failing)).error
    assert isinstance(error, ValueError)
    assert error.__traceback__ is not None
    assert error.__traceback__.tb_frame.f_code.co_name == "failing"


async def test_a_timeout_fails_the_attempt(autojump_clock: object) -> None:
    outcome = await outcome_of(for_ever, timeout=5)
    assert isinstance(outcome.error, StepTimeoutError)
    assert trio.current_time() == 5
    outcome = await outcome_of(failing_late, timeout=5)
    assert repr(outcome.error) == "ValueError('cleanup failed')"
    assert outcome.error is not None
    assert outcome.error.__notes__ == ["It was raised while the attempt was being cancelled after its timeout of 5 s."]


async def test_a_thread_is_abandoned_after_its_timeout() -> None:
    outcome = await outcome_of(lambda inputs: time.sleep(0.2), timeout=0.01, runs_in="thread")
    assert isinstance(outcome.error, StepTimeoutError)


async def test_an_attempt_that_is_dropped_has_no_outcome(autojump_clock: object) -> None:
    before = await call_of(for_ever)
    before.drop()
    assert (await before.outcome({}, context_with, lambda output: output)).is_dropped
    later = await call_of(failing_late)
    async with trio.open_nursery() as nursery:

        async def drop() -> None:
            await trio.sleep(1)
            later.drop()

        nursery.start_soon(drop)
        outcome = await later.outcome({}, context_with, lambda output: output)
    assert outcome.is_dropped
    assert repr(outcome.error) == "ValueError('cleanup failed')"


async def test_an_output_that_cannot_be_finished_fails_the_attempt() -> None:
    def refuse(output: Any) -> None:
        raise ValueError("too large")

    call = await call_of(lambda inputs: 1)
    assert repr((await call.outcome({}, context_with, refuse)).error) == "ValueError('too large')"


async def test_a_cancellation_from_outside_is_no_outcome(autojump_clock: object) -> None:
    with trio.move_on_after(1) as scope:
        await outcome_of(for_ever, timeout=60)
        pytest.fail("it must be cancelled")
    assert scope.cancelled_caught


async def test_a_handler_that_blocks_the_loop_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_handler_call, "LONGEST_BLOCK", 0.0)

    async def asynchronous(_: Any) -> str:
        await trio.lowlevel.checkpoint()
        return "paid"

    for handler in (lambda _: "paid", asynchronous):
        caplog.clear()
        assert (await outcome_of(handler)).output == "paid"
        assert len(caplog.messages) == 1
        assert caplog.messages[0].startswith('Flow "shop": the handler of step "pay" blocked the run for 0.0 s.')

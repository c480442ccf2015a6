"""What is left of a run that is cancelled from outside."""

from typing import Any

import pytest
import trio
import trio.lowlevel
import trio.testing

from tests.unit.engines.local.flows import Heard, define, failing, hear
from typedflow import (
    StepContext,
    StepFailedError,
)
from typedflow.engines._local.runs import execute


class TestCancellation:
    async def test_cancelling_from_outside_cancels_every_handler(self, autojump_clock: trio.testing.MockClock) -> None:
        cleaned: list[str] = []
        raised: list[BaseException] = []
        heard: Heard = []

        async def work(inputs: Any, context: StepContext) -> None:
            try:
                await trio.sleep_forever()
            finally:
                cleaned.append(context.step)

        async def nest(inputs: Any) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                nursery.start_soon(trio.sleep_forever)

        with trio.move_on_after(1) as scope:
            try:
                await execute(define(("a", work), ("b", work), ("c", nest)), None, listeners=[hear(heard)])
            except BaseException as error:
                raised.append(error)
                raise
        assert scope.cancelled_caught
        assert sorted(cleaned) == ["a", "b"]
        assert sorted(heard[:4]) == [
            ("run", "started", None), ("step", "started", "a"), ("step", "started", "b"), ("step", "started", "c")
        ]  # fmt: skip
        assert sorted(heard[4:7]) == [("step", "cancelled", slug) for slug in "abc"]
        assert heard[7:] == [("run", "cancelled", None)]
        (group,) = raised
        assert isinstance(group, BaseExceptionGroup)
        assert group.split(trio.Cancelled)[1] is None

    async def test_steps_that_never_suspend_are_cancelled_in_between(self) -> None:
        scope = trio.CancelScope()
        started: list[str] = []

        with scope:
            flow = define(("a", lambda _: scope.cancel()), ("b", lambda _: started.append("b"), ["a"]))
            await execute(flow, None)
        assert scope.cancelled_caught
        assert started == []

    async def test_a_thread_is_waited_for_and_may_ask_whether_to_leave(self) -> None:
        left = []

        def work(inputs: Any) -> None:
            try:
                while True:
                    trio.from_thread.check_cancelled()
            finally:
                left.append(True)

        heard: Heard = []
        with trio.move_on_after(0.05) as scope:
            await execute(define(("a", work)), None, listeners=[hear(heard)])
        assert scope.cancelled_caught
        assert left == [True]
        assert heard[-2:] == [("step", "cancelled", "a"), ("run", "cancelled", None)]

    async def test_nothing_survives_a_run(self, autojump_clock: trio.testing.MockClock) -> None:
        tasks = trio.lowlevel.current_statistics().tasks_living
        limiter = trio.to_thread.current_default_thread_limiter()

        def plain(inputs: Any) -> None:
            pass

        async def waits(inputs: Any) -> None:
            await trio.sleep(1)

        good = define(("a", plain), ("b", waits))
        bad = define(("a", plain), ("b", waits), ("c", failing(ValueError("no"))))
        await execute(good, None)
        with pytest.raises(StepFailedError):
            await execute(bad, None)
        with trio.move_on_after(0.5):
            await execute(good, None)
        assert trio.lowlevel.current_statistics().tasks_living == tasks
        assert limiter.borrowed_tokens == 0

"""The context of a run that is under way: how the run is cancelled there, and how both end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Event, Flow, RunCancelledError, StepContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow import Run

from tests.unit.engines.local.started_runs import (
    Clock,
    endless,
    fails_untidily,
    forever,
    listen,
    one_step,
    raises_in_context,
    second,
    two_steps,
    word,
)


class TestCancel:
    async def test_every_handler_is_cancelled_and_nothing_more_starts(self, autojump_clock: Clock) -> None:
        began = trio.current_time()
        async with endless.step("b", second, depends_on=["a"]).start(1) as run:
            await trio.sleep(1)
            run.cancel()
            assert run.status == "started"  # until all have cleaned up
        assert (run.status, run.steps) == ("cancelled", {"a": "cancelled", "b": "created"})
        assert trio.current_time() - began == 1

    async def test_there_are_no_outputs(self, autojump_clock: Clock) -> None:
        async with endless.start(1) as run:
            run.cancel()
            with pytest.raises(RunCancelledError) as caught:
                await run.outputs()
        assert str(caught.value) == f'flow "f": run {run.run_id} was cancelled, so it has no outputs.'

    async def test_the_context_continues_and_ends_without_an_error(self, autojump_clock: Clock) -> None:
        async with endless.start(1) as run:
            run.cancel()
            await trio.sleep(1)
            assert run.status == "cancelled"

    async def test_before_the_run_has_begun_nothing_starts(self, autojump_clock: Clock) -> None:
        started: list[int] = []
        async with Flow("f", int).step("a", lambda _: started.append(1)).start(1) as run:
            run.cancel()
        assert (run.status, started) == ("cancelled", [])

    async def test_another_task_may_cancel(self, autojump_clock: Clock) -> None:
        async def cancel(run: Run[Any]) -> None:
            await trio.sleep(1)
            run.cancel()
            run.cancel()

        async with trio.open_nursery() as nursery, endless.start(1) as run:
            nursery.start_soon(cancel, run)
        assert run.status == "cancelled"

    async def test_a_handler_in_a_thread_may_cancel(self) -> None:
        def cancel(_: object, context: StepContext[int]) -> None:
            runs[context.run_id].cancel()
            while True:
                time.sleep(0.001)
                trio.from_thread.check_cancelled()

        runs: dict[str, Run[Any]] = {}
        async with Flow("f", int).step("a", cancel).start(1) as run:
            runs[run.run_id] = run
        assert run.status == "cancelled"

    async def test_a_listener_in_a_thread_may_cancel(self) -> None:
        def cancel(event: Event) -> None:
            if event.subject == "task":
                runs[event.run_id].cancel()

        runs: dict[str, Run[Any]] = {}
        async with endless.start(1, listeners=[cancel]) as run:
            runs[run.run_id] = run
        assert run.status == "cancelled"

    async def test_a_run_that_has_ended_is_left_alone(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            outputs = await run.outputs()
            run.cancel()
            assert await run.outputs() == outputs == {"a": 1}
        run.cancel()
        assert run.status == "completed"


class TestContext:
    """What happens to the run when the context is left."""

    async def test_its_end_waits_for_the_end_of_the_run(self, autojump_clock: Clock) -> None:
        began = trio.current_time()
        async with one_step.start(1) as run:
            pass
        assert trio.current_time() - began == 1
        assert run.status == "completed"

    async def test_an_exception_cancels_the_run_and_comes_out_as_it_is(self, autojump_clock: Clock) -> None:
        error = KeyError("mine")
        runs: list[Run[Any]] = []
        with pytest.raises(KeyError) as caught:
            await raises_in_context(endless, error, runs)
        assert caught.value is error
        assert [run.status for run in runs] == ["cancelled"]
        assert not hasattr(error, "__notes__")

    async def test_an_exception_gets_a_note_if_the_run_had_failed_too(self, autojump_clock: Clock) -> None:
        runs: list[Run[Any]] = []
        with pytest.raises(KeyError) as caught:
            await raises_in_context(fails_untidily, KeyError("mine"), runs)
        assert caught.value.__notes__ == [
            (
                'The run failed before or while it was cancelled: flow "f": step "a" failed at attempt 1: '
                "OSError: disk full"
            )
        ]
        assert [run.status for run in runs] == ["failed"]

    async def test_cancelling_the_scope_around_it_cancels_the_run(self, autojump_clock: Clock) -> None:
        with trio.move_on_after(1) as scope:
            async with endless.start(1) as run:
                await run.outputs()
        assert scope.cancelled_caught
        assert (run.status, run.steps) == ("cancelled", {"a": "cancelled"})

    async def test_cancelling_the_scope_around_it_while_its_end_waits_cancels_the_run(
        self, autojump_clock: Clock
    ) -> None:
        with trio.move_on_after(1) as scope:
            async with endless.start(1) as run:
                pass
        assert scope.cancelled_caught
        assert run.status == "cancelled"

    async def test_leaving_by_return_waits_for_the_run(self, autojump_clock: Clock) -> None:
        async def first_event() -> tuple[Run[Any], str]:
            async with one_step.start(1) as run:
                async for event in run.events:
                    return run, word(event)
            raise AssertionError

        run, first = await first_event()
        assert (first, run.status) == ("run started", "completed")

    @pytest.mark.parametrize("meanwhile", ["sleeping", "waiting for outputs", "looping", "at the end"])
    async def test_ctrl_c_in_a_handler_comes_out_bare_in_every_context(
        self, press_ctrl_c: Callable[[], None], meanwhile: str, autojump_clock: Clock
    ) -> None:
        async def leave(_: object) -> None:
            await trio.sleep(1)
            press_ctrl_c()

        runs: list[Run[Any]] = []

        async def go_on() -> None:
            async with Flow("f", int).step("a", leave).step("b", forever).start(1) as run:
                runs.append(run)
                match meanwhile:
                    case "sleeping":
                        await trio.sleep_forever()
                    case "waiting for outputs":
                        await run.outputs()
                    case "looping":
                        await listen(run, [])
                        await trio.sleep_forever()

        with pytest.raises(KeyboardInterrupt):
            await go_on()
        assert [run.status for run in runs] == ["failed"]

    async def test_many_concurrent_runs(self, autojump_clock: Clock) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(self.whole, two_steps)

    async def whole(self, flow: Flow[int, Any]) -> None:
        async with flow.start(1) as run:
            assert await run.outputs() == {"a": 1, "b": 1}

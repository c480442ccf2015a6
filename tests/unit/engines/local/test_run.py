"""A run that is under way: its events, the states of its steps, its outputs, and its end."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Event, Flow, InvalidInputError, StepFailedError

if TYPE_CHECKING:
    from typedflow import Run

from tests.unit.engines.local.started_runs import (
    WORDS,
    Clock,
    endless,
    fails,
    fails_untidily,
    listen,
    one_step,
    second,
    two_steps,
    word,
)
from typedflow.listeners import inline


class TestStates:
    async def test_the_states_of_run_and_steps_are_those_of_the_moment(self, autojump_clock: Clock) -> None:
        async with two_steps.start(1) as run:
            assert (run.flow, run.status, run.steps) == ("f", "started", {"a": "created", "b": "created"})
            await trio.sleep(0.5)
            assert (run.status, run.steps) == ("started", {"a": "started", "b": "created"})
            await trio.sleep(1)
            assert (run.status, run.steps) == ("started", {"a": "completed", "b": "started"})
            await trio.sleep(1)
            assert (run.status, run.steps) == ("completed", {"a": "completed", "b": "completed"})
        assert (run.status, run.steps) == ("completed", {"a": "completed", "b": "completed"})

    async def test_the_run_is_the_one_that_its_events_are_of(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            assert {event.run_id async for event in run.events} == {run.run_id}

    async def test_a_skipped_step_is_skipped(self, autojump_clock: Clock) -> None:
        async with Flow("f", int).step("a", second, if_=2).start(1) as run:
            assert await run.outputs() == {"a": None}
        assert run.steps == {"a": "skipped"}

    async def test_an_input_that_is_none_is_refused_before_the_context_begins(self, autojump_clock: Clock) -> None:
        wrong: Any = "one"
        with pytest.raises(InvalidInputError):
            async with one_step.start(wrong):
                pytest.fail("it began")

    async def test_listeners_receive_it_too(self, autojump_clock: Clock) -> None:
        events: list[Event] = []
        async with one_step.start(1, listeners=[inline(events.append)]) as run:
            assert [event async for event in run.events] == events


class TestEvents:
    async def test_a_loop_has_every_event_and_ends_with_the_run(self, autojump_clock: Clock) -> None:
        began = trio.current_time()
        async with one_step.start(1) as run:
            assert [word(event) async for event in run.events] == WORDS
            assert trio.current_time() - began == 1

    async def test_an_event_comes_when_it_happens(self, autojump_clock: Clock) -> None:
        began = trio.current_time()
        async with two_steps.start(1) as run:
            async for event in run.events:
                assert event.monotonic == trio.current_time()
        assert trio.current_time() - began == 2

    async def test_a_run_starts_when_the_context_lets_it(self, autojump_clock: Clock) -> None:
        async with Flow("f", int).step("a", second, start_delay=5).start(1) as run:
            autojump_clock.jump(100)  # the context computes for long
            began = trio.current_time()
            events = [event async for event in run.events]
        assert events[0].monotonic == began
        assert [event.monotonic - began for event in events if word(event) == "a started"] == [5, 5]

    async def test_each_loop_begins_with_the_first_event_however_late_it_begins(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            assert [word(event) async for event in run.events] == WORDS
            assert [word(event) async for event in run.events] == WORDS
        assert [word(event) async for event in run.events] == WORDS

    async def test_two_concurrent_tasks_receive_every_event_each(self, autojump_clock: Clock) -> None:
        heard: list[list[str]] = [[], []]
        async with one_step.start(1) as run, trio.open_nursery() as nursery:
            nursery.start_soon(listen, run, heard[0])
            await trio.sleep(0.5)
            nursery.start_soon(listen, run, heard[1])
        assert heard == [WORDS, WORDS]

    async def test_a_loop_may_be_left(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            async for event in run.events:
                if event.subject == "task":
                    break
            assert run.steps == {"a": "started"}
            assert await run.outputs() == {"a": 1}

    async def test_a_slow_loop_holds_nothing_up(self, autojump_clock: Clock) -> None:
        async with two_steps.start(1) as run:
            async for event in run.events:
                await trio.sleep(10)
                assert run.status == "completed"
                assert event.monotonic <= trio.current_time() - 8

    async def test_a_loop_may_be_cancelled(self, autojump_clock: Clock) -> None:
        heard: list[str] = []
        async with one_step.start(1) as run:
            with trio.move_on_after(0.5) as scope:
                await listen(run, heard)
            assert scope.cancelled_caught
            assert heard == WORDS[:3]
            await listen(run, heard)
        assert heard == WORDS[:3] + WORDS

    async def test_a_loop_over_a_failed_or_cancelled_run_ends_with_it(self, autojump_clock: Clock) -> None:
        async with fails.start(1) as run:
            assert [word(event) async for event in run.events][-3:] == ["a failed", "a failed", "run failed"]
            with pytest.raises(StepFailedError):
                await run.outputs()
        async with endless.start(1) as run:
            run.cancel()
            assert [word(event) async for event in run.events] == ["run started", "run cancelled"]

    async def test_only_a_run_that_was_started_so_keeps_its_events(self, autojump_clock: Clock) -> None:
        def kept() -> int:
            return sum(type(each) is Event for each in gc.get_objects())

        flow = Flow("f", list[int]).map("each", lambda item: item, over="run")
        flow = flow.step("kept", lambda _: kept(), depends_on=["each"])
        items = list(range(1000))
        gc.collect()
        before = kept()
        assert (await flow.run(items, listeners=[inline(lambda _: None)]))["kept"] <= before + 1
        async with flow.start(items) as run:
            assert (await run.outputs())["kept"] > before + 2000

    async def test_they_are_released_with_the_run(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            pass
        events = weakref.ref(run.events)
        del run
        gc.collect()
        assert events() is None


class TestOutputs:
    async def test_they_can_be_asked_for_at_any_time_and_as_often_as_you_like(self, autojump_clock: Clock) -> None:
        async with two_steps.start(1) as run:
            await trio.sleep(0.5)
            assert await run.outputs() == await run.outputs() == {"a": 1, "b": 1}
        assert await run.outputs() == {"a": 1, "b": 1}

    async def test_two_tasks_may_wait_for_them_concurrently(self, autojump_clock: Clock) -> None:
        found: list[Any] = []

        async def ask(run: Run[Any]) -> None:
            found.append(await run.outputs())

        async with one_step.start(1) as run, trio.open_nursery() as nursery:
            nursery.start_soon(ask, run)
            nursery.start_soon(ask, run)
        assert found == [{"a": 1}, {"a": 1}]

    async def test_a_task_that_no_longer_waits_does_not_disturb_the_run(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            with trio.move_on_after(0.5):
                await run.outputs()
            assert run.status == "started"
            assert await run.outputs() == {"a": 1}


class TestFailure:
    async def test_it_is_raised_wherever_the_outputs_are_asked_for(self, autojump_clock: Clock) -> None:
        async with fails.start(1) as run:
            for _ in range(2):
                with pytest.raises(
                    StepFailedError, match=r"^flow \"f\": step \"a\" failed at attempt 1: ValueError: no$"
                ):
                    await run.outputs()
            assert (run.status, run.steps) == ("failed", {"a": "failed"})

    async def test_two_tasks_that_wait_both_get_the_failure(self, autojump_clock: Clock) -> None:
        caught: list[BaseException] = []

        async def ask(run: Run[Any]) -> None:
            try:
                await run.outputs()
            except StepFailedError as error:
                caught.append(error)

        async with fails.start(1) as run, trio.open_nursery() as nursery:
            nursery.start_soon(ask, run)
            nursery.start_soon(ask, run)
        assert len(caught) == 2

    async def test_if_the_outputs_were_not_asked_for_it_is_raised_at_the_end_of_the_context(
        self, autojump_clock: Clock
    ) -> None:
        with pytest.raises(StepFailedError) as caught:
            async with fails.start(1):
                pass
        assert repr(caught.value.__cause__) == "ValueError('no')"

    async def test_a_task_that_stopped_waiting_for_the_outputs_does_not_count_as_informed(
        self, autojump_clock: Clock
    ) -> None:
        async def impatient() -> None:
            async with fails.start(1) as run:
                with trio.move_on_after(0.5):
                    await run.outputs()

        with pytest.raises(StepFailedError):
            await impatient()

    async def test_it_leaves_the_context_alone(self, autojump_clock: Clock) -> None:
        seen: list[str] = []

        async def go_on() -> None:
            async with fails.start(1) as run:
                await trio.sleep(5)
                seen.append(run.status)

        with pytest.raises(StepFailedError):
            await go_on()
        assert seen == ["failed"]

    async def test_it_outweighs_a_cancellation_from_outside(self, autojump_clock: Clock) -> None:
        with pytest.raises(StepFailedError, match="disk full"), trio.move_on_after(1):
            async with fails_untidily.start(1):
                await trio.sleep_forever()


async def test_a_run_leaves_nothing_behind(autojump_clock: Clock) -> None:
    before = trio.lowlevel.current_statistics().tasks_living
    for flow in (one_step, fails, endless):
        try:
            async with flow.start(1) as run:
                await trio.sleep(2)
                run.cancel()
        except StepFailedError:
            pass
    assert trio.lowlevel.current_statistics().tasks_living == before

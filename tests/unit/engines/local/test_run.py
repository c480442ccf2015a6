"""A run that is under way: its events, the states of its steps, its outputs, and its end."""

from __future__ import annotations

import gc
import math
import pickle
import uuid
import weakref
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import (
    Event,
    Flow,
    InvalidInputError,
    InvalidOptionError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    UnknownStepError,
)

if TYPE_CHECKING:
    from typedflow import Run

from tests.unit.engines.local.started_runs import (
    WORDS,
    Clock,
    broken,
    endless,
    fails,
    fails_untidily,
    forever,
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


class TestOutputsBeforeTheEnd:
    async def test_the_output_of_a_step_is_there_as_soon_as_it_has_completed(self, autojump_clock: Clock) -> None:
        async with two_steps.start(1) as run:
            assert await run.output("a") == 1
            assert (run.status, trio.current_time()) == ("started", 1)
            assert dict(run.completed_outputs) == {"a": 1}
            assert (run.completed_outputs["b"], "b" in run.completed_outputs) == (None, False)
            assert await run.output("b") == 1
            assert await run.output("a") == 1
        assert run.completed_outputs == await run.outputs()

    async def test_a_skipped_step_has_none(self, autojump_clock: Clock) -> None:
        flow = Flow("f", int).step("a", second, if_=2).step("b", forever)
        async with flow.start(1) as run:
            assert await run.output("a") is None
            assert "a" not in run.completed_outputs
            run.cancel()

    async def test_a_step_that_failed_raises_the_failure_of_the_run(self, autojump_clock: Clock) -> None:
        flow = Flow("f", int).step("a", second).step("b", broken, depends_on=["a"]).step("c", forever)
        async with flow.start(1) as run:
            with pytest.raises(StepFailedError, match="ValueError: no"):
                await run.output("b")
            with pytest.raises(StepFailedError, match="ValueError: no") as caught:
                await run.output("c")
            assert await run.output("a") == 1
        assert caught.value.outputs == run.completed_outputs == {"a": 1}
        completed = flow.completed_outputs(caught.value)
        assert (completed["a"], completed["b"], completed.get("c")) == (1, None, None)

    async def test_a_run_that_was_cancelled_knows_what_had_completed(self, autojump_clock: Clock) -> None:
        flow = Flow("f", int).step("a", second).step("b", forever)
        async with flow.start(1) as run:
            await run.output("a")
            run.cancel()
            with pytest.raises(RunCancelledError) as caught:
                await run.output("b")
        assert caught.value.outputs == {"a": 1}

    async def test_a_run_whose_time_is_up_raises_so(self, autojump_clock: Clock) -> None:
        async with endless.start(1, timeout=5) as run:
            with pytest.raises(RunTimeoutError, match="was cancelled after its timeout of 5 s"):
                await run.output(next(iter(run.steps)))
        with pytest.raises(RunTimeoutError):
            async with endless.start(1, timeout=5):
                pass

    async def test_a_step_that_the_flow_does_not_have_is_refused(self, autojump_clock: Clock) -> None:
        async with one_step.start(1) as run:
            with pytest.raises(UnknownStepError) as unknown:
                await run.output("b")  # type: ignore[typedflow-unknown-step]
            assert str(unknown.value) == 'flow "f", step "b": the flow has no such step. Its steps are "a".'
            for read in (run.completed_outputs, run.steps):
                with pytest.raises(KeyError, match='flow "f" has no step "aa"'):
                    read["aa"]  # type: ignore[typedflow-unknown-step]
                copied = pickle.loads(pickle.dumps(read))  # noqa: S301  its own data
                assert copied == read

    async def test_an_error_of_another_flow_has_no_outputs_of_this_one(self, autojump_clock: Clock) -> None:
        with pytest.raises(ValueError, match='flow "f": the error is that of a run of flow "g"'):
            one_step.completed_outputs(StepFailedError("g", "a", 1, "no"))


class TestRunId:
    async def test_the_caller_may_choose_it(self, autojump_clock: Clock) -> None:
        async with one_step.start(1, run_id="order 7/ü") as run:
            assert run.run_id == "order 7/ü"
            assert {event.run_id async for event in run.events} == {"order 7/ü"}
        async with one_step.start(1, run_id=None) as run:
            assert str(uuid.UUID(run.run_id)) == run.run_id

    @pytest.mark.parametrize("run_id", ["", "x" * 201, "a\nb", "\ud800", "a\u202eb", 7, uuid.UUID(int=7)])
    async def test_it_is_a_string_that_can_be_printed(self, autojump_clock: Clock, run_id: Any) -> None:
        with pytest.raises(InvalidOptionError) as caught:
            await one_step.run(1, run_id=run_id)
        requirement = "a string of 1 to 200 printable characters, or None"
        assert str(caught.value) == f'flow "f": run_id must be {requirement}, not {run_id!r:.200}.'

    @pytest.mark.parametrize("seconds", [0, -1, "5", True, math.nan, timedelta(0)])
    async def test_a_timeout_is_a_duration(self, autojump_clock: Clock, seconds: Any) -> None:
        with pytest.raises(InvalidOptionError, match="timeout must be a duration above 0"):
            await one_step.run(1, timeout=seconds)
        assert await one_step.run(1, timeout=math.inf) == {"a": 1}


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

"""What the executor in this process does besides what is in conformance: tracebacks, trio, memory."""

import contextvars
import math
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from tests.unit.engines.local.flows import ONE_ATTEMPT, Heard, define, failing, hear, sleeper
from typedflow import (
    Flow,
    FlowDefinition,
    InvalidOptionError,
    StepFailedError,
)
from typedflow._exception_group import ungrouped
from typedflow.engines._local.runs import execute
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents


class TestStart:
    async def test_outputs_are_handed_over_as_they_are(self) -> None:
        output = object()
        flow = define(("a", lambda _: output), ("b", lambda i: i["a"], ["a"]))
        outputs = await execute(flow, None)
        assert outputs["a"] is outputs["b"] is output

    async def test_one_flow_can_run_many_times_concurrently(self, autojump_clock: trio.testing.MockClock) -> None:
        flow = define(("a", sleeper(1)), ("b", lambda i: i["run"], ["a"]))
        found = []

        async def run(number: int) -> None:
            found.append((number, (await execute(flow, number))["b"]))

        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(run, number)
        assert sorted(found) == [(number, number) for number in range(10)]

    async def test_a_handler_may_run_a_flow(self) -> None:
        inner = define(("a", lambda i: i["run"] + 1))

        async def run_inner(inputs: Any) -> Any:
            return await execute(inner, inputs["run"])

        assert await execute(define(("outer", run_inner)), 1) == {"outer": {"a": 2}}


class TestFailure:
    @pytest.mark.parametrize("kind", ["async", "thread", "lambda", "awaited"])
    async def test_the_cause_is_the_handlers_own_exception_with_its_own_traceback(self, kind: str) -> None:
        error = ValueError("too  big\nby far")

        def deeper() -> None:
            raise error

        async def handler_async(inputs: Any) -> None:
            deeper()

        def handler_thread(inputs: Any) -> None:
            deeper()

        handlers: dict[str, Any] = {
            "async": handler_async,
            "thread": handler_thread,
            "lambda": lambda _: deeper(),
            "awaited": lambda i: handler_async(i),  # noqa: PLW0108  a lambda is what is tested
        }
        flow = define(("a", lambda _: 1), ("b", handlers[kind], ["a"]))
        with pytest.raises(StepFailedError) as caught:
            await execute(flow, None)
        failure = caught.value
        assert str(failure) == 'flow "f": step "b" failed at attempt 1: ValueError: too big by far'
        assert (failure.flow, failure.step, failure.attempt) == ("f", "b", 1)
        assert failure.reason == "ValueError: too big by far"
        assert failure.__cause__ is error
        first = {"lambda": "<lambda>", "thread": "handler_thread"}.get(kind, "handler_async")
        assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == [first, "deeper"]

    async def test_an_error_without_frames_of_its_own_has_none_of_ours(self) -> None:
        with pytest.raises(StepFailedError) as caught:
            await execute(define(("a", len)), 1), await execute(define(("a", int)), 1)
        cause = caught.value.__cause__
        assert isinstance(cause, TypeError)
        assert cause.__traceback__ is None

    async def test_if_several_fail_together_the_first_is_the_cause_and_the_others_are_notes(self) -> None:
        errors = {slug: ValueError(slug) for slug in "abc"}
        heard: Heard = []
        with pytest.raises(StepFailedError) as caught:
            await execute(
                define(*((slug, self.together(e)) for slug, e in errors.items())), None, listeners=[hear(heard)]
            )
        failed = [step for subject, status, step in heard if (subject, status) == ("step", "failed")]
        assert len(failed) == 3
        assert caught.value.step == failed[0]
        assert caught.value.__cause__ is errors[str(failed[0])]
        assert caught.value.__notes__ == [
            f'While it was being cancelled, step "{slug}" raised ValueError: {slug}' for slug in failed[1:]
        ]

    @staticmethod
    def together(error: Exception) -> Callable[[Any], Any]:
        async def fail(inputs: Any) -> None:
            try:
                await trio.testing.wait_all_tasks_blocked()
            finally:
                raise error

        return fail

    async def test_a_handlers_own_exception_group_is_the_cause_as_it_is(self) -> None:
        group = ExceptionGroup("two", [ValueError("a"), KeyError("b")])
        with pytest.raises(StepFailedError) as caught:
            await execute(define(("a", failing(group))), None)
        assert caught.value.__cause__ is group

    async def test_a_handler_whose_own_nursery_fails_while_it_is_cancelled(self) -> None:
        async def untidy() -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise OSError("disk full")

        async def nest(inputs: Any) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                nursery.start_soon(untidy)

        async def fail(inputs: Any) -> None:
            await trio.testing.wait_all_tasks_blocked()
            raise ValueError("no")

        with pytest.raises(StepFailedError) as caught:
            await execute(define(("a", nest), ("b", fail)), None)
        assert caught.value.step == "b"
        (note,) = caught.value.__notes__
        assert note == 'While it was being cancelled, step "a" raised OSError: disk full'

    @pytest.mark.parametrize("kind", ["async", "nursery", "lambda"])
    async def test_ctrl_c_in_a_handler_comes_out_bare(self, press_ctrl_c: Callable[[], None], kind: str) -> None:
        async def press(inputs: Any) -> None:
            press_ctrl_c()

        async def press_in_nursery(inputs: Any) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(press, inputs)

        handlers = {"async": press, "nursery": press_in_nursery, "lambda": lambda _: press_ctrl_c()}
        with pytest.raises(BaseException) as caught:  # noqa: PT011  checked below, in groups as well
            await execute(define(("a", handlers[kind]), ("b", sleeper(math.inf))), None)
        assert type(ungrouped(caught.value)) is KeyboardInterrupt

    @pytest.mark.parametrize("handler", [lambda: None, signal.SIG_IGN])
    async def test_ctrl_c_is_known_by_the_signal_handler_of_the_program(self, handler: Any) -> None:
        def interrupt(number: int, frame: object) -> None:
            raise KeyboardInterrupt

        async def press(inputs: Any) -> None:
            raise KeyboardInterrupt

        before = signal.signal(signal.SIGINT, interrupt if callable(handler) else handler)
        try:
            with pytest.raises(KeyboardInterrupt if callable(handler) else StepFailedError):
                await execute(define(("a", press)), None)
        finally:
            signal.signal(signal.SIGINT, before)

    async def test_ctrl_c_outweighs_a_failed_step(self, press_ctrl_c: Callable[[], None]) -> None:
        async def leave(inputs: Any) -> None:
            try:
                await trio.sleep_forever()
            finally:
                press_ctrl_c()

        async def fail(inputs: Any) -> None:
            await trio.testing.wait_all_tasks_blocked()
            raise ValueError("no")

        with pytest.raises(KeyboardInterrupt) as caught:
            await execute(define(("a", leave), ("b", fail)), None)
        assert isinstance(caught.value.__context__, StepFailedError)

    @pytest.mark.parametrize("mode", ["skip", "fail"])
    async def test_ctrl_c_is_emitted_for_an_item_that_is_not_needed_any_more(
        self, mode: str, press_ctrl_c: Callable[[], None]
    ) -> None:
        flow = self.two_items(partial(int, "one"), press_ctrl_c, when_exhausted=mode)
        events = RecordedEvents()
        with pytest.raises(KeyboardInterrupt):
            await execute(flow, [0, 1], listeners=[inline(events.append)])
        became = {"skip": "a skipped", "fail": "a failed"}[mode]
        assert [word for word in events.words if word.startswith("a ")] == ["a started", became]
        assert events.words[-2:] == ["a[1] cancelled 1", "run failed"]

    async def test_a_step_that_was_interrupted_does_not_fail_as_well(self, press_ctrl_c: Callable[[], None]) -> None:
        flow = self.two_items(press_ctrl_c, partial(int, "one"))
        events = RecordedEvents()
        with pytest.raises(KeyboardInterrupt):
            await execute(flow, [0, 1], listeners=[inline(events.append)])
        assert events.words[-4:] == ["a[0] cancelled 1", "a cancelled", "a[1] failed 1", "run failed"]

    @staticmethod
    def two_items(first: Callable[[], object], second: Callable[[], object], **options: Any) -> FlowDefinition:
        """A map of two items: the first one raises, and so does the second when it is cancelled for that."""

        async def work(item: int) -> None:
            try:
                await trio.testing.wait_all_tasks_blocked()
                if item == 0:
                    first()
                await trio.sleep_forever()
            finally:
                if item == 1:
                    second()

        return FlowDefinition("f", Any, ONE_ATTEMPT).with_map("a", work, "run", **options)

    def test_ctrl_c_comes_out_bare_and_cancels_the_run(self) -> None:
        heard = told(CTRL_C + '.with_step("b", wait).with_step("c", wait).with_step("a", press)')
        assert heard[-1] == "run failed None"
        assert {"step cancelled b", "step cancelled c"} < set(heard)

    def test_ctrl_c_waits_for_a_thread(self) -> None:
        heard = told(CTRL_C + '.with_step("a", press_and_work)')
        assert heard[-3:] == ["the thread has ended", "step cancelled a", "run failed None"]


def told(flow: str) -> list[str]:
    """The events of a run that is interrupted, in a process of its own.

    What watches the collection of garbage here would swallow a signal that comes then.
    """
    command = [sys.executable, "-c", flow + RUN]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603  spelled below
    return [line for line in done.stdout.splitlines() if not line.startswith("task")]


CTRL_C = """
import math, signal, threading, time, trio
from typing import Any
from typedflow import FlowDefinition
from typedflow.engines._local.runs import execute
from typedflow.listeners import inline

async def wait(_):
    await trio.sleep(math.inf)

def press(_):
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

def press_and_work(_):
    press(_)
    time.sleep(0.2)
    print("the thread has ended")

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell has started in the background
flow = FlowDefinition("f", Any)"""
RUN = """
try:
    listener = inline(lambda event: print(event.subject, event.status, event.step))
    trio.run(lambda: execute(flow, None, listeners=[listener]))
except KeyboardInterrupt:
    pass
"""


VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="unset")


async def test_a_handler_sees_the_callers_context_variables_and_keeps_its_own_to_itself() -> None:
    seen: dict[str, str] = {}

    def note(slug: str) -> None:
        seen[slug] = VARIABLE.get()
        VARIABLE.set(f"set by {slug}")

    async def in_nursery(inputs: Any) -> None:
        note("nursery")

    def in_thread(inputs: Any) -> None:
        note("thread")

    VARIABLE.set("set by caller")
    await execute(
        define(
            ("nursery", in_nursery),
            ("thread", in_thread, ["nursery"]),
            ("in_place", lambda _: note("in_place"), ["thread"]),
            ("last", in_nursery, ["in_place"]),
        ),
        None,
    )
    assert seen == {"nursery": "set by caller", "thread": "set by caller", "in_place": "set by caller"}
    assert VARIABLE.get() == "set by caller"


class TestLimits:
    @pytest.mark.parametrize("value", [0, -1, 1.5, 1.0, True, False, "2", math.nan, math.inf])
    async def test_a_senseless_max_concurrency_is_refused(self, value: Any) -> None:
        started: list[int] = []
        with pytest.raises(InvalidOptionError) as caught:
            await execute(define(("a", lambda _: started.append(1))), None, max_concurrency=value)
        requirement = "a whole number of at least 1, or None"
        assert str(caught.value) == f'flow "f": max_concurrency must be {requirement}, not {value!r}.'
        assert isinstance(caught.value, ValueError)
        assert (caught.value.option, caught.value.value) == ("max_concurrency", value)
        assert started == []

    async def test_an_unknown_option_gets_the_nearest_one_as_a_suggestion(self) -> None:
        with pytest.raises(TypeError) as caught:
            await execute(define(("a", lambda _: None)), None, max_concurency=3)  # type: ignore[call-arg]
        assert str(caught.value) == ('flow "f": there is no option "max_concurency". Did you mean "max_concurrency"?')

    @pytest.mark.parametrize("name", ["in_place", "journal", "definition", "options"])
    async def test_a_parameter_behind_the_face_is_not_an_option(self, name: str) -> None:
        flow = Flow("f", int).step("a", lambda _: None)
        options: Any = {name: []}
        expected = f'flow "f": there is no option "{name}".'
        with pytest.raises(TypeError, match=expected):
            await flow.run(1, **options)
        with pytest.raises(TypeError, match=expected):
            flow.start(1, **options)

    async def test_an_unknown_option_like_no_other_gets_a_list_of_all(self) -> None:
        with pytest.raises(TypeError) as caught:
            await execute(define(("a", lambda _: None)), None, colour="red")  # type: ignore[call-arg]
        assert str(caught.value) == (
            'flow "f": there is no option "colour". The options of a run are max_concurrency, listeners, timeout, '
            "run_id, store, resources."
        )

    @pytest.mark.parametrize(
        ("store", "requirement"),
        [
            ("runs.db", "a store: pass SqliteStore('runs.db')"),
            (Path("runs.db"), "a store: pass SqliteStore('runs.db')"),
            (dict, 'an instance, such as SqliteStore("runs.db")'),
            ({}, 'a store, such as SqliteStore("runs.db"), or None'),
            (False, 'a store, such as SqliteStore("runs.db"), or None'),
        ],
    )
    async def test_a_store_must_be_one(self, store: Any, requirement: str) -> None:
        with pytest.raises(InvalidOptionError) as caught:
            await execute(define(("a", lambda _: None)), None, store=store)
        assert str(caught.value) == f'flow "f": store must be {requirement}, not {store!r}.'
        assert await execute(define(("a", lambda _: None)), None, store=None) == {"a": None}

    async def test_worker_threads_are_as_many_as_trio_allows(self) -> None:
        limiter = trio.to_thread.current_default_thread_limiter()
        before, limiter.total_tokens = limiter.total_tokens, 3
        lock = threading.Lock()
        together = threading.Barrier(3, timeout=10)
        running = 0
        most = 0

        def work(inputs: Any) -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            together.wait()
            with lock:
                running -= 1
            together.wait()

        try:
            await execute(define(*((f"s{i}", work) for i in range(9))), None)
        finally:
            limiter.total_tokens = before
        assert most == 3


class TestSize:
    async def test_a_chain_of_ten_thousand_steps(self) -> None:
        steps: Sequence[tuple[Any, ...]] = [
            (f"s{i}", lambda inputs: sum(inputs.values()), [f"s{i - 1}"] if i else []) for i in range(10_000)
        ]
        outputs = await execute(define(*steps), 1)
        assert outputs["s9999"] == 10_000

    async def test_a_fan_of_ten_thousand_steps(self) -> None:
        wide = [(f"s{i}", lambda inputs: inputs["first"], ["first"]) for i in range(10_000)]
        join = ("join", lambda inputs: sum(v for k, v in inputs.items() if k != "run"), [slug for slug, *_ in wide])
        outputs = await execute(define(("first", lambda _: 1), *wide, join), None)
        assert outputs["join"] == 10_000

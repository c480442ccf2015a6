"""Spans of OpenTelemetry, as its SDK exports them."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import trio
import trio.testing
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from typing_extensions import override

from typedflow import Event, Flow, PermanentError, StepContext, StepFailedError
from typedflow.listeners.tracing import RunTracer
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable


class Recorder:
    """A tracer and what it exported."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = RunTracer(self.provider)
        self.own = self.provider.get_tracer("handlers")

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        (span,) = [span for span in self.spans if span.name == name]
        return span

    @property
    def tree(self) -> dict[str, str | None]:
        """The name of each span, and that of its parent."""
        names = {span.context.span_id: span.name for span in self.spans if span.context}
        return {span.name: names[span.parent.span_id] if span.parent else None for span in self.spans}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def fail(error: Exception) -> None:
    raise error


def ran(flow: Flow[Any, Any], flow_input: Any, *listeners: Callable[[Event], object]) -> Any:
    """Run it without waiting for retries."""
    return trio.run(partial(flow.run, flow_input, listeners=listeners), clock=VirtualClock())


two_steps = Flow("sums", int).step("a", lambda i: i["run"]).step("b", lambda i: i["a"], depends_on=["a"])


def test_attempts_are_spans_below_steps_and_steps_below_the_run(recorder: Recorder) -> None:
    ran(two_steps, 1, recorder.tracer)
    assert recorder.tree == {
        "run sums": None,
        "step a": "run sums",
        "attempt a": "step a",
        "step b": "run sums",
        "attempt b": "step b",
    }
    assert len({span.context.trace_id for span in recorder.spans if span.context}) == 1
    assert {span.status.status_code for span in recorder.spans} == {StatusCode.UNSET}


@pytest.mark.parametrize("in_place", [False, True])
def test_the_run_is_below_the_span_that_is_current_where_it_is_started(recorder: Recorder, *, in_place: bool) -> None:
    listener = recorder.tracer.in_place if in_place else recorder.tracer
    with recorder.own.start_as_current_span("request") as request:
        ran(two_steps, 1, listener)
        assert trace.get_current_span() is request
    assert recorder.tree["run sums"] == "request"


@pytest.mark.parametrize("in_place", [False, True])
async def test_concurrent_runs_of_one_tracer_do_not_mix(recorder: Recorder, *, in_place: bool) -> None:
    listener = recorder.tracer.in_place if in_place else recorder.tracer

    async def wait(_: object) -> None:
        await trio.testing.wait_all_tasks_blocked()

    flow = Flow("f", int).step("a", wait).step("b", wait, depends_on=["a"])

    async def start(number: int) -> None:
        with recorder.own.start_as_current_span(f"request {number}"):
            await flow.run(1, listeners=[listener])

    async with trio.open_nursery() as nursery:
        for number in range(5):
            nursery.start_soon(start, number)
    traces: dict[int, list[str]] = {}
    for span in recorder.spans:
        assert span.context is not None
        traces.setdefault(span.context.trace_id, []).append(span.name)
    assert sorted(map(sorted, traces.values())) == [
        ["attempt a", "attempt b", f"request {number}", "run f", "step a", "step b"] for number in range(5)
    ]


def test_spans_begin_and_end_at_the_times_of_the_events(recorder: Recorder) -> None:
    events = RecordedEvents()
    ran(two_steps, 1, recorder.tracer, events.append)
    for span in recorder.spans:
        subject, _, name = span.name.partition(" ")
        known = {"run": "run", "step": "step", "attempt": "task"}[subject]
        times = [int(event.time * 1e9) for event in events if event.subject == known and (event.step or "sums") == name]
        assert [span.start_time, span.end_time] == times


def test_attributes_say_what_a_span_is_about(recorder: Recorder) -> None:
    events = RecordedEvents()
    ran(Flow("f", list[int]).map("squares", lambda n: n * n, over="run"), [7], recorder.tracer, events.append)
    run_id = events[0].run_id
    known: dict[str, object] = {"typedflow.flow": "f", "typedflow.run_id": run_id, "typedflow.status": "completed"}
    assert recorder.named("run f").attributes == known
    step = {"typedflow.step": "squares"}
    assert recorder.named("step squares").attributes == {**known, **step, "typedflow.items": 1}
    task = {"typedflow.task_index": 0, "typedflow.attempt": 1}
    assert recorder.named("attempt squares").attributes == {**known, **step, **task}


class TestFailure:
    def test_a_failure_is_shown_and_its_exception_recorded(self, recorder: Recorder) -> None:
        with pytest.raises(StepFailedError):
            ran(Flow("f", int).step("a", lambda _: fail(PermanentError("no"))), 1, recorder.tracer)
        reasons = {span.name: (span.status.status_code, span.status.description) for span in recorder.spans}
        assert reasons == {
            "attempt a": (StatusCode.ERROR, "PermanentError: no"),
            "step a": (StatusCode.ERROR, "PermanentError: no"),
            "run f": (
                StatusCode.ERROR,
                'StepFailedError: flow "f": step "a" failed at attempt 1: PermanentError: no',
            ),
        }
        span = recorder.named("attempt a")
        (recorded,) = span.events
        assert recorded.name == "exception"
        assert recorded.attributes is not None
        assert recorded.attributes["exception.message"] == "no"
        assert "in fail\n    raise error\n" in str(recorded.attributes["exception.stacktrace"])
        assert span.attributes is not None
        assert span.attributes["error.type"] == recorded.attributes["exception.type"]
        assert str(span.attributes["error.type"]).endswith(".PermanentError")

    def test_each_attempt_is_a_span_and_says_how_long_the_next_one_is_waited_for(self, recorder: Recorder) -> None:
        def flaky(_: object, context: StepContext) -> int:
            if context.attempt < 3:
                raise ValueError("not yet")
            return context.attempt

        ran(Flow("f", int, max_attempts=3).step("a", flaky), 1, recorder.tracer)
        attempts = [span for span in recorder.spans if span.name == "attempt a"]
        assert [span.attributes and span.attributes["typedflow.attempt"] for span in attempts] == [1, 2, 3]
        assert [span.attributes and span.attributes.get("typedflow.retry_delay") for span in attempts] == [1, 2, None]
        codes = [span.status.status_code for span in attempts]
        assert codes == [StatusCode.ERROR, StatusCode.ERROR, StatusCode.UNSET]
        assert [span.attributes and span.attributes.get("error.type") for span in attempts] == [
            "ValueError", "ValueError", None
        ]  # fmt: skip
        assert recorder.named("step a").status.status_code is StatusCode.UNSET

    def test_an_exception_that_cannot_be_printed_is_reported_nevertheless(self, recorder: Recorder) -> None:
        class UnprintableError(Exception):
            @override
            def __str__(self) -> str:
                raise RuntimeError("not me")

        with pytest.raises(StepFailedError):
            ran(Flow("f", int, max_attempts=1).step("a", lambda _: fail(UnprintableError())), 1, recorder.tracer)
        description = recorder.named("attempt a").status.description
        assert description == "UnprintableError: (its message cannot be shown)"
        assert len(recorder.spans) == 3


class TestSkips:
    def test_a_step_that_did_not_start_is_a_span_without_duration(self, recorder: Recorder) -> None:
        flow = (
            Flow("f", int)
            .step("never", lambda _: 1, if_=2, when_unmet="skip_cascade")
            .step("below", lambda _: 1, depends_on=["never"])
        )
        ran(flow, 1, recorder.tracer)
        assert recorder.tree == {"run f": None, "step never": "run f", "step below": "run f"}
        for name, reason in (("step never", "condition_unmet"), ("step below", "dependency_skipped")):
            span = recorder.named(name)
            assert span.start_time == span.end_time
            assert span.attributes is not None
            assert span.attributes["typedflow.status"] == "skipped"
            assert span.attributes["typedflow.skip_reason"] == reason
            assert span.status.status_code is StatusCode.UNSET

    def test_a_step_that_is_skipped_as_it_failed_has_the_error_at_its_attempt(self, recorder: Recorder) -> None:
        flow = Flow("f", int).step("a", lambda _: fail(PermanentError("no")), when_exhausted="skip")
        assert ran(flow, 1, recorder.tracer) == {"a": None}
        assert recorder.named("attempt a").status.status_code is StatusCode.ERROR
        span = recorder.named("step a")
        assert span.status.status_code is StatusCode.UNSET
        assert span.attributes is not None
        assert span.attributes["typedflow.skip_reason"] == "handler_failed"

    def test_attempts_of_items_end_when_their_step_is_skipped(self, recorder: Recorder) -> None:
        async def work(item: int) -> None:
            if item == 0:
                await trio.sleep(1)
                raise PermanentError("no")
            await trio.sleep_forever()

        flow = Flow("f", list[int]).map("each", work, over="run", when_exhausted="skip")
        ran(flow, [0, 1, 2], recorder.tracer)
        attempts = [
            span.attributes["typedflow.status"]
            for span in recorder.spans
            if span.name == "attempt each" and span.attributes is not None
        ]
        assert sorted(map(str, attempts)) == ["cancelled", "cancelled", "failed"]


def test_what_is_cancelled_ends_and_is_no_error(recorder: Recorder) -> None:
    async def cancelled() -> None:
        async def stay(_: object) -> None:
            await trio.sleep_forever()

        with trio.move_on_after(1):
            await Flow("f", int).step("a", stay).run(1, listeners=[recorder.tracer])

    trio.run(cancelled, clock=VirtualClock())
    assert {span.name: span.attributes and span.attributes["typedflow.status"] for span in recorder.spans} == {
        "run f": "cancelled",
        "step a": "cancelled",
        "attempt a": "cancelled",
    }
    assert {span.status.status_code for span in recorder.spans} == {StatusCode.UNSET}


class TestSpansOfHandlers:
    def flow(self, recorder: Recorder) -> Flow[Any, Any]:
        """Handlers of every kind, each with a span of its own."""

        def note(name: str) -> None:
            with recorder.own.start_as_current_span(f"own {name}"):
                pass

        async def in_nursery(_: object) -> None:
            await trio.testing.wait_all_tasks_blocked()
            note("in_nursery")

        def in_thread(_: object) -> None:
            note("in_thread")

        def in_map(item: str) -> None:
            note(item)

        return (
            Flow("f", list[str])
            .step("in_nursery", in_nursery)
            .step("in_thread", in_thread)
            .step("in_place", lambda _: note("in_place"))
            .map("in_map", in_map, over="run")
        )

    def test_they_are_below_their_attempts_if_the_tracer_is_called_in_place(self, recorder: Recorder) -> None:
        ran(self.flow(recorder), ["item"], recorder.tracer.in_place)
        own = {name: parent for name, parent in recorder.tree.items() if name.startswith("own ")}
        assert own == {
            "own in_nursery": "attempt in_nursery",
            "own in_thread": "attempt in_thread",
            "own in_place": "attempt in_place",
            "own item": "attempt in_map",
        }

    def test_they_are_below_the_callers_span_if_the_tracer_runs_in_a_thread(self, recorder: Recorder) -> None:
        with recorder.own.start_as_current_span("request"):
            ran(self.flow(recorder), ["item"], recorder.tracer)
        assert {parent for name, parent in recorder.tree.items() if name.startswith("own ")} == {"request"}

    def test_a_flow_that_a_handler_runs_is_below_its_attempt(self, recorder: Recorder) -> None:
        inner = Flow("inner", int).step("a", lambda _: None)
        listeners = [recorder.tracer.in_place]

        async def run_inner(_: object) -> None:
            await inner.run(1, listeners=listeners)

        ran(Flow("outer", int).step("call", run_inner), 1, *listeners)
        assert recorder.tree["run inner"] == "attempt call"


def test_of_a_large_map_it_holds_the_spans_of_the_items_at_work_only() -> None:
    class Counting(SpanProcessor):
        now = most = ended = 0

        @override
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            self.now += 1
            self.most = max(self.most, self.now)

        @override
        def on_end(self, span: ReadableSpan) -> None:
            self.now -= 1
            self.ended += 1

    counting = Counting()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(counting)

    async def work(_: int) -> None:
        await trio.lowlevel.checkpoint()

    flow = Flow("f", list[int]).map("each", work, over="run", max_concurrency=10)
    ran(flow, list(range(10_000)), RunTracer(provider).in_place)
    assert (counting.now, counting.ended) == (0, 10_002)
    assert counting.most <= 12  # the run, the step and ten attempts


def test_a_tracer_whose_exporter_fails_receives_no_more_events_and_the_run_continues(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(SpanProcessor):
        @override
        def on_end(self, span: ReadableSpan) -> None:
            raise OSError("disk full")

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(Broken())
    tracer = RunTracer(provider)
    assert ran(two_steps, 1, tracer) == {"a": 1, "b": 1}
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "disk full"
    assert tracer._runs == {}  # noqa: SLF001  nothing else shows that it holds on to nothing


def test_without_its_extra_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['opentelemetry'] = None; import typedflow.listeners.tracing"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    advice = 'install it with pip install "typedflow[otel]".'
    assert done.stderr.endswith(f"ImportError: typedflow.listeners.tracing needs opentelemetry-api: {advice}\n")


@pytest.mark.parametrize("is_in_place", [False, True])
def test_the_spans_of_an_inner_run_are_children_of_the_attempt(
    recorder: Recorder,
    is_in_place: bool,  # noqa: FBT001  a parameter
) -> None:
    inner = Flow("inner", int).step("double", lambda i: i["run"] * 2)

    async def await_it(inputs: Any) -> object:
        return await inner.run(inputs["run"])

    def block(inputs: Any) -> object:
        return inner.run_sync(inputs["run"], listeners=[] if is_in_place else [recorder.tracer])

    listener = recorder.tracer.in_place if is_in_place else recorder.tracer
    for name, handler in {"awaited": await_it, "blocking": block}.items():
        outer = Flow("outer", int).step(name, handler)  # type: ignore[typedflow-not-literal]
        assert outer.run_sync(1, listeners=[listener])[name] == {"double": 2}
        tree = recorder.tree
        assert (tree["run inner"], tree["step double"], tree["run outer"]) == (f"attempt {name}", "run inner", None)
        recorder.exporter.clear()


def test_tasks_have_spans_where_the_run_and_the_step_are_not_known() -> None:
    recorder = Recorder()
    for status in ("started", "completed"):
        recorder.tracer(Event("task", status, "shop", "run 1", "pay", 0, 1, 2.0, 2.0))
    recorder.tracer(Event("step", "skipped", "shop", "run 1", "ship", None, None, 3.0, 3.0))
    assert [(span.name, span.parent) for span in recorder.spans] == [("attempt pay", None), ("step ship", None)]
    assert recorder.tracer._runs == {}  # noqa: SLF001  nothing is kept

"""Handlers in worker threads that await something in trio, such as another run: all of it ends with the run."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import trio
import trio.testing

from tests.conformance.handlers import flow, forever
from tests.conformance.runner import Runner
from typedflow import FlowDefinition
from typedflow.engines._local.runs import execute

SECONDS = 60


class Threads:
    """Counts the threads that are about to wait, so that a step can fail then.

    Time cannot be used for that: it stands still while threads are at work.
    """

    def __init__(self, expected: int) -> None:
        self._expected = threading.Barrier(expected + 1)

    def wait(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call an async function in trio, from a thread."""
        self._expected.wait(SECONDS)
        return trio.from_thread.run(function, *arguments)

    async def fail(self, _: object) -> None:
        """Fail when as many threads as expected are about to wait: a handler."""
        await self.all_there()
        self._expected.wait(SECONDS)
        raise ValueError("no")

    async def all_there(self, _: object = None) -> None:
        """Wait until as many threads as expected are about to wait: a handler, too."""
        while self._expected.n_waiting < self._expected.parties - 1:
            await trio.lowlevel.checkpoint()


def test_what_threads_await_is_cancelled(run: Runner) -> None:
    threads, ended = Threads(3), list[str]()

    def wait(_: object) -> None:
        try:
            threads.wait(trio.sleep_forever)
        except trio.Cancelled:
            ended.append("cancelled")
            raise

    steps = flow(max_attempts=1).with_step("a", wait).with_map("b", wait, "run").with_step("bad", threads.fail)
    outcome = run(steps, [1, 2])
    assert str(outcome.error) == 'flow "f": step "bad" failed at attempt 1: ValueError: no'
    assert outcome.steps == {"a": "cancelled", "b": "cancelled", "bad": "failed"}
    assert ended == ["cancelled"] * 3


def test_what_a_thread_awaits_may_clean_up_if_it_is_shielded(run: Runner) -> None:
    threads, cleaned = Threads(1), list[str]()

    async def nest() -> None:
        with trio.CancelScope(), trio.move_on_after(1000):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                try:
                    await trio.sleep_forever()
                finally:
                    with trio.CancelScope(shield=True):
                        await trio.lowlevel.checkpoint()
                        cleaned.append("shielded")
        cleaned.append("not cancelled")

    steps = flow(max_attempts=1).with_step("a", in_thread(threads, nest)).with_step("bad", threads.fail)
    assert run(steps).steps == {"a": "cancelled", "bad": "failed"}
    assert cleaned == ["shielded"]


def test_what_a_thread_awaits_after_it_was_cancelled_is_cancelled_too(run: Runner) -> None:
    threads, cancelled = Threads(1), list[str]()

    def stubborn(_: object) -> None:
        for wait in (threads.wait, trio.from_thread.run, trio.from_thread.run):
            try:
                wait(trio.sleep_forever)
            except trio.Cancelled:
                cancelled.append(wait.__name__)

    outcome = run(flow(max_attempts=1).with_step("a", stubborn).with_step("bad", threads.fail))
    assert outcome.steps == {"a": "cancelled", "bad": "failed"}
    assert cancelled == ["wait", "run", "run"]


def test_a_flow_that_a_thread_runs_is_cancelled(run: Runner) -> None:
    threads, inner = Threads(1), flow().with_step("wait", forever)
    steps = flow(max_attempts=1).with_step("a", in_thread(threads, execute, inner, None))
    assert run(steps.with_step("bad", threads.fail)).steps == {"a": "cancelled", "bad": "failed"}


def in_thread(threads: Threads, function: Callable[..., Any], *arguments: Any) -> Callable[[Any], Any]:
    """A handler in a thread, which calls an async function in trio."""

    def call(_: object) -> Any:
        return threads.wait(function, *arguments)

    return call


@pytest.mark.parametrize("timeout", [0.001, 1])
def test_what_a_thread_awaits_is_cancelled_after_a_timeout(run: Runner, timeout: float) -> None:
    has_ended = threading.Event()

    def wait(_: object) -> None:
        clock = trio.from_thread.run_sync(trio.lowlevel.current_clock)
        try:
            trio.from_thread.run_sync(clock.jump, timeout)  # type: ignore[attr-defined]  # the one of the runners
            trio.from_thread.run(trio.sleep_forever)
        finally:
            has_ended.set()

    outcome = run(flow(max_attempts=1, timeout=timeout).with_step("a", wait))
    assert outcome.error is not None
    assert outcome.error.reason.startswith("StepTimeoutError")
    assert has_ended.wait(SECONDS)


def limited(threads: int) -> FlowDefinition:
    """A flow of one step, after which so many threads may work."""

    def limit(_: object) -> list[int]:
        trio.to_thread.current_default_thread_limiter().total_tokens = threads
        return [0, 1, 2, 3, 4, 5]

    return flow(max_attempts=1).with_step("items", limit, runs_in="inline")


@pytest.mark.starts_over
def test_more_handlers_than_threads_may_each_run_a_flow_that_needs_a_thread(run: Runner) -> None:
    all_threads_are_taken = threading.Barrier(2)

    def add(inputs: Any) -> Any:
        return inputs["run"] + 1

    inner = flow().with_step("a", add).with_step("b", add, ["a"])
    middle = flow().with_step("m", lambda i: i["run"]).with_step("inner", run_inner(inner), ["m"])

    def outer(item: int) -> Any:
        if item < 2:
            all_threads_are_taken.wait(SECONDS)
        return trio.from_thread.run(execute, middle, item)["inner"]

    outcome = run(limited(2).with_map("outer", outer, "items"))
    assert outcome.outputs["outer"] == [{"a": number + 1, "b": number + 1} for number in range(6)]


def run_inner(inner: FlowDefinition) -> Callable[[Any], Any]:
    """A handler in a thread that runs a flow."""

    def handler(inputs: Any) -> Any:
        return trio.from_thread.run(execute, inner, inputs["run"])

    return handler


@pytest.mark.pgflow_differs("Handlers clean up after the run has ended")
def test_a_handler_that_waits_for_its_thread_again_is_cancelled(run: Runner) -> None:
    threads, outputs = Threads(1), list[Any]()
    inner = flow().with_step("until_another_has_the_thread", threads.all_there)

    def outer(item: int) -> None:
        if item == 0:
            outputs.append(trio.from_thread.run(execute, inner, None))
        else:
            threads.wait(trio.sleep_forever)

    async def fail(_: object) -> None:
        await threads.all_there()
        await trio.testing.wait_all_tasks_blocked()
        await threads.fail(None)

    steps = limited(1).with_map("outer", outer, "items").with_step("bad", fail, ["items"])
    assert run(steps).steps == {"items": "completed", "outer": "cancelled", "bad": "failed"}
    assert outputs == [{"until_another_has_the_thread": None}]


@pytest.mark.starts_over
def test_threads_that_wait_for_threads_are_cancelled(run: Runner) -> None:
    threads = Threads(2)

    async def in_another_thread() -> None:
        await trio.to_thread.run_sync(lambda: None)

    def outer(_: object) -> None:
        threads.wait(in_another_thread)

    steps = limited(2).with_map("outer", outer, "items").with_step("bad", threads.fail, ["items"])
    assert run(steps).steps == {"items": "completed", "outer": "cancelled", "bad": "failed"}

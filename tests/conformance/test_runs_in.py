"""Where handlers run: those on asyncio return, fail, are tried again and are skipped as all others are."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
import trio

from tests.conformance.handlers import flow, retrying
from typedflow import AsyncioOnTrioError, Flow, StepContext, TrioOnAsyncioError

if TYPE_CHECKING:
    from tests.conformance.runner import Runner

request: ContextVar[str] = ContextVar("request", default="none")


async def loop_of(inputs: Any) -> asyncio.AbstractEventLoop:
    await asyncio.sleep(0)
    return asyncio.get_running_loop()


@pytest.mark.unstorable
def test_all_asyncio_handlers_of_a_run_share_one_loop(run: Runner) -> None:
    steps = flow(runs_in="asyncio").with_step("first", loop_of).with_step("second", loop_of, ["first"])
    steps = steps.with_map("items", lambda i: loop_of(i), "run", runs_in="asyncio")  # noqa: PLW0108  a lambda is what is tested
    outputs = run(steps, [1, 2, 3]).outputs
    assert len({outputs["first"], outputs["second"], *outputs["items"]}) == 1


@pytest.mark.unstorable
def test_a_run_within_a_handler_uses_the_loop_of_the_outer_run(run: Runner) -> None:
    inner: Any = Flow("inner", int).step("loop", loop_of, runs_in="asyncio")

    async def nested(_: Any) -> Any:
        return (await inner.run(1))["loop"]

    steps = flow().with_step("own", loop_of, runs_in="asyncio").with_step("inner", nested)
    outputs = run(steps).outputs
    assert outputs["own"] is outputs["inner"]


def test_an_asyncio_handler_is_tried_again_with_its_context(run: Runner) -> None:
    async def flaky(_: Any, context: StepContext) -> int:
        await asyncio.sleep(0)
        if context.attempt < 3:
            raise ConnectionError(str(context.attempt))
        return context.attempt

    outcome = run(retrying().with_step("a", flaky, runs_in="asyncio"))
    assert outcome.outputs == {"a": 3}
    assert outcome.times("task", "started", "a") == [0, 1, 3]


@pytest.mark.parametrize("runs_in", ["asyncio", "thread"])
def test_a_cancellation_that_the_run_did_not_ask_for_is_a_failure(run: Runner, runs_in: str) -> None:
    async def give_up(_: Any) -> None:
        inner = asyncio.create_task(asyncio.sleep(600))
        await asyncio.sleep(0)
        inner.cancel()
        await inner

    def in_thread(_: Any) -> None:
        asyncio.run(give_up(_))

    outcome = run(retrying().with_step("a", give_up if runs_in == "asyncio" else in_thread, runs_in=runs_in))
    assert outcome.status == "failed"
    assert outcome.error is not None
    assert (outcome.error.attempt, outcome.error.reason) == (3, "CancelledError")


def test_an_exit_in_an_asyncio_handler_is_a_failure_of_its_step(run: Runner) -> None:
    async def leave(_: Any) -> None:
        raise SystemExit(3)

    outcome = run(retrying(when_exhausted="skip").with_step("a", leave, runs_in="asyncio"))
    assert outcome.error is not None
    assert (outcome.error.attempt, outcome.error.reason) == (1, "SystemExit: 3")


def test_an_asyncio_handler_sees_context_variables_and_keeps_its_own(run: Runner) -> None:
    async def mark(_: Any) -> str:
        before = request.get()
        request.set("of the handler")
        await asyncio.sleep(0)
        return before

    request.set("of the caller")
    outcome = run(flow(runs_in="asyncio").with_step("a", mark).with_step("b", mark, ["a"]))
    assert outcome.outputs == {"a": "of the caller", "b": "of the caller"}


@pytest.mark.unstorable
def test_a_handler_that_uses_asyncio_on_trio_fails_once_and_can_be_skipped(run: Runner) -> None:
    outcome = run(retrying().with_step("a", loop_of))
    assert outcome.error is not None
    assert (outcome.error.attempt, type(outcome.error.__cause__)) == (1, AsyncioOnTrioError)
    assert run(retrying(when_exhausted="skip").with_step("a", loop_of)).outputs == {"a": None}


def test_a_handler_that_uses_trio_on_asyncio_fails_once_and_can_be_skipped(run: Runner) -> None:
    async def sleep(_: Any) -> None:
        await trio.sleep(1)

    outcome = run(retrying(runs_in="asyncio").with_step("a", sleep))
    assert outcome.error is not None
    assert (outcome.error.attempt, type(outcome.error.__cause__)) == (1, TrioOnAsyncioError)
    assert str(outcome.error.__cause__) == (
        "the handler uses trio, but it runs on asyncio, where trio does not work (RuntimeError: must be called from "
        'async context). Give step "a" runs_in="trio", or use asyncio in its handler.'
    )
    assert run(retrying(runs_in="asyncio", when_exhausted="skip").with_step("a", sleep)).outputs == {"a": None}

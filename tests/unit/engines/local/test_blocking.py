"""`run_sync`: it blocks, keeps nothing, and is cancelled with the handler that has called it in its thread."""

import asyncio
import gc
import inspect
import math
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import trio

from typedflow import Flow, StepFailedError

MOMENT = 0.1


class Inner:
    """A flow whose only step never ends by itself, and what happened to it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.heard = list[str]()
        self.loop = trio.lowlevel.current_trio_token()
        self.has_ended = trio.Event()
        self.flow: Flow[int, Any] = Flow("inner", int, max_attempts=1, timeout=math.inf).step("wait", self.wait)

    async def wait(self, _: object) -> None:
        try:
            await trio.sleep_forever()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.01)
            self.heard.append("cleaned up")
            self.loop.run_sync_soon(self.has_ended.set)
            if self.error is not None:
                raise self.error


def in_thread(inner: Inner) -> Any:
    return lambda inputs: inner.flow.run_sync(inputs["run"])


def in_threads_of_its_own(inner: Inner) -> Any:
    async def handler(inputs: Any) -> Any:
        return await trio.to_thread.run_sync(inner.flow.run_sync, inputs["run"])

    return handler


def in_asyncio(inner: Inner) -> Any:
    return lambda inputs: asyncio.run(inner.flow.run(inputs["run"]))


def in_a_task_group(inner: Inner) -> Any:
    async def main(number: int) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(inner.flow.run(number))

    return lambda inputs: asyncio.run(main(inputs["run"]))


WAYS = pytest.mark.parametrize("way", [in_thread, in_threads_of_its_own, in_asyncio, in_a_task_group])


def as_def(handler: Any) -> Callable[[Any], object]:
    """A lambda as a def, which is called in a thread."""
    if inspect.iscoroutinefunction(handler):
        return handler  # type: ignore[no-any-return]

    def function(inputs: Any) -> Any:
        return handler(inputs)

    return function


@WAYS
async def test_it_is_cancelled_with_its_parent(way: Any) -> None:
    inner = Inner()
    with trio.move_on_after(MOMENT) as scope:
        await Flow("f", int, timeout=math.inf).step("a", as_def(way(inner))).run(1)
    assert scope.cancelled_caught
    assert inner.heard == ["cleaned up"]


@WAYS
async def test_it_is_cancelled_after_the_timeout_of_its_parent(way: Any) -> None:
    inner = Inner()
    with pytest.raises(StepFailedError, match=r"was cancelled after its timeout of 0\.1 s"):
        await Flow("f", int, timeout=MOMENT, max_attempts=1).step("a", as_def(way(inner))).run(1)
    with trio.fail_after(60):
        await inner.has_ended.wait()
    assert inner.heard == ["cleaned up"]


@WAYS
async def test_what_it_raises_while_it_is_cancelled_is_raised(way: Any) -> None:
    inner = Inner(OSError("disk full"))
    with trio.move_on_after(MOMENT), pytest.raises(StepFailedError, match="OSError: disk full"):
        await Flow("f", int, timeout=math.inf).step("a", as_def(way(inner))).run(1)


@WAYS
async def test_it_is_not_cancelled_before(way: Any) -> None:
    inner = Inner()
    inner.flow = Flow("inner", int).step("a", lambda i: i["run"] + 1)
    outputs = await Flow("f", int).step("a", as_def(way(inner))).run(1)
    assert outputs["a"] in ({"a": 2}, None)


async def test_it_does_not_start_in_a_thread_that_was_cancelled() -> None:
    inner = Inner()

    def handler(_: object) -> None:
        try:
            trio.from_thread.run(trio.sleep_forever)
        finally:
            inner.flow.run_sync(1)

    with trio.move_on_after(MOMENT) as scope:
        await Flow("f", int, timeout=math.inf).step("a", handler).run(1)
    assert scope.cancelled_caught


@pytest.mark.parametrize("fails", [True, False])
def test_it_lets_go_of_its_outputs_without_the_garbage_collector(fails: bool) -> None:  # noqa: FBT001  a parameter
    class Large:
        pass

    kept: list[weakref.ref[Large]] = []

    def large(_: object) -> object:
        made = Large()
        kept.append(weakref.ref(made))
        return made

    def last(_: object) -> None:
        if fails:
            raise ValueError("no")

    flow = Flow("f", int, max_attempts=1).step("large", large).step("last", last, depends_on=["large"])
    gc.disable()
    try:
        if fails:
            with pytest.raises(StepFailedError) as caught:
                flow.run_sync(1)
            del caught
        else:
            assert isinstance(flow.run_sync(1)["large"], Large)
        assert [each() for each in kept] == [None]
    finally:
        gc.enable()

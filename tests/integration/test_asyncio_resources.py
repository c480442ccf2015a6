"""Resources of a flow whose handlers run on asyncio: opened and closed there, by one task."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Flow, ResourcesError, StepContext, StepFailedError, StepInput
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable


class Pool:
    """What belongs to one loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.lock = asyncio.Lock()
        self.log: list[str] = ["opened"]


async def use(_: StepInput, context: StepContext[Any, Pool]) -> list[str]:
    assert asyncio.get_running_loop() is context.resources.loop
    async with context.resources.lock:
        await asyncio.sleep(0)
        context.resources.log.append(context.step)
    return context.resources.log


async def fail(_: StepInput) -> None:
    raise ValueError("no")


async def wait(_: StepInput) -> None:
    await asyncio.sleep(60)


@asynccontextmanager
async def opened() -> AsyncGenerator[Pool]:
    """It has a timeout and a group, which one task must enter and leave."""
    pool = Pool()
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup():
            yield pool
    except BaseException as error:
        pool.log.append(type(error).__name__)
        raise
    finally:
        await asyncio.sleep(0.01)
        pool.log.append("closed")


FLOW = Flow("f", str, resources=Pool, runs_in="asyncio")
USING = FLOW.step("a", use).step("b", use, depends_on=["a"])


async def from_asyncio(flow: Flow[str, Any], **options: Any) -> Any:
    return await flow.run("", **options)


async def from_start(flow: Flow[str, Any], **options: Any) -> Any:
    async with flow.start("", **options) as run:
        return await run.outputs()


RUNS: dict[str, Callable[..., Any]] = {
    "in asyncio": lambda flow, **options: asyncio.run(from_asyncio(flow, **options)),
    "in trio": lambda flow, **options: trio.run(lambda: flow.run("", **options)),
    "started in trio": lambda flow, **options: trio.run(lambda: from_start(flow, **options)),
    "run_sync": lambda flow, **options: flow.run_sync("", **options),
}


@pytest.mark.parametrize("way", RUNS)
def test_they_are_opened_and_closed_on_the_loop_of_the_handlers(way: str) -> None:
    assert RUNS[way](USING, resources=opened)["b"] == ["opened", "a", "b", "closed"]
    assert RUNS[way](USING, resources=Pool)["b"] == ["opened", "a", "b"]


@pytest.mark.parametrize("way", RUNS)
def test_they_are_closed_when_the_run_has_failed(way: str) -> None:
    pools: list[Pool] = []

    @asynccontextmanager
    async def kept() -> AsyncGenerator[Pool]:
        async with opened() as pool:
            pools.append(pool)
            yield pool

    with pytest.raises(StepFailedError, match="ValueError: no") as caught:
        RUNS[way](FLOW.step("a", fail).step("b", wait), resources=kept)
    assert not hasattr(caught.value, "__notes__")
    assert pools[0].log == ["opened", "ExceptionGroup", "closed"]  # that of the task group


def test_they_are_closed_when_the_run_is_cancelled() -> None:
    pools: list[Pool] = []

    @asynccontextmanager
    async def kept() -> AsyncGenerator[Pool]:
        async with opened() as pool:
            pools.append(pool)
            yield pool

    async def cancelled(run: Awaitable[object]) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(run, 0.05)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def cancelled_in_trio() -> None:
        with trio.move_on_after(0.05):
            await waiting.run("", resources=kept)

    waiting = FLOW.step("b", wait)
    asyncio.run(cancelled(waiting.run("", resources=kept)))
    trio.run(cancelled_in_trio)
    assert [pool.log for pool in pools] == [["opened", "CancelledError", "closed"]] * 2


@pytest.mark.parametrize("way", RUNS)
def test_they_cannot_be_opened_or_closed(way: str) -> None:
    async def unopened() -> Pool:
        raise OSError("no")

    @asynccontextmanager
    async def unclosed() -> AsyncGenerator[Pool]:
        yield Pool()
        raise OSError("no")

    @asynccontextmanager
    async def lost() -> AsyncGenerator[Pool]:
        async with asyncio.TaskGroup() as group:
            group.create_task(unopened())
            yield Pool()

    with pytest.raises(ResourcesError, match="could not be opened: OSError: no") as caught:
        RUNS[way](USING, resources=unopened)
    assert caught.value.outputs is None
    with pytest.raises(ResourcesError, match="could not be closed: OSError: no") as caught:
        RUNS[way](USING, resources=unclosed)
    assert caught.value.outputs is not None
    with pytest.raises(ResourcesError, match="failed while the run was using them: OSError: no") as caught:
        RUNS[way](FLOW.step("b", wait), resources=lost)
    assert caught.value.outputs is None


def test_opening_may_be_cancelled() -> None:
    async def slow() -> Pool:
        await asyncio.sleep(60)
        raise AssertionError

    async def cancelled() -> None:
        with trio.move_on_after(0.05) as scope:
            await USING.run("", resources=slow)
        assert scope.cancelled_caught

    trio.run(cancelled)


def test_a_virtual_clock_does_not_stand_still_while_they_are_open() -> None:
    tried = []

    async def fail_twice(_: StepInput) -> int:
        tried.append(1)
        if len(tried) < 3:
            raise OSError("no")
        return len(tried)

    flow = FLOW.step("a", fail_twice, max_attempts=3, base_delay=1000)
    assert trio.run(lambda: flow.run("", resources=opened), clock=VirtualClock())["a"] == 3


def test_they_follow_the_handlers_that_take_a_context() -> None:
    plain = Flow("f", str, resources=Pool)
    mixed = plain.step("a", use, runs_in="asyncio").step("b", lambda _: 1)
    assert mixed.run_sync("", resources=opened)["a"] == ["opened", "a", "closed"]
    joined = Flow("g", str).step("c", lambda _: 1).include(FLOW.step("a", use))
    assert joined.run_sync("", resources=opened)["a"] == ["opened", "a", "closed"]

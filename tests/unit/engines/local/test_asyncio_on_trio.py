"""A handler that uses asyncio although it runs on trio fails once, with a message that says what to do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import AsyncioOnTrioError, Flow, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import Callable


async def sleep(_: StepInput) -> None:
    await asyncio.sleep(0)


async def to_thread(_: StepInput) -> None:
    await asyncio.to_thread(int)


async def queue(_: StepInput) -> None:
    await asyncio.Queue[int]().get()


async def timeout(_: StepInput) -> None:
    async with asyncio.timeout(1):
        await trio.lowlevel.checkpoint()


async def task_group(_: StepInput) -> None:
    async with asyncio.TaskGroup():
        pass


async def future_of_another_loop(_: StepInput) -> None:
    loop = asyncio.new_event_loop()
    try:
        await loop.create_future()
    finally:
        loop.close()


async def wrapped(_: StepInput) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError as error:
        raise ConnectionError("cannot connect") from error


async def in_nursery(inputs: StepInput) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleep, inputs)


def failure(handler: Callable[..., object]) -> StepFailedError:
    flow = Flow("f", int, max_attempts=3, base_delay=0.001).step("a", handler)
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync(1)
    return caught.value


def in_thread(_: Any) -> object:
    return asyncio.get_running_loop()


def awaited_after_a_thread(inputs: Any) -> Any:
    return sleep(inputs)


@pytest.mark.parametrize(
    "handler",
    [
        sleep,
        to_thread,
        queue,
        timeout,
        task_group,
        future_of_another_loop,
        wrapped,
        in_nursery,
        lambda i: sleep(i),  # noqa: PLW0108  a lambda is what is tested
        in_thread,
        awaited_after_a_thread,
    ],
)
def test_it_fails_once_and_names_the_option(handler: Callable[..., Any]) -> None:
    error = failure(handler)

    assert error.attempt == 1
    assert isinstance(error.__cause__, AsyncioOnTrioError)
    assert error.reason == (
        "AsyncioOnTrioError: the handler uses asyncio, but no asyncio loop runs there "
        f'({error.__cause__.reason}). Give step "a" runs_in="asyncio", or use trio in its handler.'
    )


def test_the_cause_is_what_asyncio_raised() -> None:
    explanation = failure(wrapped).__cause__

    assert isinstance(explanation, AsyncioOnTrioError)
    assert explanation.reason == "RuntimeError: no running event loop"
    assert isinstance(explanation.__cause__, ConnectionError)


def test_a_flow_within_a_handler_explains_its_own_step() -> None:
    inner = Flow("inner", int).step("a", timeout)

    async def outer(inputs: StepInput) -> Any:
        return await inner.run(inputs["run"])

    error = failure(outer)
    assert error.attempt == 3
    assert error.reason.startswith('StepFailedError: flow "inner": step "a" failed at attempt 1: AsyncioOnTrioError')


def test_other_errors_stay_as_they_are() -> None:
    async def fail(_: StepInput) -> None:
        raise TypeError("no")

    error = failure(fail)
    assert isinstance(error.__cause__, TypeError)

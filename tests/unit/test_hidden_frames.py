"""A traceback shows the lines of the user, and none of the frames of this library."""

import asyncio
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import trio

from typedflow import Flow, StepFailedError, StepInput, TypedflowError


def work(inputs: StepInput) -> float:
    return deeper(inputs["run"])


def deeper(number: int) -> float:
    return 1 / number


def wrong(_: object) -> int:
    return "one"  # type: ignore[return-value]  # this is what is tested


def undeclared(inputs: dict[str, int]) -> int:
    return inputs["nope"]


async def calls_another(_: object) -> object:
    return await flow.run(0)


flow = Flow("f", int, max_attempts=1).step("work", work)
unchecked: Any = flow
UNCHECKED_FLOW: Any = Flow


def in_trio(flow: Flow[int, Any], flow_input: Any) -> None:
    trio.run(flow.run, flow_input)


def in_asyncio(flow: Flow[int, Any], flow_input: Any) -> None:
    asyncio.run(flow.run(flow_input))


def by_start(flow: Flow[int, Any], flow_input: Any) -> None:
    async def main() -> None:
        async with flow.start(flow_input) as run:
            await run.outputs()

    trio.run(main)


def run_sync(flow: Flow[int, Any], flow_input: Any) -> None:
    flow.run_sync(flow_input)


def ours(error: BaseException | None) -> list[str]:
    """The functions of this library that a traceback shows."""
    assert error is not None
    frames = traceback.extract_tb(error.__traceback__)
    return [frame.name for frame in frames if "/typedflow/" in frame.filename]


@pytest.mark.parametrize("way", [run_sync, in_trio, in_asyncio])
@pytest.mark.parametrize(
    ("handler", "flow_input", "last"),
    [
        (work, 0, "deeper"),
        (wrong, 0, None),
        (undeclared, 0, "undeclared"),
        (lambda i: i["nope"], 0, "<lambda>"),
        (calls_another, 0, "calls_another"),
    ],
)
def test_a_failed_step_shows_the_frames_of_its_handler(
    way: Callable[..., None], handler: Callable[..., object], flow_input: int, last: str | None
) -> None:
    with pytest.raises(StepFailedError) as caught:
        way(Flow("f", int, max_attempts=1).step("work", handler), flow_input)
    cause = caught.value.__cause__
    assert cause is not None
    assert ours(caught.value) == ours(cause) == []
    assert [frame.name for frame in traceback.extract_tb(cause.__traceback__)][-1:] == ([] if last is None else [last])


@pytest.mark.parametrize("way", [run_sync, in_trio, in_asyncio, by_start])
def test_a_flow_input_of_the_wrong_type_shows_the_line_that_passes_it(way: Callable[..., None]) -> None:
    with pytest.raises(TypedflowError) as caught:
        way(flow, "one")
    assert ours(caught.value) in ([], ["start"])
    shown = "".join(traceback.format_exception(caught.value))
    assert "pydantic" not in shown
    assert "way(flow" in shown


@pytest.mark.parametrize(
    "define",
    [
        lambda: UNCHECKED_FLOW("1", int),
        lambda: UNCHECKED_FLOW("f", int, max_attempts=0),
        lambda: unchecked.step("work", work),
        lambda: unchecked.map("each", work, over="nope"),
        lambda: unchecked.replace("nope", work),
        lambda: unchecked.run_sync(1, max_concurrency=0),
    ],
)
def test_a_mistake_in_a_definition_shows_the_line_that_makes_it(define: Callable[[], object]) -> None:
    with pytest.raises(TypedflowError) as caught:
        define()
    assert ours(caught.value) == []
    assert traceback.extract_tb(caught.value.__traceback__)[-1].name == "<lambda>"


def test_another_exception_keeps_its_frames() -> None:
    with pytest.raises(TypeError) as caught:
        flow.run_sync(1, nope=1)  # type: ignore[call-arg]  # this is what is tested
    assert ours(caught.value)

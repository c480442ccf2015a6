"""Flows to start, and what is told of their runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import trio

from typedflow import Event, Flow

if TYPE_CHECKING:
    from typedflow import Run


Clock: TypeAlias = trio.testing.MockClock
WORDS = ["run started", "a started", "a started", "a completed", "a completed", "run completed"]


async def second(_: object) -> int:
    await trio.sleep(1)
    return 1


async def forever(_: object) -> None:
    await trio.sleep_forever()


async def broken(_: object) -> None:
    await trio.sleep(1)
    raise ValueError("no")


async def untidy(_: object) -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise OSError("disk full")


one_step = Flow("f", int).step("a", second)
two_steps = one_step.step("b", second, depends_on=["a"])
endless = Flow("f", int).step("a", forever)
fails = Flow("f", int, max_attempts=1).step("a", broken)
fails_untidily = Flow("f", int, max_attempts=1).step("a", untidy)


def word(event: Event) -> str:
    return f"{event.step or 'run'} {event.status}"


async def listen(run: Run[Any], heard: list[str]) -> None:
    async for event in run.events:
        heard.append(word(event))  # noqa: PERF401  those that came before it was cancelled count


async def raises_in_context(flow: Flow[int, Any], error: Exception, runs: list[Run[Any]]) -> None:
    async with flow.start(1) as run:
        runs.append(run)
        await trio.sleep(1)
        raise error

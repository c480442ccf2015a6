"""Small flows, and a listener for their runs."""

import math
from collections.abc import Callable
from typing import Any

import trio

from typedflow import (
    Event,
    FlowDefinition,
    Options,
)
from typedflow.listeners import inline

# Threads work in real time, of which a clock that jumps gives them none before a timeout.
ONE_ATTEMPT = Options(max_attempts=1, timeout=math.inf)
Heard = list[tuple[str, str, str | None]]


def define(*steps: tuple[Any, ...]) -> FlowDefinition:
    """A flow of steps, each given as slug, handler and perhaps dependencies."""
    definition = FlowDefinition("f", Any, ONE_ATTEMPT)
    for step in steps:
        definition = definition.with_step(*step)
    return definition


def hear(heard: Heard) -> Callable[[Event], object]:
    """A listener, called in place, that notes what becomes of the run and of its steps."""
    return inline(lambda event: event.subject != "task" and heard.append((event.subject, event.status, event.step)))  # type: ignore[func-returns-value]


def sleeper(seconds: float) -> Callable[[Any], Any]:
    async def sleep(inputs: Any) -> float:
        await trio.sleep(seconds)
        return seconds

    return sleep


def failing(error: BaseException) -> Callable[[Any], Any]:
    async def fail(inputs: Any) -> None:
        raise error

    return fail

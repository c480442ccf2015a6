"""A flow of two steps."""

from typing import Any

from typedflow import FlowDefinition, Handler, StepDefinition


async def handler(inputs: Any) -> list[int]:
    return []


async def other(inputs: Any) -> list[int]:
    return []


def shop() -> FlowDefinition:
    return FlowDefinition("shop", dict).with_step("a", handler).with_step("b", handler, ["a"])


def handler_of(step: StepDefinition) -> Handler:
    """The handler of a step that is not a wait step."""
    assert step.handler is not None
    return step.handler

"""Handlers of the cases of this folder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import trio

from typedflow import FlowDefinition, Options

if TYPE_CHECKING:
    from collections.abc import Callable

EMPTY = FlowDefinition("f", Any)


def flow(**options: Any) -> FlowDefinition:
    """A flow without steps."""
    return FlowDefinition("f", Any, Options(**options))


def retrying(**options: Any) -> FlowDefinition:
    """A flow without steps, each of which will be tried three times."""
    return flow(**{"max_attempts": 3, **options})


def after(seconds: float, output: object = None) -> Callable[[Any], Any]:
    """A handler that takes some time."""

    async def wait(_: Any) -> object:
        await trio.sleep(seconds)
        return output

    return wait


def raising(error: BaseException, *, times: float = math.inf, output: object = None) -> Callable[[Any], Any]:
    """A handler that fails so often, and then has an output."""
    tried = 0

    async def fail(_: Any) -> object:
        nonlocal tried
        tried += 1
        if tried <= times:
            raise error
        return output

    return fail


def raising_in_place(error: BaseException) -> Callable[[Any], Any]:
    """A predicate that fails."""

    def fail(_: Any) -> object:
        raise error

    return fail


forever = after(math.inf)


async def untidy(_: Any) -> None:
    """A handler that never ends by itself, and fails as it is cancelled."""
    try:
        await trio.sleep_forever()
    finally:
        raise OSError("disk full")

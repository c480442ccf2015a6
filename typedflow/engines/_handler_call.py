"""Awaits what a handler returns, in a context of its own."""

from __future__ import annotations

import types
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from contextvars import Context

LONGEST_BLOCK: Final = 1.0
"""How long a handler may keep all other tasks of the program from running, in seconds, before that is logged."""


T = TypeVar("T")


@types.coroutine
def resume(
    coroutine: Any, trap: Any, context: Context, on_block: Callable[[T, float], object], caller: T
) -> Generator[Any, Any, Any]:
    """Resume a coroutine within a context, as often as it suspends, and return its result.

    ``context.run`` calls functions only. So this passes to trio what the coroutine yields, and sends the answer to the
    coroutine within the context. trio can also give a context to a whole task, but a task for each handler costs twice
    as much as the rest of a step. tests/unit/test_context.py shows that handlers do not see each other's context
    variables.

    Args:
        coroutine: A coroutine that has suspended once.
        trap: What it yielded: its request to trio.
        context: The context variables that it sees.
        on_block: Called with the caller and the seconds, if the coroutine runs for long without suspending.
        caller: Whose coroutine it is.
    """
    while True:
        # When the coroutine resumes, this frame must not hold the answer or the error: its traceback holds this frame.
        try:
            send, argument = coroutine.send, (yield trap)
        except BaseException as error:  # noqa: BLE001  also a cancellation: the coroutine handles it
            send, argument = coroutine.throw, error
        began = perf_counter()
        try:
            trap = context.run(send, argument)
        except StopIteration as stop:
            return stop.value
        finally:
            del send, argument
            if (seconds := perf_counter() - began) > LONGEST_BLOCK:
                on_block(caller, seconds)


def as_coroutine(awaitable: Awaitable[Any]) -> Any:
    """Return an object with the ``send`` of a coroutine that awaits any awaitable."""
    iterator = awaitable if isinstance(awaitable, types.CoroutineType) else awaitable.__await__()
    return iterator if hasattr(iterator, "send") else _await(awaitable)


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable

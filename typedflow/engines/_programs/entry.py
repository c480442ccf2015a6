"""How a program begins a run: in trio, in asyncio, or in a thread that is in neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from typedflow.engines._async_library import async_library
from typedflow.engines._programs.blocking import run_blocking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from typedflow.engines._programs.from_asyncio import R


def awaitable(program: Callable[[], Awaitable[Any]], flow: str, method: str) -> Awaitable[Any]:
    """Return what the caller of a method of a flow has to await.

    Args:
        program: An async function for trio.
        flow: Slug of the flow, for messages.
        method: Name of the method, for messages.

    Raises:
        RuntimeError: Neither trio nor asyncio is running.
    """
    match async_library():
        case "trio":
            return program()
        case "asyncio":
            from typedflow.engines._programs.from_asyncio import run_from_asyncio  # noqa: PLC0415  asyncio is slow to import

            return run_from_asyncio(program, f'run of flow "{flow}"')
        case _:
            raise RuntimeError(
                f'flow "{flow}": {method}() must be awaited in trio or asyncio, and neither is running. '
                f"Call {method}_sync() instead."
            )


def entered(start: Callable[[], AbstractAsyncContextManager[R]], flow: str) -> AbstractAsyncContextManager[R]:
    """Return the context manager of a run, for trio or asyncio.

    Args:
        start: Returns the context manager for trio. Called in trio.
        flow: Slug of the flow, for messages.

    Raises:
        RuntimeError: Neither trio nor asyncio is running.
    """
    match async_library():
        case "trio":
            return start()
        case "asyncio":
            from typedflow.engines._programs.from_asyncio import start_from_asyncio  # noqa: PLC0415  as above

            return start_from_asyncio(start, f'run of flow "{flow}"')
        case _:
            raise RuntimeError(
                f'flow "{flow}": start() must be called in trio or asyncio, and neither is running. '
                "Call run_sync() instead."
            )


def blocking(method: Callable[[], Awaitable[Any]], flow: str, name: str) -> Any:
    """Call an async method of a flow, and block this thread until it has ended.

    Args:
        method: The async method.
        flow: Slug of the flow, for messages.
        name: Name of the async method, for messages.

    Raises:
        RuntimeError: A trio program is running in this thread.
    """
    if trio.lowlevel.in_trio_run():
        raise RuntimeError(f'flow "{flow}": {name}_sync() was called inside a trio program; await {name}() instead.')
    return run_blocking(method)

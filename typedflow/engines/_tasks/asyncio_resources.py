"""Opens the resources of a run on its asyncio loop, and closes them there. Imported only for flows that need it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import trio

from typedflow.engines._calls_elsewhere import call_elsewhere
from typedflow.engines._cancellation import without_cancelled
from typedflow.engines._resources import leave

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextvars import ContextVar

    from typedflow.engines._tasks.places import Places


@asynccontextmanager
async def opened_on_asyncio(places: Places, enter: Callable[[], Awaitable[tuple[Any, Any]]]) -> AsyncIterator[Any]:
    """Hold resources open on an asyncio loop while the context lasts.

    Args:
        places: Where the loop is.
        enter: Opens the resources. Returns the context manager that it has entered, if any, and what that gave.
    """
    held = _Held(places, enter)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(held.hold)
        with call_elsewhere():
            await held.is_open.wait()
        failure: BaseException | None = None
        # Those that the resources have set in their task, which has a context of its own.
        were_set = [(variable, variable.set(value)) for variable, value in held.variables]
        try:
            yield held.resources
        except BaseException as error:
            failure = error
            raise
        finally:
            for variable, token in were_set:
                variable.reset(token)
            held.release(failure)
            del failure
            with call_elsewhere():
                await held.is_closed.wait()


class _Held:
    """Resources that one asyncio task opens and closes: what it opens may belong to that task."""

    def __init__(self, places: Places, enter: Callable[[], Awaitable[tuple[Any, Any]]]) -> None:
        self.is_open = trio.Event()
        self.is_closed = trio.Event()
        self.resources: Any = None
        self.variables: list[tuple[ContextVar[Any], Any]] = []
        self._places = places
        self._enter = enter
        self._failure: BaseException | None = None
        self._scope = trio.CancelScope()
        self._token = trio.lowlevel.current_trio_token()
        self._release: Callable[[], None]

    async def hold(self) -> None:
        """Open the resources, and close them when they are released."""
        try:
            with self._scope:
                await self._places.hold_in_asyncio(self._on_asyncio, "resources")
        finally:
            self.is_closed.set()

    def release(self, failure: BaseException | None) -> None:
        """Close the resources, with the exception that the run raised."""
        self._failure = failure
        self._scope.shield = False  # what is around it says how long closing may take
        self._release()

    def _opened(self, resources: object) -> None:
        self.resources = resources
        self._scope.shield = True  # a cancellation reaches the handlers, and not yet the resources
        self.is_open.set()

    async def _on_asyncio(self) -> None:
        asyncio_loop, released = asyncio.get_running_loop(), asyncio.Event()

        def release() -> None:
            with suppress(RuntimeError):  # the loop is closed, and with it the task that waits
                asyncio_loop.call_soon_threadsafe(released.set)

        self._release = release
        before = copy_context()
        manager, resources = await self._enter()
        self.variables = [(key, value) for key, value in copy_context().items() if before.get(key, self) is not value]
        try:
            self._token.run_sync_soon(self._opened, resources)
            del resources
            await released.wait()
        finally:
            failure, self._failure = self._failure, None
            if failure is not None and without_cancelled(failure) is None:
                failure = asyncio.CancelledError()
            try:
                await leave(manager, failure)
            except asyncio.CancelledError as error:
                if error is not failure:
                    raise
            finally:
                del failure  # its traceback may hold this frame

"""The listeners of a run, none of which can break it or slow it down."""

from __future__ import annotations

import contextvars
import logging
import queue
import threading
import time
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow.event import Event, Listener

_logger = logging.getLogger("typedflow")
# Real seconds for which the end of a run waits for listeners that have not heard everything.
PATIENCE = 1.0


class Listeners:
    """Who listens to a run: in place, or each in a thread of its own.

    One that raises is logged and hears no more of the run.
    """

    def __init__(self, listeners: Iterable[Listener], in_place: Iterable[Listener] = ()) -> None:
        self._in_place = list(in_place)
        self._in_threads: list[_Thread] = []
        for listener in listeners:
            if _is_in_place(listener):
                self._in_place.append(listener)
            else:
                self._in_threads.append(_Thread(listener))

    def __bool__(self) -> bool:
        return bool(self._in_place or self._in_threads)

    def tell(self, event: Event) -> None:
        """Hand an event to all; at once, whatever they do with it."""
        for listener in self._in_place:
            try:
                listener(event)
            except Exception:  # noqa: BLE001  whatever it is, the run goes on
                self._in_place = [other for other in self._in_place if other is not listener]
                _log_failure(listener, event)
        for thread in self._in_threads:
            thread.heard.put(event)

    async def have_heard(self) -> None:
        """Wait until all have heard all that they were told, but not for long, and let their threads go."""
        for thread in self._in_threads:
            thread.heard.put(None)
        end = time.monotonic() + PATIENCE
        for thread in self._in_threads:
            with trio.CancelScope(shield=True):
                # By real time: under a clock that jumps, no time would be left for a thread.
                left = max(0.0, end - time.monotonic())
                heard = await trio.to_thread.run_sync(thread.has_ended.wait, left, limiter=trio.CapacityLimiter(1))
            if not heard:
                _logger.warning("A run has ended and this listener goes on hearing of it: %r", thread.listener)


class _Thread:
    """A listener that hears in a thread of its own."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.heard: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.has_ended = threading.Event()
        context = contextvars.copy_context()
        trio.lowlevel.start_thread_soon(
            lambda: context.run(self._listen), lambda _: self.has_ended.set(), f"typedflow {listener!r:.40}"
        )

    def _listen(self) -> None:
        while (event := self.heard.get()) is not None:
            try:
                self.listener(event)
            except BaseException:  # noqa: BLE001  a SystemExit of a listener would end a thread of trio's
                _log_failure(self.listener, event)
                return


def _is_in_place(listener: Listener) -> bool:
    if isinstance(listener, FunctionType):
        return listener.__name__ == "<lambda>"
    return isinstance(listener, BuiltinFunctionType)


def _log_failure(listener: Listener, event: Event) -> None:
    _logger.exception(  # noqa: LOG004  called where an exception is handled
        "A listener failed and will hear no more of run %s: %r", event.run_id, listener
    )

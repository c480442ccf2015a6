"""Emits the events of a run to its listeners, so that a listener cannot break the run or slow it down."""

from __future__ import annotations

import contextvars
import inspect
import logging
import queue
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import trio

from typedflow._definition.handler import body_of
from typedflow.engines._cancellation import is_cancelled
from typedflow.exceptions import InvalidOptionError

if TYPE_CHECKING:
    from typedflow.event import Event, Listener

_logger = logging.getLogger("typedflow")
# How long the end of a run waits for listeners that still process events, in real seconds.
_PATIENCE = 1.0
_PATIENCE_IF_CANCELLED = 0.2
# How often it checks whether the run has been cancelled, in seconds.
_POLL_INTERVAL = 0.05
_REQUIREMENT: Final = "an iterable of synchronous functions that take an Event"


@dataclass(frozen=True, slots=True)
class InlineListener:
    """A listener that is called in place.

    Attributes:
        listener: The listener.
    """

    listener: Listener

    def __call__(self, event: Event) -> object:
        """Pass an event to the listener."""
        return self.listener(event)


class Listeners:
    """The listeners of one run. `InlineListener`s are called in place, each of the others in a thread of its own.

    If a listener raises, that is logged, and it receives no more events of the run.

    Args:
        flow: Slug of the flow, for messages.
        listeners: The listeners that the caller has given to the run.
        in_place: Others, which are called in place, and receive events of this run only.
        surrounding: The listeners of the run whose handler has started this one.

    Raises:
        InvalidOptionError: ``listeners`` is not an iterable of synchronous functions.
    """

    def __init__(
        self,
        flow: str,
        listeners: Iterable[Listener],
        in_place: Iterable[Listener] = (),
        surrounding: Listeners | None = None,
    ) -> None:
        self._of_this_run = list(in_place)
        self._in_place = self._of_this_run.copy()
        self._surrounding = surrounding or None
        self._given: list[Listener] = []
        in_threads: list[Listener] = []
        for listener in _iterable(flow, listeners):
            own = listener.listener if isinstance(listener, InlineListener) else listener
            if not _is_synchronous(own):
                raise InvalidOptionError(flow, "listeners", own, _REQUIREMENT)
            self._given.append(own)
            if surrounding is None or not surrounding.receives(own):
                (in_threads if own is listener else self._in_place).append(own)
        self._in_threads = list(map(_ListenerThread, in_threads))  # started last, when all have been checked

    def __bool__(self) -> bool:
        return bool(self._in_place or self._in_threads or self._surrounding)

    def receives(self, listener: Listener) -> bool:
        """Return whether a listener receives the events of runs that the handlers of this one start."""
        return listener in self._given or (self._surrounding is not None and self._surrounding.receives(listener))

    def emit(self, event: Event, in_place: Sequence[Listener] | None = None) -> None:
        """Give an event to every listener. This does not wait for listeners in threads.

        Args:
            event: The event.
            in_place: The listeners to call in place, if it is not all of those.
        """
        for listener in self._in_place if in_place is None else in_place:
            try:
                listener(event)
            except KeyboardInterrupt:  # Ctrl-C is raised in the code that happens to run
                raise
            except BaseException:  # noqa: BLE001  no exception of a listener may break the run
                self._in_place = [other for other in self._in_place if other is not listener]
                _log_failure(listener, event)
        for thread in self._in_threads:
            thread.events.put(event)
        if self._surrounding is not None:
            self._surrounding.emit_nested(event)

    def emit_nested(self, event: Event) -> None:
        """Give an event of a run that a handler has started to every listener that receives such events."""
        self.emit(event, [listener for listener in self._in_place if listener not in self._of_this_run])

    async def drain(self, run_id: str) -> None:
        """Wait, for a second at most, until every listener has processed its events. Release the threads.

        A cancellation makes it wait less but does not interrupt it: by now it is decided how the run ended.
        """
        for thread in self._in_threads:
            thread.events.put(None)
        began = time.monotonic()
        for thread in self._in_threads:
            # In real time: a virtual clock would leave the threads no time.
            while not thread.has_ended.is_set() and (left := _patience() - (time.monotonic() - began)) > 0:
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(
                        thread.has_ended.wait, min(left, _POLL_INTERVAL), limiter=trio.CapacityLimiter(1)
                    )
            if not thread.has_ended.is_set():
                _logger.warning("Run %s ended while listener %r was still processing events", run_id, thread.listener)


class _ListenerThread:
    """A listener that receives its events in a thread of its own."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.has_ended = threading.Event()
        context = contextvars.copy_context()
        trio.lowlevel.start_thread_soon(
            lambda: context.run(self._listen), lambda _: self.has_ended.set(), f"typedflow {listener!r:.40}"
        )

    def _listen(self) -> None:
        while (event := self.events.get()) is not None:
            try:
                self.listener(event)
            except BaseException:  # noqa: BLE001  also a SystemExit, which would end a thread that trio reuses
                _log_failure(self.listener, event)
                return


def _patience() -> float:
    return _PATIENCE_IF_CANCELLED if is_cancelled() else _PATIENCE


def _iterable(flow: str, listeners: object) -> Iterable[Listener]:
    if not isinstance(listeners, Iterable):
        raise InvalidOptionError(flow, "listeners", listeners, _REQUIREMENT)
    return listeners


def _is_synchronous(listener: object) -> bool:
    body = body_of(listener)
    return callable(listener) and not (
        inspect.iscoroutinefunction(body) or inspect.isgeneratorfunction(body) or inspect.isasyncgenfunction(body)
    )


def _log_failure(listener: Listener, event: Event) -> None:
    _logger.exception(  # noqa: LOG004  called where an exception is handled
        "A listener failed and will receive no more events of run %s: %r", event.run_id, listener
    )

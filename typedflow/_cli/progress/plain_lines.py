"""Shows the progress of a run as lines, where a table cannot be drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from typedflow._cli.step_words import REASONS, from_cache
from typedflow._text import counted, in_one_line
from typedflow.exceptions import DeliveryTimeoutError

if TYPE_CHECKING:
    from typedflow.event import Event

# How many retries of the items of a step are shown. There may be very many.
_MOST_RETRIES = 10


class PlainLines:
    """A listener that writes a line for each event of the run and its steps, and where a task is retried or waits.

    For map steps, it writes only the first few retries, and a line for each tenth of the items that has completed.
    """

    def __init__(self) -> None:
        self._started: dict[str | None, Event] = {}
        self._items_completed: dict[str, int] = {}
        self._items_retried: dict[str, int] = {}
        self._items_cached: dict[str | None, int] = {}

    def __call__(self, event: Event) -> None:
        """Write a line for the event, if it is to be shown."""
        if event.parent is not None:  # of a run that a handler has started
            return
        if event.subject == "task":
            self._task(event)
            return
        name = f'flow "{event.flow}"' if event.step is None else f'step "{event.step}"'
        if event.status == "started":
            self._started[event.step] = event
            items = "" if event.items is None else f": {counted(event.items, 'item')}"
            _write(f"{name} started{items}")
            return
        started = self._started.pop(event.step, None)
        if event.reason is not None:
            _write(f"{name} skipped: {why_skipped(event)}")
            return
        if event.cached_from is not None:
            _write(f"{name} {event.status}: {from_cache(event.cached_from)}")
            return
        after = "" if started is None else f" after {event.monotonic - started.monotonic:.2f} s"
        cached = self._items_cached.pop(event.step, 0)
        items = f", {counted(cached, 'item')} from the cache" if cached else ""
        _write(f"{name} {event.status}{after}{items}")

    def _task(self, event: Event) -> None:
        started = self._started.get(event.step)
        if event.step is None or started is None:  # the step has ended
            return
        if event.status == "waiting":
            at_most = "" if event.delay is None else f", for {event.delay:g} s"
            _write(f'step "{event.step}" waits for a delivery{at_most}')
        elif event.status == "retrying":
            if started.items is not None:
                self._retried_item(event.step, event)
            else:
                _write(f'step "{event.step}": {_retry(event)}')
        elif event.status == "completed" and started.items is not None:
            if event.cached_from is not None:
                self._items_cached[event.step] = self._items_cached.get(event.step, 0) + 1
            completed = self._items_completed[event.step] = self._items_completed.get(event.step, 0) + 1
            tenth = completed * 10 // started.items
            # The last tenth ends the step, which has a line of its own.
            if tenth > (completed - 1) * 10 // started.items and tenth < 10:
                items = counted(started.items, "item")
                _write(f'step "{event.step}": {completed:,} of {items} completed')

    def _retried_item(self, step: str, event: Event) -> None:
        retried = self._items_retried[step] = self._items_retried.get(step, 0) + 1
        if retried <= _MOST_RETRIES:
            _write(f'step "{step}", item {event.task_index}: {_retry(event)}')
        elif retried == _MOST_RETRIES + 1:
            _write(f'step "{step}": further retries of its items are not shown')


def why_skipped(event: Event) -> str:
    """Return why a step was skipped, with the error if there is one."""
    if isinstance(event.error, DeliveryTimeoutError):
        return f"nothing was delivered within {event.error.timeout:g} s"
    reason = "" if event.reason is None else REASONS[event.reason]
    return reason if event.error is None else f"{reason} ({in_one_line(event.error)})"


def _retry(event: Event) -> str:
    error = "" if event.error is None else f": {in_one_line(event.error)}"
    return f"attempt {event.attempt} failed, retrying in {event.delay or 0:g} s{error}"


def _write(line: str) -> None:
    click.echo(line, err=True)

"""The progress of a run, on standard error: a live table on a terminal, else a line for each event."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.definition import FlowDefinition
    from typedflow.event import Event, Listener

_STYLES = {
    "created": "dim",
    "started": "yellow",
    "completed": "green",
    "failed": "bold red",
    "skipped": "cyan",
    "cancelled": "magenta",
}
_REASONS = {
    "condition_unmet": "its condition did not hold",
    "handler_failed": "its attempts are used up",
    "dependency_skipped": "a step that it depends on was skipped",
}


@contextmanager
def progress(definition: FlowDefinition) -> Iterator[Listener]:
    """Give a listener that shows the progress of one run for as long as the context lasts."""
    console = Console(stderr=True)
    if not sys.stderr.isatty() or console.is_dumb_terminal:
        lines = PlainLines(definition)
        yield lambda event: lines(event)  # noqa: PLW0108  a lambda is called in place, so all is shown when the run ends
        return
    table = StepTable(definition, console)
    live = Live(table, console=console, refresh_per_second=10)

    def listen(event: Event) -> None:
        table(event)
        if event.subject == "run" and event.status == "started":  # nothing is drawn of a run that cannot start
            live.start(refresh=True)

    try:
        yield lambda event: listen(event)  # noqa: PLW0108  as above
    finally:
        live.stop()


class PlainLines:
    """Writes one line for each event."""

    def __init__(self, definition: FlowDefinition) -> None:
        self._definition = definition
        self._started: dict[str | None, float] = {}

    def __call__(self, event: Event) -> None:
        """Write the event; of tasks only that they are tried again, as the rest is told of their steps."""
        if event.subject == "task":
            if event.status == "retrying":
                click.echo(self._retry(event), err=True)
            return
        name = f'flow "{event.flow}"' if event.step is None else f'step "{event.step}"'
        if event.status == "started":
            self._started[event.step] = event.monotonic
            click.echo(f"{name} started", err=True)
        elif event.status == "skipped":
            click.echo(f"{name} skipped: {_REASONS[str(event.reason)]}", err=True)
        else:
            elapsed = event.monotonic - self._started.pop(event.step, event.monotonic)
            click.echo(f"{name} {event.status} after {elapsed:.2f} s", err=True)

    def _retry(self, event: Event) -> str:
        is_map = self._definition[str(event.step)].over is not None
        place = f'step "{event.step}", item {event.task_index},' if is_map else f'step "{event.step}"'
        error = " ".join(f"{type(event.error).__name__}: {event.error}".split())
        return f"{place} failed at attempt {event.attempt}: {error}; it is tried again in {event.delay:.1f} s"


class StepTable:
    """A table of the steps with their states and times, that rich can draw at any moment.

    Where the flow has more steps than the terminal has lines, it is a window: the steps that run, and above them
    those that ended last.
    """

    def __init__(self, definition: FlowDefinition, console: Console) -> None:
        self._definition = definition
        self._console = console
        self._run: Event | None = None
        self._run_ended: tuple[str, float] | None = None
        self._running: dict[str, Event] = {}
        self._ended: dict[str, tuple[str, float]] = {}
        self._notes: dict[str, str] = {}
        self._items = Counter[str]()

    def __call__(self, event: Event) -> None:
        """Take note of the event."""
        if event.step is None:
            if self._run is None:
                self._run = event
            else:
                self._run_ended = event.status, event.monotonic - self._run.monotonic
        elif event.subject == "task":
            self._note_task(event, event.step)
        elif event.status == "started":
            self._running[event.step] = event
        else:
            started = self._running.get(event.step, event)
            # In this order, a step that ends while the table is drawn is in at least one of the two.
            self._ended[event.step] = event.status, event.monotonic - started.monotonic
            self._running.pop(event.step, None)
            if event.status == "skipped":
                self._notes[event.step] = _REASONS[str(event.reason)]

    def _note_task(self, event: Event, step: str) -> None:
        if event.status == "retrying":
            self._notes[step] = f"attempt {event.attempt} failed"
        elif self._definition[step].over is None:
            self._notes.pop(step, None)
            if event.status == "started" and event.attempt != 1:
                self._notes[step] = f"attempt {event.attempt}"
        elif event.status == "completed":
            self._items[step] += 1
            self._notes[step] = f"{self._items[step]} items done"

    def __rich__(self) -> Group:
        # Copies, because rich draws in a thread of its own.
        ended, running = self._ended.copy(), self._running.copy()
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, justify="right")
        grid.add_column(no_wrap=True, overflow="ellipsis", style="dim")
        notes = self._notes.copy()
        for slug in self._shown(ended, running):
            if slug in ended:
                status, elapsed = ended[slug]
            elif slug in running:
                status, elapsed = "started", _since(running[slug])
            else:
                grid.add_row(slug, Text("created", _STYLES["created"]), "", "")
                continue
            grid.add_row(slug, Text(status, _STYLES[status]), f"{elapsed:.1f} s", notes.get(slug, ""))
        completed = sum(status == "completed" for status, _ in ended.values())
        return Group(grid, self._summary(completed))

    def _shown(self, ended: dict[str, tuple[str, float]], running: dict[str, Event]) -> list[str]:
        height = max(1, self._console.height - 3)
        if len(self._definition) <= height:
            return [step.slug for step in self._definition.steps]
        current = [slug for slug in islice(running, height) if slug not in ended]
        latest = list(islice(reversed(ended), height - len(current)))
        return latest[::-1] + current

    def _summary(self, completed: int) -> Text:
        status, elapsed = self._run_ended or ("started", _since(self._run) if self._run else 0.0)
        return Text.assemble(
            (self._definition.slug, "bold"),
            "  ",
            (status, _STYLES[status]),
            f"  {completed} of {len(self._definition)} steps completed  {elapsed:.1f} s",
            no_wrap=True,
            overflow="ellipsis",
        )


def _since(started: Event) -> float:
    """Seconds from an event until now; by the wall clock, because only the run can read the clock of its executor."""
    return max(0.0, time.time() - started.time)

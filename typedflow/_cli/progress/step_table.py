"""Shows the progress of a run on a terminal, as a table of its steps."""

from __future__ import annotations

import time
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.table import Table
from rich.text import Text

from typedflow._cli.progress.plain_lines import why_skipped
from typedflow._cli.step_words import from_cache
from typedflow._text import counted, in_one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from typedflow._definition.flow import FlowDefinition
    from typedflow.event import Event, StepStatus

_STYLES = {
    "created": "dim",
    "started": "yellow",
    "retrying": "yellow",
    "waiting": "yellow",
    "completed": "green",
    "failed": "bold red",
    "skipped": "cyan",
    "cancelled": "magenta",
}


class _RunningStep:
    """A step that has started, and the progress of its tasks."""

    def __init__(self, started: Event) -> None:
        self.started = started
        self.completed = 0
        self.failed = 0
        self.retries = 0
        self.cached = 0
        self.waiting = 0
        self.attempt = 1
        self.next_attempt = 0.0
        self.is_wait = False

    def update(self, event: Event) -> None:
        if event.status == "completed":
            self.completed += 1
            self.cached += event.cached_from is not None
        elif event.status == "failed":
            self.failed += 1
        elif event.status == "retrying":
            self.waiting += 1
            self.retries += 1
            self.attempt = (event.attempt or 0) + 1
            self.next_attempt = event.time + (event.delay or 0)
        elif event.status == "waiting":
            self.is_wait = True
        elif event.status == "started" and event.attempt != 1:
            self.waiting -= 1

    @property
    def status(self) -> str:
        if self.is_wait:
            return "waiting"
        return "retrying" if self.waiting and self.started.items is None else "started"

    @property
    def detail(self) -> str:
        if self.started.items is not None:
            retrying = f", {self.waiting:,} retrying" if self.waiting else ""
            failed = f", {self.failed:,} failed" if self.failed else ""
            return f"{self.completed:,} of {counted(self.started.items, 'item')}{failed}{retrying}"
        if self.waiting:
            return f"attempt {self.attempt} in {max(0.0, self.next_attempt - time.time()):.0f} s"
        return f"attempt {self.attempt}" if self.attempt > 1 else ""

    @property
    def summary(self) -> str:
        total = self.started.items
        items = [] if total is None else [f"{self.completed:,} of {counted(total, 'item')}"]
        failed = [f"{self.failed:,} failed"] if self.failed and total is not None else []
        cached = [f"{self.cached:,} from the cache"] if self.cached and total is not None else []
        retries = [f"{self.retries:,} {'retry' if self.retries == 1 else 'retries'}"] if self.retries else []
        return ", ".join([*items, *cached, *failed, *retries])


class _Row(NamedTuple):
    """What the table shows of a step."""

    status: str
    seconds: float | None
    detail: str

    @classmethod
    def of_ended(cls, event: Event, running: _RunningStep | None) -> _Row:
        detail = ""
        if event.reason is not None:
            detail = why_skipped(event)
        elif event.error is not None:
            detail = in_one_line(event.error)
        elif event.cached_from is not None:
            detail = from_cache(event.cached_from)
        elif running is not None:
            detail = running.summary
        seconds = None if running is None else event.monotonic - running.started.monotonic
        return cls(event.status, seconds, detail)


class StepTable:
    """A listener, and a table of the steps with status and time that rich can draw at any moment.

    It shows how many items of a map step have completed, when a task is retried, and why a step was skipped. If the
    flow has more steps than the terminal has lines, it shows only the running steps, and above them the last ones that
    ended.
    """

    def __init__(
        self, definition: FlowDefinition, console: Console, ended: Mapping[str, StepStatus] | None = None
    ) -> None:
        self._definition = definition
        self._console = console
        self._run: Event | None = None
        self._run_ended: tuple[str, float] | None = None
        self._running: dict[str, _RunningStep] = {}
        self._ended = {slug: _Row(status, None, "") for slug, status in (ended or {}).items()}

    def __call__(self, event: Event) -> None:
        """Update the table with an event."""
        if event.parent is not None:  # of a run that a handler has started
            return
        if event.step is None:
            if self._run is None:
                self._run = event
            else:
                self._run_ended = event.status, event.monotonic - self._run.monotonic
            return
        running = self._running.get(event.step)
        if event.subject == "task":
            if running is not None:
                running.update(event)
        elif event.status == "started":
            self._running[event.step] = _RunningStep(event)
        else:
            # In this order, so that a step is in at least one of the two when rich draws in between.
            self._ended[event.step] = _Row.of_ended(event, running)
            self._running.pop(event.step, None)

    def __rich__(self) -> Group:
        # Copies, because rich draws in a thread of its own, while the listener changes the dicts.
        ended, running = self._ended.copy(), self._running.copy()
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True, overflow="ellipsis")
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, justify="right")
        grid.add_column()  # the only column that shrinks if the terminal is narrow
        for slug in self._shown(ended, running):
            row = self._row(ended.get(slug), running.get(slug))
            grid.add_row(slug, Text(row.status, _STYLES[row.status]), _time(row.seconds), _detail(row.detail))
        return Group(grid, self._summary([step.status for step in ended.values()]))

    def _row(self, ended: _Row | None, running: _RunningStep | None) -> _Row:
        if ended is not None:
            return ended
        if running is not None:
            return _Row(running.status, _since(running.started), running.detail)
        return _Row("created", None, "")

    def _shown(self, ended: dict[str, _Row], running: dict[str, _RunningStep]) -> list[str]:
        height = max(1, self._console.height - 3)
        if len(self._definition) <= height:
            return [step.slug for step in self._definition.steps]
        current = [slug for slug in islice(running, height) if slug not in ended]
        latest = list(islice(reversed(ended), height - len(current)))
        return latest[::-1] + current

    def _summary(self, statuses: list[str]) -> Text:
        status, elapsed = self._run_ended or ("started", _since(self._run) if self._run else 0.0)
        skipped = f", {statuses.count('skipped')} skipped" if "skipped" in statuses else ""
        return Text.assemble(
            (self._definition.slug, "bold"),
            "  ",
            (status, _STYLES[status]),
            f"  {statuses.count('completed')} of {len(self._definition)} steps completed{skipped}  {elapsed:.1f} s",
            no_wrap=True,
            overflow="ellipsis",
        )


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"


def _detail(text: str) -> Text:
    return Text(text, no_wrap=True, overflow="ellipsis")


def _since(started: Event) -> float:
    """Return the seconds since an event, by the wall clock: the executor's clock can be read in the run only."""
    return max(0.0, time.time() - started.time)

"""The progress of a run, on standard error: a live table on a terminal, else lines."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._cli.progress.step_table import StepTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._definition.flow import FlowDefinition
    from typedflow.event import Event, Listener


@contextmanager
def progress(definition: FlowDefinition) -> Iterator[Listener]:
    """Give a listener that shows the progress of one run for as long as the context lasts.

    It is called in place, so that what is shown stands in order with what handlers print.
    """
    console = Console(stderr=True)
    if not sys.stderr.isatty() or console.is_dumb_terminal:
        lines = PlainLines()
        yield lambda event: lines(event)  # noqa: PLW0108  a lambda is called in place
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

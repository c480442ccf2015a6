"""Shows the progress of a run on standard error: a live table on a terminal, lines otherwise."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._cli.progress.step_table import StepTable
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typedflow._definition.flow import FlowDefinition
    from typedflow.event import Event, Listener, StepStatus


@contextmanager
def show_progress(
    definition: FlowDefinition, *, is_quiet: bool = False, ended: Mapping[str, StepStatus] | None = None
) -> Iterator[list[Listener]]:
    """Return a context manager that gives listeners, which show the progress of one run within the context.

    They are called in place, so that their output and that of the handlers appear in order.

    Args:
        definition: The flow.
        is_quiet: Whether to show nothing.
        ended: The statuses of the steps that have ended before, if the run is resumed.
    """
    if is_quiet:
        yield []
        return
    # What handlers print while the table is drawn passes through this console. It must stay as it is.
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    if not sys.stderr.isatty() or console.is_dumb_terminal:
        lines = PlainLines()
        yield [inline(lines)]
        return
    table = StepTable(definition, console, ended)
    live = Live(table, console=console, refresh_per_second=10)

    def listen(event: Event) -> None:
        table(event)
        if (
            event.subject == "run" and event.status == "started" and event.parent is None
        ):  # a run that cannot start is not shown
            live.start(refresh=True)

    try:
        yield [inline(listen)]
    finally:
        live.stop()

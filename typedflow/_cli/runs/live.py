"""Shows text and tables on a terminal, once or as they change; as plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from typedflow._cli.standard_output import write_output
from typedflow._text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from typedflow._cli.runs.columns import Columns


def is_terminal() -> bool:
    """Whether standard output is a terminal on which tables can be drawn."""
    return sys.stdout is not None and sys.stdout.isatty() and not _console().is_dumb_terminal


def show_once(parts: Sequence[Columns | str]) -> None:
    """Write texts and tables to standard output, one below the other."""
    if is_terminal():
        console = _console()
        for part in parts:
            console.print(_lines(part) if isinstance(part, str) else part.table(), soft_wrap=isinstance(part, str))
    else:
        shown = [_lines(part) if isinstance(part, str) else "\n".join(part.lines()) for part in parts]
        write_output("".join(f"{part}\n" for part in shown))


def show_live(drawings: Iterable[Sequence[Columns | str]]) -> None:
    """Draw texts and tables on the terminal, each time in place of the last ones."""
    from rich.console import Group  # noqa: PLC0415  as in columns
    from rich.live import Live  # noqa: PLC0415  as in columns

    with Live(console=_console(), auto_refresh=False) as live:
        for parts in drawings:
            shown = [_lines(part) if isinstance(part, str) else part.table() for part in parts]
            live.update(Group(*shown), refresh=True)


def _lines(text: str) -> str:
    return "\n".join(map(escaped, text.split("\n")))


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415  as in columns

    return Console(markup=False, emoji=False, highlight=False)

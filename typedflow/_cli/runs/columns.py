"""`Columns`: rows of texts, as a table on a terminal and as aligned lines elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from typedflow._cli.runs.shown_state import STYLES
from typedflow._text import escaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

# An identifier of 36 characters would take half of a line of a terminal.
_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Columns:
    """Rows of texts under headings. Control characters in them are shown as escape sequences.

    Attributes:
        headings: A heading of each column. On a terminal, a column below ``status`` has colors, and a UUID below
            ``run`` is shown by its beginning, which is enough to name the run.
        rows: A text for each column.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def lines(self) -> list[str]:
        """Return the headings and the rows as lines in which columns are aligned."""
        shown = [
            [heading.upper() for heading in self.headings],
            *([escaped(text) for text in row] for row in self.rows),
        ]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in shown]

    def table(self) -> Table:
        """Return a table that rich can draw. Only its last column shrinks if the terminal is narrow."""
        from rich.table import Table  # noqa: PLC0415  most of a second is rich's import, and only terminals need it
        from rich.text import Text  # noqa: PLC0415  as above

        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
        for heading in self.headings[:-1]:
            table.add_column(heading.upper(), no_wrap=True)
        table.add_column(self.headings[-1].upper())
        for row in self.rows:
            cells = [
                Text(escaped(_shortened(heading, text)), _style(heading, text), no_wrap=True, overflow="ellipsis")
                for heading, text in zip(self.headings, row, strict=True)
            ]
            table.add_row(*cells)
        return table


def _style(heading: str, text: str) -> str:
    return STYLES.get(text.partition(" ")[0].rstrip(","), "") if heading == "status" else ""


def _shortened(heading: str, text: str) -> str:
    return text[:8] if heading == "run" and _UUID.fullmatch(text) else text

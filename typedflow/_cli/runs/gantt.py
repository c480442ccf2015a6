"""`chart`: when the steps of a run were executed, as bars of characters."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from typedflow._cli.runs.shown_time import shown_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

End: TypeAlias = Literal["completed", "failed", "interrupted", "cancelled", "running", "waiting"]

# The last character of an attempt, by how it ended.
_ENDS: Final[dict[End, str]] = {
    "completed": "=",
    "failed": "x",
    "interrupted": "!",
    "cancelled": "c",
    "running": ">",
    "waiting": ".",
}
# What is drawn where several attempts share a column: the last one of these.
_RANKS: Final = " .=>c!x"
# A gap in which nothing was executed is shortened if it is longer than this share of the time that is shown, and than
# these seconds.
_LONGEST_GAP: Final = 0.15
_SHORT: Final = 1.0

_LEGEND: Final = {
    "=": "executed",
    ".": "waits",
    "x": "failed",
    "!": "interrupted",
    "c": "cancelled",
    ">": "still executed",
}


class Span(NamedTuple):
    """A time in which a step was executed, or waited for something. Times are seconds since the epoch."""

    start: float
    end: float
    how: End


class Bar(NamedTuple):
    """A line of the chart.

    Attributes:
        step: What stands before it.
        spans: What is drawn.
        note: What stands behind it.
    """

    step: str
    spans: Sequence[Span]
    note: str = ""


def chart(bars: Sequence[Bar], start: float, end: float, width: int) -> list[str]:
    """Return the lines of a chart, and below them what its characters mean.

    A long time in which nothing was executed, such as that between an interruption and the resumption, is shortened.

    Args:
        bars: The lines.
        start: When the run was created.
        end: When it ended, or now.
        width: How many characters the bars may take.
    """
    ends = Span(start, start, "waiting"), Span(end, end, "waiting")
    scale = _Scale([*ends, *(span for bar in bars for span in bar.spans)], width)
    labels = max((len(bar.step) for bar in bars), default=0)
    length = shown_duration(timedelta(seconds=scale.end - start))
    lines = [f"{'':{labels}}  0{length:>{width - 1}}".rstrip()]
    drawn = [scale.drawn(bar.spans) for bar in bars]
    lines += [f"{bar.step:{labels}}  {line}  {bar.note}".rstrip() for bar, line in zip(bars, drawn, strict=True)]
    lines.append("  ".join(f"{sign} {what}" for sign, what in _LEGEND.items() if any(sign in line for line in drawn)))
    lines += [f": a gap of {shown_duration(timedelta(seconds=gap))}" for gap in scale.gaps]
    return lines


class _Scale:
    """Says in which column a time is drawn.

    Attributes:
        end: The last time.
        gaps: How long the gaps are that are shortened.
    """

    def __init__(self, spans: Sequence[Span], width: int) -> None:
        busy = _merged(spans)
        self.end = busy[-1][1]
        self._width = width
        executed = sum(end - start for start, end in busy)
        longest = executed * _LONGEST_GAP
        self.gaps = []
        self._cuts = []
        # Each knot is a time, and the time that is shown up to it.
        self._knots = [(busy[0][0], 0.0)]
        for (start, end), following in pairwise([*busy, (self.end, self.end)]):
            self._add(end, end - start)
            gap = following[0] - end
            is_short = gap <= max(longest, _SHORT) or not executed
            if not is_short:
                self.gaps.append(gap)
                self._cuts.append(end)
            self._add(following[0], gap if is_short else longest)
        self._shown = self._knots[-1][1]

    def drawn(self, spans: Iterable[Span]) -> str:
        """Return the bar of some spans."""
        columns = [" "] * self._width
        for cut in self._cuts:
            columns[min(self._column(cut) + 1, self._width - 1)] = ":"
        for span in spans:
            first, last = self._column(span.start), self._column(span.end)
            inner = "." if span.how == "waiting" else "="
            for column in range(first, last):
                _draw(columns, column, inner)
            _draw(columns, last, _ENDS[span.how])
        return "".join(columns)

    def _add(self, time: float, shown: float) -> None:
        self._knots.append((time, self._knots[-1][1] + shown))

    def _column(self, time: float) -> int:
        shown = self._shown
        for (start, before), (end, after) in pairwise(self._knots):
            if time <= end:
                share = (time - start) / (end - start) if end > start else 1.0
                shown = before + (after - before) * max(share, 0.0)
                break
        return min(int(shown / self._shown * self._width), self._width - 1) if self._shown else 0


def _draw(columns: list[str], column: int, character: str) -> None:
    there = columns[column]
    if there not in _RANKS or _RANKS.index(character) >= _RANKS.index(there):
        columns[column] = character


def _merged(spans: Iterable[Span]) -> list[tuple[float, float]]:
    """Return the times in which anything was executed or waited, without overlaps."""
    merged: list[tuple[float, float]] = []
    for start, end, _ in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, max(start, end)))
    return merged

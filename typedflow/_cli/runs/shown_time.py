"""Times and durations as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def shown_time(time: datetime | None, *, has_zone: bool = False) -> str:
    """Return a time by the clock of this machine, to the second.

    Args:
        time: The time; None gives an empty text.
        has_zone: Whether to add how far the clock is from UTC.
    """
    if time is None:
        return ""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S %z" if has_zone else "%Y-%m-%d %H:%M:%S")


def shown_duration(duration: timedelta | None) -> str:
    """Return a duration in at most two units; an empty text for None."""
    if duration is None:
        return ""
    seconds = max(0.0, duration.total_seconds())
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"

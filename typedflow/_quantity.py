"""What options count and measure: whole numbers and durations."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TypeAlias

Duration: TypeAlias = float | timedelta
"""A number of seconds, or a `datetime.timedelta`."""


def is_whole(value: object) -> bool:
    """Return whether a value is a whole number of at least 1."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def in_seconds(value: object) -> float | None:
    """Return a duration in seconds; None if the value is not a duration."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return None if math.isnan(value) else float(value)
    except OverflowError:  # a whole number too large for a float
        return None

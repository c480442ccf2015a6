"""The values of ``--since`` and ``--older-than``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import click

_UNITS: Final = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_PERIOD: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d|w)")


def period(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> timedelta | None:
    """Return the duration that an option gives: a number with a unit.

    Raises:
        BadParameter: It is not a duration.
    """
    if value is None:
        return None
    found = _period(value)
    if found is None:
        raise click.BadParameter(f'"{value}" is not a duration. Write a number and a unit: 90s, 5m, 2h, 3d or 4w.')
    return found


def since(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> datetime | None:
    """Return the time that an option gives: how long ago, or an ISO date, by the clock of this machine.

    Raises:
        BadParameter: It is neither.
    """
    if value is None:
        return None
    found = _period(value)
    try:
        return datetime.fromisoformat(value).astimezone(UTC) if found is None else datetime.now(UTC) - found
    except (ValueError, OverflowError):
        advice = "Write how long ago, such as 2h or 3d, or an ISO date, such as 2026-12-01 or 2026-12-01T08:30."
        raise click.BadParameter(f'"{value}" is not a time. {advice}') from None


def _period(value: str) -> timedelta | None:
    found = _PERIOD.fullmatch(value.strip())
    try:
        return None if found is None else timedelta(**{_UNITS[found[2]]: float(found[1])})
    except OverflowError:
        return None

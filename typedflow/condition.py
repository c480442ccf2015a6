"""Whether a JSON value contains a pattern, by the rules of Postgres' ``@>`` on jsonb."""

from __future__ import annotations


def check_pattern(pattern: object) -> None:
    """Refuse what is no JSON value.

    Raises:
        ValueError: It is none; the message names the place and what is there.
    """


def contains(value: object, pattern: object) -> bool:
    """Return whether a JSON value contains a pattern, another JSON value."""
    raise NotImplementedError

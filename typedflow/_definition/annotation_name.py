"""What messages and drawings call a declared type."""

from __future__ import annotations

from typing import Any


def name_of(declared: Any) -> str:
    """Return the name of a declared type, for messages."""
    return declared.__name__ if isinstance(declared, type) else str(declared).replace("typing.", "")

"""The identifiers of runs in pgflow's tables, which are UUIDs."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f6bbd0e-0b2f-5d0a-9c53-7f1a3c2e9d41")


def run_uuid(run_id: str) -> UUID:
    """Return a text that is a UUID as that, and the same UUID for the same other text."""
    try:
        return UUID(run_id)
    except ValueError:
        return uuid5(_NAMESPACE, run_id)

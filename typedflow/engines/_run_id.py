"""The identifiers of runs."""

from __future__ import annotations

import uuid


def new_run_id() -> str:
    """Return the identifier of a new run, a UUID."""
    return str(uuid.uuid4())

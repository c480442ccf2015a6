"""Remembers the identifiers of the runs that were deleted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def remember_deleted(db: sqlite3.Connection, run_id: str) -> None:
    """Remember that a run with this identifier was deleted."""
    db.execute("insert or ignore into deleted_runs values (?)", (_digest(run_id),))


def was_deleted(db: sqlite3.Connection, run_id: str) -> bool:
    """Whether a run with this identifier was deleted."""
    return db.execute("select 1 from deleted_runs where digest = ?", (_digest(run_id),)).fetchone() is not None


# A million runs may be deleted from one file. Their identifiers would need 50 MB or more, their digests need 12.
def _digest(run_id: str) -> int:
    digest = hashlib.blake2b(run_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)

"""Deletes runs that have ended, in batches between the commits of runs that live."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Final

from typedflow.exceptions import StoreError
from typedflow.stores._requests import delete_row, delete_unused_shapes
from typedflow.stores._values import timestamp

if TYPE_CHECKING:
    from datetime import timedelta

    from typedflow.stores._database import FileDatabase, MemoryDatabase
    from typedflow.stores._run_log import RunFilter

_BATCH: Final = 500
_SECONDS: Final = 0.05
_PAGES: Final = 2_000


def ended_before(older_than: timedelta) -> str:
    """Return the time before which runs have ended that are pruned."""
    return timestamp(time.time() - older_than.total_seconds())


def delete_batch(db: sqlite3.Connection, before: str, status: RunFilter | None, flow: str | None) -> tuple[int, bool]:
    """Delete some runs that ended before a time: those that take a twentieth of a second, and one at least.

    Returns:
        How many were deleted, and whether there are more.
    """
    query = "select id, run_id from runs where ended_at < ? and status <> 'started'"
    parameters = [before]
    for column, wanted in (("status", status), ("flow", flow)):
        if wanted is not None:
            query += f" and {column} = ?"
            parameters.append(wanted)
    rows = db.execute(f"{query} order by ended_at limit {_BATCH}", parameters).fetchall()
    give_up = time.perf_counter() + _SECONDS
    deleted = 0
    for row, run_id in rows:
        delete_row(db, row, run_id)
        deleted += 1
        if time.perf_counter() > give_up:
            break
    if rows:
        delete_unused_shapes(db)
    return deleted, deleted < len(rows) or len(rows) == _BATCH


# `executescript` runs the pragma to its end. `execute` was tried first: it stops after one page, which takes minutes
# for a large file. But `executescript` would also end the transaction of the writer, so it has a connection of its own.
def shrink(database: FileDatabase | MemoryDatabase) -> None:
    """Give free space back to the file system; what is locked at the moment is kept for runs to come."""
    if not database.is_shared:
        return
    with suppress(sqlite3.Error, StoreError), closing(database.connect(writes=True)) as db:
        free = _free_pages(db)
        while free:
            db.executescript(f"pragma incremental_vacuum({_PAGES})")
            before, free = free, _free_pages(db)
            if free >= before:
                break
        db.execute("pragma busy_timeout = 1000")
        db.execute("pragma wal_checkpoint(truncate)").fetchall()


def _free_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("pragma freelist_count").fetchone()[0])

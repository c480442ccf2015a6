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
    from typedflow.stores._store import RunFilter

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


def give_back(db: sqlite3.Connection) -> bool:
    """Return some free pages to the file system. Returns whether there are more."""
    free = _free_pages(db)
    db.execute(f"pragma incremental_vacuum({_PAGES})").fetchall()
    return 0 < _free_pages(db) < free


def _free_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("pragma freelist_count").fetchone()[0])


def shrink(database: FileDatabase | MemoryDatabase) -> None:
    """Make the files smaller, if no other process reads them now; otherwise this happens with a later commit."""
    if database.is_shared:
        with suppress(sqlite3.Error, StoreError), closing(database.connect(writes=True)) as db:
            db.execute("pragma busy_timeout = 1000")
            db.execute("pragma wal_checkpoint(truncate)").fetchall()

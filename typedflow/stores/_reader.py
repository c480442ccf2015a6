"""`Reader`: the connection with which a store reads, for one thread at a time."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from typedflow.stores._database import store_error

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from typedflow.stores._database import FileDatabase, MemoryDatabase


class Reader:
    """Reads a database; what is read together is of one moment.

    Args:
        database: What is read.
        lock: What threads wait for.
    """

    def __init__(self, database: FileDatabase | MemoryDatabase, lock: threading.RLock) -> None:
        self._database = database
        self._lock = lock
        self._db: sqlite3.Connection | None = None

    @contextmanager
    def reading(self, *, in_transaction: bool = True) -> Iterator[sqlite3.Connection]:
        """Provide the connection, in a transaction of its own."""
        with self._lock:
            try:
                db = self._connection()
                if in_transaction:
                    db.execute("begin")
                try:
                    yield db
                finally:
                    if in_transaction:
                        db.execute("rollback")
            except sqlite3.Error as error:
                raise store_error(self._database.name, error) from error

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            db, self._db = self._db, None
            if db is not None:
                db.close()

    def _connection(self) -> sqlite3.Connection:
        if self._db is not None and not self._database.is_current(self._db):
            self.close()
        if self._db is None:
            self._db = self._database.connect(writes=False)
        return self._db

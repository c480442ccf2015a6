"""`MemoryStore`: runs in the memory of this process."""

from __future__ import annotations

from typing import Final

from typedflow.stores._database import MemoryDatabase
from typedflow.stores._sql_store import SqlStore

_MIB: Final = 1024 * 1024


class MemoryStore(SqlStore):
    """Keeps runs in the memory of this process, for tests. They are gone when it is closed.

    It behaves as a `SqliteStore` does: it keeps them in an SQLite database that has no file.

    Args:
        max_value_bytes: The largest flow input or output that may be stored, in bytes; None for no limit.
    """

    def __init__(self, *, max_value_bytes: int | None = 64 * _MIB) -> None:
        super().__init__(MemoryDatabase(), cipher=None, max_value_bytes=max_value_bytes, lease=10.0)

"""`SqliteStore`: runs in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow.stores._database import FileDatabase
from typedflow.stores._sql_store import SqlStore

if TYPE_CHECKING:
    import os

    from typedflow.stores._database import Durability
    from typedflow.stores._values import Cipher

_MIB: Final = 1024 * 1024


class SqliteStore(SqlStore):
    """Keeps runs in one SQLite file. Several threads, processes and runs may use it at the same time.

    It is a context manager, which closes it.

    Args:
        path: The file. It is made if there is none; its folder has to be there.
        durability: What a power cut may cost: nothing (``full``), or the newest commits (``normal``), which is several
            times as fast. A process that dies costs nothing in either.
        cipher: Encrypts flow inputs, outputs and errors: an object with the methods ``encrypt`` and ``decrypt``, each
            from bytes to bytes.
        max_value_bytes: The largest flow input or output that may be stored, in bytes; None for no limit but SQLite's,
            which is about 1 GB.
        lease: After how many seconds without a sign of life another process may take over a run. Only a process that is
            frozen, or is not on this machine, takes so long: that one has died on this machine is known immediately.
        busy_timeout: How many seconds to wait while another process has locked the file.

    Raises:
        StoreError: The file cannot be opened, or is not a store.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: Durability = "full",
        cipher: Cipher | None = None,
        max_value_bytes: int | None = 64 * _MIB,
        lease: float = 10.0,
        busy_timeout: float = 30.0,
    ) -> None:
        database = FileDatabase(path, durability, busy_timeout)
        super().__init__(database, cipher=cipher, max_value_bytes=max_value_bytes, lease=lease)

"""Opens the SQLite database of a store, and says what is wrong if it cannot be opened, read or written."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Literal, TypeAlias

from typing_extensions import override

from typedflow.exceptions import StoreError
from typedflow.stores._arguments import check_arguments_of_file
from typedflow.stores._reading import add_functions
from typedflow.stores._schema import APPLICATION_ID, MIGRATIONS, migrate, version_of

Durability: TypeAlias = Literal["full", "normal"]
"""What a power cut may cost: nothing, or the newest commits. A process that dies costs nothing in either."""

_Inode: TypeAlias = tuple[int, int] | None
_Files: TypeAlias = tuple[_Inode, _Inode]

_OLDEST_SQLITE: Final = (3, 37, 0)
_CACHED_STATEMENTS: Final = 128
_LARGEST_WAL: Final = 64 * 1024 * 1024
_SYNCHRONOUS: Final = {"full": "FULL", "normal": "NORMAL"}
_REASONS: Final = {
    "SQLITE_FULL": "the disk is full. Make room on it.",
    "SQLITE_BUSY": "another process has locked it for longer than busy_timeout. Find out which, and try again.",
    "SQLITE_LOCKED": "another connection has locked it. Try again.",
    "SQLITE_READONLY": "it is read-only. Give this process the permission to write the file and its folder.",
    "SQLITE_CANTOPEN": (
        "it cannot be opened. Give this process the permission to read and write the file and its folder."
    ),
    "SQLITE_PERM": "this process may not open it. Give it the permission to read and write the file and its folder.",
    "SQLITE_NOTADB": "it is not an SQLite file. Choose another path, or move the file away.",
    "SQLITE_CORRUPT": "the file is damaged. Restore it from a backup; sqlite3's command .recover may save most of it.",
    "SQLITE_TOOBIG": "a value is larger than SQLite can store.",
    "SQLITE_NOMEM": "there is not enough memory.",
}


class _Connection(sqlite3.Connection):
    """A connection that knows the two files that it has opened: of the database, and of the newest commits."""

    files: _Files = (None, None)

    @override
    def close(self) -> None:
        _open_connections.discard(self)
        super().close()


_open_connections: Final[set[_Connection]] = set()
_inherited: Final[list[_Connection]] = []


# SQLite forbids to use a connection in a forked process, and even to close it: that would end the locks of the parent.
# So a child keeps those that it has inherited until it ends. tests/unit/stores/test_files.py forks.
def _keep_inherited() -> None:
    _inherited.extend(_open_connections)
    _open_connections.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_inherited)


class FileDatabase:
    """A database in a file, which several connections and processes use."""

    is_shared = True

    def __init__(self, path: str | os.PathLike[str], durability: Durability, busy_timeout: float) -> None:
        self.name = str(path)
        check_arguments_of_file(path, durability, busy_timeout)
        self.path = Path(path)
        self._durability = durability
        self._busy_timeout = busy_timeout
        self._file = str(self.path)
        self._wal = f"{self.path}-wal"

    def prepare(self) -> None:
        """Make the file and its tables, or bring them up to date."""
        _check_version_of_sqlite(self.name)
        self._check_path()
        is_new = not self.path.exists()
        try:
            with closing(self._connect()) as db:
                db.execute("begin")  # what is read below is of one moment: another process may be making the tables
                _check_tables(db, self.name)
                db.execute("rollback")
                if version_of(db) < len(MIGRATIONS):
                    self._make_tables(db)
        except sqlite3.Error as error:
            if is_new and self.path.exists() and not self.path.stat().st_size:
                self.path.unlink(missing_ok=True)
            raise store_error(self.name, error) from error

    def close(self) -> None:
        """Do nothing: each connection is closed by what has opened it."""

    def connect(self, *, writes: bool) -> sqlite3.Connection:
        """Return a new connection. It may be used in any thread, in one at a time."""
        if _inode(self._file) is None:
            raise StoreError(self.name, "the file was deleted or moved while it was open.")
        try:
            db = self._connect()
            if not writes:
                db.execute("pragma query_only = on")
            version_of(db)
        except sqlite3.Error as error:
            raise store_error(self.name, error) from error
        db.files = self._files()
        _open_connections.add(db)
        return db

    def is_current(self, db: sqlite3.Connection) -> bool:
        """Whether the files are still those that a connection has opened.

        If the file of newest commits was deleted, they are copied from there, where the connection still has them.
        """
        assert isinstance(db, _Connection)  # noqa: S101  it is one of its own
        files = self._files()
        if files == db.files:
            return True
        if files[0] == db.files[0]:
            with suppress(sqlite3.Error):
                db.execute("pragma query_only = off")
                db.execute("pragma wal_checkpoint(truncate)").fetchall()
        return False

    def _files(self) -> _Files:
        return _inode(self._file), _inode(self._wal)

    def _connect(self) -> _Connection:
        db = sqlite3.connect(
            self.path,
            factory=_Connection,
            timeout=self._busy_timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_CACHED_STATEMENTS,
        )
        try:
            db.execute(f"pragma synchronous = {_SYNCHRONOUS[self._durability]}")
            if self._durability == "full":
                db.execute("pragma fullfsync = on")  # macOS keeps what it has synced in the disk's own memory otherwise
            db.execute("pragma foreign_keys = on")
            db.execute(f"pragma journal_size_limit = {_LARGEST_WAL}")
            add_functions(db)
        except BaseException:
            db.close()
            raise
        return db

    def _make_tables(self, db: sqlite3.Connection) -> None:
        db.execute("pragma auto_vacuum = incremental")
        self._use_wal(db)
        db.execute("begin immediate")
        try:
            _check_tables(db, self.name)
            migrate(db)
            db.execute("commit")
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            raise

    def _use_wal(self, db: sqlite3.Connection) -> None:
        # SQLite does not wait for other connections here: two processes may make one file at the same time.
        give_up = time.monotonic() + self._busy_timeout
        while True:
            try:
                mode = db.execute("pragma journal_mode = wal").fetchone()[0]
            except sqlite3.OperationalError as error:
                if not _is(error, "SQLITE_BUSY") or time.monotonic() > give_up:
                    raise
                time.sleep(0.01)
                continue
            if mode != "wal":
                raise StoreError(
                    self.name, f"its file system cannot share memory (journal_mode is {mode}). Use a local disk."
                )
            return

    def _check_path(self) -> None:
        if self.path.is_dir():
            raise StoreError(self.name, "it is a folder. Give the path of a file in it.")
        if not self.path.parent.is_dir():
            raise StoreError(self.name, f"there is no folder {self.path.parent}. Make it first.")


class MemoryDatabase:
    """A database in the memory of this process, which has one connection."""

    is_shared = False
    name = "memory"

    def __init__(self) -> None:
        _check_version_of_sqlite(self.name)
        self._db: sqlite3.Connection | None = None

    def prepare(self) -> None:
        """Make the tables."""
        db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        db.execute("pragma foreign_keys = on")
        add_functions(db)
        db.execute("begin")
        migrate(db)
        db.execute("commit")
        self._db = db

    def close(self) -> None:
        """Forget everything."""
        if self._db is not None:
            self._db.close()

    def connect(self, *, writes: bool) -> sqlite3.Connection:  # noqa: ARG002  one connection does both
        """Return the connection."""
        assert self._db is not None  # noqa: S101  it is prepared
        return self._db

    def is_current(self, db: sqlite3.Connection) -> bool:
        """Whether the connection can be used."""
        return db is self._db


def _inode(path: str) -> _Inode:
    try:
        found = os.stat(path)  # noqa: PTH116  twice as fast, before each commit
    except OSError:
        return None
    return found.st_dev, found.st_ino


def store_error(store: str, error: Exception) -> StoreError:
    """Return what a store raises for an exception of SQLite or of the system."""
    name = getattr(error, "sqlite_errorname", None) or ""
    reason = next((text for code, text in _REASONS.items() if name == code or name.startswith(f"{code}_")), None)
    if reason is None and name.startswith("SQLITE_IOERR"):
        reason = f"the disk reports an error ({name}). Check the disk and the free space on it."
    return StoreError(store, reason or f"{type(error).__name__}: {error}")


def _is(error: sqlite3.Error, code: str) -> bool:
    name = getattr(error, "sqlite_errorname", "")
    return name == code or name.startswith(f"{code}_")


def _check_version_of_sqlite(store: str) -> None:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StoreError(
            store, f"it needs SQLite 3.37 or newer, and this Python has {sqlite3.sqlite_version}. Use a newer Python."
        )


def _check_tables(db: sqlite3.Connection, store: str) -> None:
    version = version_of(db)
    if db.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
        if version or db.execute("select count(*) from sqlite_schema").fetchone()[0]:
            raise StoreError(store, "it is the SQLite file of another program. Choose another path.")
    elif version > len(MIGRATIONS):
        raise StoreError(
            store,
            f"a newer typedflow has written it: its tables have version {version}, and this typedflow knows "
            f"{len(MIGRATIONS)}. Upgrade typedflow.",
        )

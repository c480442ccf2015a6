"""Notices what other processes ask for: it looks whether the database has changed, 20 times a second."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from typedflow.exceptions import StoreError
from typedflow.stores._records import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.stores._database import FileDatabase, MemoryDatabase

_INTERVAL: Final = 0.05
_REQUESTS: Final = """
select r.run_id, c.epoch, c.requests from claims c join runs r on r.id = c.run where c.requests > 0
"""


class Watching:
    """The runs of a store that are watched. A thread looks for them as long as there are some."""

    def __init__(self, database: FileDatabase | MemoryDatabase) -> None:
        self._database = database
        self._watched: dict[Claim, dict[int, Callable[[], object]]] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._next = 0
        self._has_new = False

    def watch(self, claim: Claim, notify: Callable[[], object]) -> Callable[[], None]:
        """Call a function when something is requested. Returns what ends it."""
        with self._lock:
            number = self._next
            self._next += 1
            self._watched.setdefault(claim, {})[number] = notify
            self._has_new = True
            if self._thread is None and self._database.is_shared:
                self._wake.clear()
                self._thread = threading.Thread(target=self._look, name="typedflow store watch", daemon=True)
                self._thread.start()
        return lambda: self._end(claim, number)

    def notify(self, claim: Claim) -> None:
        """Call the functions of a run."""
        with self._lock:
            functions = list(self._watched.get(claim, {}).values())
        for function in functions:
            with suppress(Exception):  # it may be that of a program that has ended
                function()

    def notify_run(self, run_id: str) -> None:
        """Call the functions of a run, for each claim on it."""
        with self._lock:
            claims = [claim for claim in self._watched if claim.run_id == run_id]
        for claim in claims:
            self.notify(claim)

    def stop(self) -> None:
        """Call nothing more."""
        with self._lock:
            self._watched.clear()
        self._wake.set()

    def _end(self, claim: Claim, number: int) -> None:
        with self._lock:
            functions = self._watched.get(claim, {})
            functions.pop(number, None)
            if not functions:
                self._watched.pop(claim, None)

    def _look(self) -> None:
        seen: dict[Claim, int] = {}
        version: int | None = None
        db: sqlite3.Connection | None = None
        while self._has_watched():
            # What cannot be read now is read the next time.
            with suppress(sqlite3.Error, StoreError):
                if db is None:
                    db = self._database.connect(writes=False)
                newest = db.execute("pragma data_version").fetchone()[0]
                if newest != version or self._has_new:
                    self._has_new = False
                    seen = self._compare(db, seen)
                    version = newest
            self._wake.wait(_INTERVAL)
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def _has_watched(self) -> bool:
        with self._lock:
            if not self._watched:
                self._thread = None
                return False
            return True

    def _compare(self, db: sqlite3.Connection, seen: dict[Claim, int]) -> dict[Claim, int]:
        found = {Claim(run_id, epoch): requests for run_id, epoch, requests in db.execute(_REQUESTS)}
        with self._lock:
            watched = list(self._watched)
        for claim in watched:
            if found.get(claim, 0) > seen.get(claim, 0):
                self.notify(claim)
        return found

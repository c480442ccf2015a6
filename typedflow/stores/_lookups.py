"""`Lookups`: the look-ups in the cache of a store, and those that wait for an output that another task computes."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from typedflow.exceptions import StoreError
from typedflow.stores import _cache, _claims

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.stores._cache import Found
    from typedflow.stores._cache_records import CachedOutput, CacheKey
    from typedflow.stores._database import FileDatabase, MemoryDatabase
    from typedflow.stores._records import Claim
    from typedflow.stores._values import Values
    from typedflow.stores._writer import Transaction, Writer

_INTERVAL: Final = 0.05
# A process that dies commits nothing, so those that wait for it look from time to time.
_LONGEST_INTERVAL: Final = 1.0


class _Lookup(NamedTuple):
    claim: Claim
    key: CacheKey
    on_wait: Callable[[], object] | None
    future: Future[CachedOutput | None]


class Lookups:
    """Asks for cached outputs, and asks again for those that another task computes.

    Those are asked for again when that task has ended. If it belongs to another process, a thread notices that: it
    looks whether the database has changed, 20 times a second, as long as a look-up waits.

    Args:
        database: Where outputs are cached.
        writer: What writes to it.
        values: How outputs are written.
    """

    def __init__(self, database: FileDatabase | MemoryDatabase, writer: Writer, values: Values) -> None:
        self._database = database
        self._writer = writer
        self._values = values
        self._waiting: list[_Lookup] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_stopped = False
        self._times_asked_again = 0

    def look_up(
        self, claim: Claim, key: CacheKey, on_wait: Callable[[], object] | None = None
    ) -> Future[CachedOutput | None]:
        """See `Store.look_up`."""
        lookup = _Lookup(claim, key, on_wait, Future())
        self._ask(lookup)
        return lookup.future

    def ask_again(self, digest: str | None = None) -> None:
        """Ask again for an output that another task has computed or does not compute any more; None for all of them."""
        asked: list[_Lookup] = []
        waiting: list[_Lookup] = []
        with self._lock:
            self._times_asked_again += 1
            for lookup in self._waiting:
                (asked if digest in {None, lookup.key.digest} else waiting).append(lookup)
            self._waiting = waiting
        for lookup in asked:
            self._ask(lookup)

    def stop(self) -> None:
        """Answer nothing more."""
        with self._lock:
            self._is_stopped = True
            waiting, self._waiting = self._waiting, []
        self._wake.set()
        for lookup in waiting:
            _refuse(lookup, self._closed())

    def _ask(self, lookup: _Lookup) -> None:
        times = self._times_asked_again
        try:
            found = self._writer.submit(lambda transaction: self._execute(transaction, lookup))
        except StoreError as error:
            _refuse(lookup, error)
            return
        found.add_done_callback(lambda found: self._answer(lookup, found, times))

    def _execute(self, transaction: Transaction, lookup: _Lookup) -> Found:
        claim, key, *_ = lookup
        run = self._writer.held.get(claim)
        if run is None or not _claims.check_claim(transaction.db, run, claim.epoch):
            raise _claims.lost(transaction.db, self._database.name, claim)
        return _cache.look_up(transaction.db, self._values, (run, claim.epoch), key, time.time())

    def _answer(self, lookup: _Lookup, found: Future[Found], times: int) -> None:
        if (error := found.exception()) is not None:
            _refuse(lookup, error)
            return
        output = found.result()
        if output is _cache.WAIT:
            self._wait(lookup, times)
        elif lookup.future.set_running_or_notify_cancel():
            lookup.future.set_result(output)
        elif output is None:
            with suppress(StoreError):  # it is closed, so its claims have ended
                self._writer.submit(lambda transaction: self._give_up(transaction, lookup))

    def _give_up(self, transaction: Transaction, lookup: _Lookup) -> None:
        claim, key, *_ = lookup
        run = self._writer.held.get(claim)
        if run is not None:
            _cache.give_up(transaction.db, run, key)
            transaction.after.append(lambda: self.ask_again(key.digest))

    def _wait(self, lookup: _Lookup, times: int) -> None:
        with self._lock:
            is_stopped = self._is_stopped
            is_late = times != self._times_asked_again  # what it waits for may have ended before it waited
            if not is_late and not is_stopped:
                self._waiting.append(lookup)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._look, name="typedflow store cache", daemon=True)
                    self._thread.start()
        if is_stopped:
            _refuse(lookup, self._closed())
        elif is_late:
            self._ask(lookup)
        elif lookup.on_wait is not None:
            with suppress(Exception):  # it may be that of a program that has ended
                lookup.on_wait()

    def _closed(self) -> StoreError:
        return StoreError(self._database.name, "it is closed. Open it again.")

    def _look(self) -> None:
        db: sqlite3.Connection | None = None
        version: int | None = None
        asked_at = time.monotonic()
        while self._is_needed():
            newest = version
            if self._database.is_shared:
                with suppress(sqlite3.Error, StoreError):  # what cannot be read now is read the next time
                    db = db or self._database.connect(writes=False)
                    newest = db.execute("pragma data_version").fetchone()[0]
            if newest != version or time.monotonic() > asked_at + _LONGEST_INTERVAL:
                version, asked_at = newest, time.monotonic()
                self.ask_again()
            self._wake.wait(_INTERVAL)
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def _is_needed(self) -> bool:
        with self._lock:
            self._waiting = [lookup for lookup in self._waiting if not lookup.future.cancelled()]
            if not self._waiting or self._is_stopped:
                self._thread = None
                return False
            return True


def _refuse(lookup: _Lookup, error: BaseException) -> None:
    if lookup.future.set_running_or_notify_cancel():
        lookup.future.set_exception(error)

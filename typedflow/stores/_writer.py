"""The one thread of a store that writes. It commits what many callers ask for together."""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
import time
import weakref
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from typedflow.exceptions import StoreError, TypedflowError
from typedflow.stores._claims import release, renew
from typedflow.stores._database import MemoryDatabase, store_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.stores._database import FileDatabase
    from typedflow.stores._records import Claim

T = TypeVar("T")

_MOST_REQUESTS: Final = 1_000
_SHORTEST_RENEWAL: Final = 0.05
_AT_EXIT: Final = 10.0


class Refused(NamedTuple):
    """The answer of a request that has changed something, and yet refuses what it was asked for."""

    error: TypedflowError


class _Request(NamedTuple):
    execute: Callable[[Transaction], Any]
    future: Future[Any]


class Transaction:
    """What a request may use: the connection, the claims of the store, and what to do after the commit.

    Attributes:
        db: The connection.
        after: What is called, in order, when the transaction is committed.
    """

    __slots__ = ("after", "db")

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.after: list[Callable[[], object]] = []


class Writer:
    """Executes requests in a thread of its own, as many as there are in one transaction.

    If a request fails, or the commit does, all of it is rolled back, and each request is tried alone: the trouble of
    one run does not concern another one. The thread starts with the first request. It outlives every failure.

    The queue is as long as there are callers: an engine has at most one commit of each run under way, and all other
    callers wait. A transaction takes at most a thousand requests, since it keeps what it has changed in memory.

    Attributes:
        pid: The process that made it.
        held: The claims of this store, each with the number of its run in the tables.
    """

    def __init__(
        self,
        database: FileDatabase | MemoryDatabase,
        lock: threading.RLock,
        lease: float,
        on_lost: Callable[[Claim], object],
    ) -> None:
        self.pid = os.getpid()
        self.held: dict[Claim, int] = {}
        self._given_back: set[Claim] = set()
        self._database = database
        self._lock = lock
        self._lease = lease
        self._queue: SimpleQueue[_Request | None] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._db: sqlite3.Connection | None = None
        self._renew_at = 0.0
        self._on_lost = on_lost
        _writers.add(self)

    def submit(self, execute: Callable[[Transaction], T]) -> Future[T]:
        """Execute a request in the next transaction."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        with self._starting:
            if self._is_closed:
                raise StoreError(self._database.name, "it is closed. Open it again.")
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="typedflow store", daemon=True)
                self._thread.start()
            self._queue.put(_Request(execute, future))
        return future

    def is_own_thread(self) -> bool:
        """Whether the caller is a callback of a future."""
        return threading.current_thread() is self._thread

    def stop(self) -> None:
        """Commit what was asked for, give the runs back, and end. It does not wait for that."""
        with self._starting:
            self._is_closed = True
            self._queue.put(None)

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of the thread."""
        thread = self._thread
        if thread is not None and not self.is_own_thread():
            thread.join(timeout)

    def _work(self) -> None:
        while self._execute_next():
            pass
        self._finish()

    # A function of its own: a request refers to the store, which has to be collected while this thread waits.
    def _execute_next(self) -> bool:
        batch = self._next_batch()
        requests = [request for request in batch if request is not None]
        if requests or self._is_renewal_due():
            self._execute_all(requests)
        return None not in batch

    def _next_batch(self) -> list[_Request | None]:
        batch: list[_Request | None] = []
        try:
            first = self._queue.get(timeout=self._until_renewal())
            batch.append(first)
            while first is not None and len(batch) < _MOST_REQUESTS:
                first = self._queue.get_nowait()
                batch.append(first)
        except Empty:
            pass
        return batch

    def _finish(self) -> None:
        if self.held:
            self._given_back.update(self.held)
            self._execute_all([])
        with self._lock:  # a thread may be reading by the same connection, if the database is in memory
            self._disconnect()

    def _execute_all(self, requests: list[_Request]) -> None:
        outcomes = self._in_one_transaction(requests)
        if outcomes is None:
            outcomes = []
            for request in requests:
                outcomes += self._in_one_transaction([request], is_alone=True) or []
        # In order: a callback may ask for the next transition of its run.
        for request, outcome in zip(requests, outcomes, strict=True):
            _set(request.future, outcome)

    def _in_one_transaction(self, requests: list[_Request], *, is_alone: bool = False) -> list[Any] | None:
        is_alone = is_alone or len(requests) == 1
        outcomes: list[Any] = []
        with self._lock:
            try:
                db = self._connection()
                transaction = Transaction(db)
                db.execute("begin immediate")
            except Exception as error:  # noqa: BLE001  it is set in the futures
                self._roll_back()
                return [self._failure(error)] * len(requests)
            try:
                for claim in tuple(self._given_back):
                    self.release(transaction, claim)
                if self._is_renewal_due():
                    self._renew(transaction)
                for request in requests:
                    before = db.total_changes
                    try:
                        outcomes.append(request.execute(transaction))
                    except TypedflowError as error:
                        if db.total_changes != before:
                            raise
                        outcomes.append(Refused(error))
                db.execute("commit")
            except Exception as error:  # noqa: BLE001  it is set in the future, or the requests are tried one by one
                self._roll_back()
                return [self._failure(error)] if is_alone else None
            for action in transaction.after:
                with suppress(Exception):  # it is committed, and the thread has to live on
                    action()
        return outcomes

    def _failure(self, error: Exception) -> Refused:
        if isinstance(error, TypedflowError):
            return Refused(error)
        failure = store_error(self._database.name, error)
        failure.__cause__ = error
        return Refused(failure)

    def _connection(self) -> sqlite3.Connection:
        if self._db is not None and not self._database.is_current(self._db):
            self._disconnect()
        if self._db is None:
            self._db = self._database.connect(writes=True)
        return self._db

    def _roll_back(self) -> None:
        try:
            if self._db is not None and self._db.in_transaction:
                self._db.execute("rollback")
        except sqlite3.Error:
            self._disconnect()

    def _disconnect(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                db.close()

    def _until_renewal(self) -> float | None:
        return max(self._renew_at - time.monotonic(), _SHORTEST_RENEWAL) if self.held else None

    def _is_renewal_due(self) -> bool:
        return bool(self.held) and time.monotonic() >= self._renew_at

    def hold(self, claim: Claim, run: int) -> None:
        """Renew the lease of a claim from now on."""
        if not self.held:
            self._renew_at = time.monotonic() + self._lease / 3
        self.held[claim] = run

    def drop(self, claim: Claim) -> None:
        """Renew the lease of a claim no longer."""
        self.held.pop(claim, None)

    def release(self, transaction: Transaction, claim: Claim) -> None:
        """Give a run back, and renew its lease no longer."""
        run = self.held.get(claim)
        if run is not None:
            release(transaction.db, run, claim.epoch)
        transaction.after.append(partial(self._forget, claim))

    def release_later(self, claim: Claim) -> None:
        """Give a run back with the next transaction that can be committed, so that no failure keeps it claimed."""
        if claim in self.held:
            self._given_back.add(claim)

    def _forget(self, claim: Claim) -> None:
        self._given_back.discard(claim)
        self.drop(claim)

    def _renew(self, transaction: Transaction) -> None:
        self._renew_at = time.monotonic() + self._lease / 3
        kept = {claim: run for claim, run in self.held.items() if claim not in self._given_back}
        lost = [claim for claim, run in kept.items() if not renew(transaction.db, run, claim.epoch, self._lease)]
        transaction.after.extend(partial(self._lose, claim) for claim in lost)

    def _lose(self, claim: Claim) -> None:
        self.drop(claim)
        self._on_lost(claim)


def _set(future: Future[Any], outcome: Any) -> None:
    if isinstance(outcome, Refused):
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome)


_writers: weakref.WeakSet[Writer] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    writers = [writer for writer in _writers if writer.pid == os.getpid()]
    for writer in writers:
        writer.stop()
    give_up = time.monotonic() + _AT_EXIT
    for writer in writers:
        writer.join(max(0.0, give_up - time.monotonic()))

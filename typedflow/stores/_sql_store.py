"""What the stores on SQLite have in common: a writer, a connection for reading, and what watches for requests."""

from __future__ import annotations

import os
import threading
import time
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from typedflow.exceptions import DeliveryError, RunEndedError, RunExistsError, StoreError
from typedflow.stores import _cache, _claims, _pruning, _reading, _requests
from typedflow.stores._arguments import check_arguments, check_call, check_status
from typedflow.stores._deleted import was_deleted
from typedflow.stores._lookups import Lookups
from typedflow.stores._reader import Reader
from typedflow.stores._records import Claim, ClaimedRun, RunRecord, StoredValue, TaskStatus
from typedflow.stores._run_log import RunFilter
from typedflow.stores._transitions import CompletedTaskError, write
from typedflow.stores._values import Values, optional_timestamp, timestamp
from typedflow.stores._watching import Watching
from typedflow.stores._writer import Refused, Transaction, Writer

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta
    from typing import Self

    from typedflow.stores._cache_records import CachedOutput, CacheKey, CacheRecord
    from typedflow.stores._database import FileDatabase, MemoryDatabase
    from typedflow.stores._records import (
        FailureRecord,
        NewRun,
        StepRecord,
        TaskRecord,
        Transition,
    )
    from typedflow.stores._values import Cipher

T = TypeVar("T")

_NEW_RUN: Final = """
insert into runs (run_id, flow, fingerprint, status, created_at, deadline, input_codec, input)
values (?, ?, ?, 'started', ?, ?, ?, ?)
"""


class SqlStore:
    """A store on a database of SQLite."""

    def __init__(
        self,
        database: FileDatabase | MemoryDatabase,
        *,
        cipher: Cipher | None,
        max_value_bytes: int | None,
        lease: float,
    ) -> None:
        self.name = database.name
        self.max_value_bytes = max_value_bytes
        check_arguments(self.name, cipher, max_value_bytes, lease)
        database.prepare()
        self._database = database
        self._lease = lease
        self._values = Values(self.name, cipher)
        self._pid = os.getpid()
        self._is_closed = False
        self._watching = Watching(database)
        lock = threading.RLock()
        self._reader = Reader(database, lock)
        self._writer = Writer(database, threading.RLock() if database.is_shared else lock, lease, self._watching.notify)
        self._lookups = Lookups(database, self._writer, self._values)
        weakref.finalize(self, _forget, self._writer, self._watching, self._reader, database).atexit = False

    # For engines

    def create(self, run: NewRun, transitions: Sequence[Transition] = ()) -> Future[ClaimedRun]:
        """See `Store.create`."""

        def execute(transaction: Transaction) -> ClaimedRun:
            db = transaction.db
            known = db.execute("select id from runs where run_id = ?", (run.run_id,)).fetchone()
            if known is not None:
                raise RunExistsError(self.name, run.run_id, _reading.read_run(db, self._values, known[0]))
            if was_deleted(db, run.run_id):
                raise RunExistsError(self.name, run.run_id, None)
            db.execute("insert or ignore into flows values (?, ?, ?)", (run.flow, run.fingerprint, run.shape))
            data, codec = self._values.columns(run.input)
            created, deadline = timestamp(run.created_at), optional_timestamp(run.deadline)
            columns = (run.run_id, run.flow, run.fingerprint, created, deadline, codec, data)
            row = db.execute(_NEW_RUN, columns).lastrowid or 0
            _claims.insert_claim(db, row, self._lease)
            claim = Claim(run.run_id, 1)
            transaction.after.append(lambda: self._writer.hold(claim, row))
            self._write(transaction, claim, row, transitions)
            return ClaimedRun(claim, _reading.read_run(db, self._values, row))

        return self._submit(execute)

    def claim(self, run_id: str) -> Future[ClaimedRun]:
        """See `Store.claim`."""

        def execute(transaction: Transaction) -> ClaimedRun | Refused:
            claimed = _claims.claim(transaction.db, self.name, self._values, run_id, self._lease)
            if isinstance(claimed, RunRecord):
                return Refused(RunEndedError(self.name, claimed))
            row = _reading.row_of(transaction.db, self.name, run_id)
            transaction.after.append(lambda: self._writer.hold(claimed.claim, row))
            return claimed

        return self._submit(execute)

    def commit(self, claim: Claim, transitions: Sequence[Transition]) -> Future[None]:
        """See `Store.commit`."""

        def execute(transaction: Transaction) -> None:
            self._write(transaction, claim, self._checked_row(transaction, claim), transitions)

        return self._submit(execute)

    def reshape(self, claim: Claim, shape: str, fingerprint: str) -> Future[None]:
        """See `Store.reshape`."""

        def execute(transaction: Transaction) -> None:
            row = self._checked_row(transaction, claim)
            transaction.db.execute(
                "insert or ignore into flows select flow, ?, ? from runs where id = ?", (fingerprint, shape, row)
            )
            transaction.db.execute("update runs set fingerprint = ? where id = ?", (fingerprint, row))

        return self._submit(execute)

    def release(self, claim: Claim) -> Future[None]:
        """See `Store.release`."""

        def execute(transaction: Transaction) -> None:
            self._writer.release(transaction, claim)
            transaction.after.append(self._lookups.ask_again)

        released = self._submit(execute)
        released.add_done_callback(lambda future: self._release_later(future, claim))
        return released

    def _release_later(self, released: Future[None], claim: Claim) -> None:
        if released.exception() is not None:
            self._writer.release_later(claim)

    def abandon(self, claim: Claim) -> Future[None]:
        """See `Store.abandon`."""

        def execute(transaction: Transaction) -> None:
            row = self._writer.held.get(claim)
            if row is not None:
                _claims.abandon(transaction.db, row, claim.epoch)
                transaction.after.append(lambda: self._writer.drop(claim))

        return self._submit(execute)

    def watch(self, claim: Claim, notify: Callable[[], object]) -> Callable[[], None]:
        """See `Store.watch`."""
        self._check_usable()
        return self._watching.watch(claim, notify)

    def look_up(
        self, claim: Claim, key: CacheKey, on_wait: Callable[[], object] | None = None
    ) -> Future[CachedOutput | None]:
        """See `Store.look_up`."""
        self._check_usable()
        return self._lookups.look_up(claim, key, on_wait)

    def _checked_row(self, transaction: Transaction, claim: Claim) -> int:
        row = self._writer.held.get(claim)
        if row is None or not _claims.check_claim(transaction.db, row, claim.epoch):
            self._writer.drop(claim)
            raise _claims.lost(transaction.db, self.name, claim)
        return row

    def _write(self, transaction: Transaction, claim: Claim, row: int, transitions: Sequence[Transition]) -> None:
        try:
            written = write(transaction.db, self._values, row, transitions)
        except CompletedTaskError as error:
            raise DeliveryError(
                self.name, claim.run_id, error.step or "", "its output was delivered in the meantime."
            ) from None
        digests = [change.cache.digest for change in transitions if change.cache is not None]
        transaction.after.extend(partial(self._lookups.ask_again, digest) for digest in digests)
        if written.ended:
            transaction.after.append(lambda: self._writer.drop(claim))
            transaction.after.append(self._lookups.ask_again)
        if written.delivered:
            transaction.after.append(lambda: self._watching.notify(claim))

    # For all programs

    def runs(
        self,
        *,
        flow: str | None = None,
        status: RunFilter | None = None,
        since: datetime | timedelta | None = None,
        prefix: str | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> Sequence[RunRecord]:
        """See `Store.runs`."""
        check_status(self.name, status, RunFilter)
        check_call(self.name, flow=flow, since=since, prefix=prefix, limit=limit, before=before)
        with self._reading() as db:
            return _reading.read_runs(
                db,
                self.name,
                self._values,
                flow=flow,
                status=status,
                since=since,
                prefix=prefix,
                limit=limit,
                before=before,
            )

    def run(self, run_id: str) -> RunRecord:
        """See `Store.run`."""
        check_call(self.name, run_id=run_id)
        with self._reading() as db:
            return _reading.read_run(db, self._values, _reading.row_of(db, self.name, run_id))

    def revision(self) -> int:
        """See `Store.revision`."""
        with self._reading(in_transaction=False) as db:
            if not self._database.is_shared:
                return db.total_changes
            return int(db.execute("pragma data_version").fetchone()[0])

    def steps(self, run_id: str) -> Sequence[StepRecord]:
        """See `Store.steps`."""
        check_call(self.name, run_id=run_id)
        with self._reading() as db:
            return _reading.read_steps(db, self._values, _reading.row_of(db, self.name, run_id))

    def tasks(
        self,
        run_id: str,
        *,
        step: str | None = None,
        status: TaskStatus | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[TaskRecord]:
        """See `Store.tasks`."""
        check_status(self.name, status, TaskStatus)
        check_call(self.name, run_id=run_id, step=step, limit=limit, offset=offset)
        with self._reading() as db:
            row = _reading.row_of(db, self.name, run_id)
            return _reading.read_tasks(db, self._values, row, step=step, status=status, limit=limit, offset=offset)

    def failures(self, run_id: str, *, step: str | None = None, limit: int | None = None) -> Sequence[FailureRecord]:
        """See `Store.failures`."""
        check_call(self.name, run_id=run_id, step=step, limit=limit)
        with self._reading() as db:
            row = _reading.row_of(db, self.name, run_id)
            return _reading.read_failures(db, self._values, row, step=step, limit=limit)

    def cancel(self, run_id: str) -> RunRecord:
        """See `Store.cancel`."""
        check_call(self.name, run_id=run_id)

        def execute(transaction: Transaction) -> RunRecord:
            transaction.after.append(lambda: self._watching.notify_run(run_id))
            return _requests.cancel(transaction.db, self.name, self._values, run_id)

        return self._wait(execute)

    def retry(self, run_id: str, steps: Sequence[str] = ()) -> RunRecord:
        """See `Store.retry`."""
        check_call(self.name, run_id=run_id, steps=steps)
        return self._wait(lambda transaction: _requests.retry(transaction.db, self.name, self._values, run_id, steps))

    def deliver(self, run_id: str, step: str, value: object) -> None:
        """See `Store.deliver`."""
        check_call(self.name, run_id=run_id)
        if isinstance(value, StoredValue):
            stored = value
        else:
            from typedflow.stores._delivered import delivered  # noqa: PLC0415  reading a store does not need pydantic

            stored = delivered(self.run(run_id), step, value)

        def execute(transaction: Transaction) -> None:
            transaction.after.append(lambda: self._watching.notify_run(run_id))
            _requests.deliver(
                transaction.db, self.name, self._values, run_id, step=step, value=stored, limit=self.max_value_bytes
            )

        self._wait(execute)

    def delete(self, run_id: str) -> None:
        """See `Store.delete`."""
        check_call(self.name, run_id=run_id)
        self._wait(lambda transaction: _requests.delete(transaction.db, self.name, self._values, run_id))

    def prune(
        self,
        *,
        older_than: timedelta,
        status: RunFilter | None = None,
        flow: str | None = None,
        on_batch: Callable[[int], object] | None = None,
    ) -> int:
        """See `Store.prune`."""
        check_status(self.name, status, RunFilter)
        check_call(self.name, older_than=older_than, flow=flow)
        before = _pruning.ended_before(older_than)
        self.clear_cache(expired=True)
        total, has_more = 0, True
        while has_more:
            deleted, has_more = self._wait(
                lambda transaction: _pruning.delete_batch(transaction.db, before, status, flow)
            )
            total += deleted
            if deleted and on_batch is not None:
                on_batch(total)
        _pruning.shrink(self._database)
        return total

    def cached(self, *, flow: str | None = None, step: str | None = None) -> Sequence[CacheRecord]:
        """See `Store.cached`."""
        check_call(self.name, flow=flow, step=step)
        with self._reading() as db:
            return _cache.records(db, flow, step, time.time())

    def clear_cache(self, *, flow: str | None = None, step: str | None = None, expired: bool = False) -> int:
        """See `Store.clear_cache`."""
        check_call(self.name, flow=flow, step=step)
        expired_at = time.time() if expired else None
        total, has_more = 0, True
        while has_more:
            deleted = self._wait(lambda transaction: _cache.delete(transaction.db, flow, step, expired_at))
            total, has_more = total + deleted, deleted == _cache.BATCH
        return total

    def close(self) -> None:
        """See `Store.close`."""
        if self._is_closed or os.getpid() != self._pid:
            return
        self._is_closed = True
        self._watching.stop()
        self._lookups.stop()
        self._writer.stop()
        self._writer.join()
        self._reader.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reading(self, *, in_transaction: bool = True) -> AbstractContextManager[sqlite3.Connection]:
        self._check_usable()
        return self._reader.reading(in_transaction=in_transaction)

    def _submit(self, execute: Callable[[Transaction], Any]) -> Future[Any]:
        self._check_usable()
        return self._writer.submit(execute)

    def _wait(self, execute: Callable[[Transaction], T]) -> T:
        self._check_usable()
        if self._writer.is_own_thread():
            raise StoreError(
                self.name, "a callback of one of its futures cannot wait for it. Ask for this in another thread."
            )
        return self._writer.submit(execute).result()

    def _check_usable(self) -> None:
        if self._is_closed:
            raise StoreError(self.name, "it is closed. Open it again.")
        if os.getpid() != self._pid:
            raise StoreError(
                self.name,
                f"process {self._pid} has opened it, and this is process {os.getpid()}. Open a store in each process.",
            )


def _forget(writer: Writer, watching: Watching, reader: Reader, database: FileDatabase | MemoryDatabase) -> None:
    if os.getpid() == writer.pid:
        watching.stop()
        writer.stop()
        reader.close()
        database.close()

"""`Watcher`: notices that runs have changed, for all handles of an engine."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from typedflow.engines.pgflow import _statements
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Notify

    from typedflow.engines.pgflow._database import Connection, Database

# How long it waits for a notification before it asks the database, in seconds: a Supabase sends none. It doubles while
# nothing happens.
_SHORTEST: Final = 0.05
_LONGEST: Final = 1.0
_RECONNECT: Final = 0.5
# For how many seconds the connection stays open when no run is watched: for the next run, it would be opened again.
_LINGER: Final = 5.0


class _Watch(NamedTuple):
    notify: Callable[[], object]
    only_its_end: bool


class Watcher:
    """Calls functions when runs have changed, in a thread of its own, which ends soon after no run is watched.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watches: dict[UUID, list[_Watch]] = {}
        self._unasked: list[UUID] = []
        self._is_closed = False
        self._lock = threading.Lock()
        self._is_working = False

    def watch(self, run_id: UUID, notify: Callable[[], object], *, only_its_end: bool = False) -> Callable[[], None]:
        """Call a function whenever a run may have changed. Return what ends that.

        Args:
            run_id: Identifier of the run.
            notify: The function. It is called in another thread.
            only_its_end: Whether it is called only when the run has ended.
        """
        watch = _Watch(notify, only_its_end)
        with self._lock:
            self._watches.setdefault(run_id, []).append(watch)
            self._unasked.append(run_id)
            self._is_closed = False
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._work, name="typedflow watcher", daemon=True).start()

        def end() -> None:
            with self._lock:
                watches = [each for each in self._watches.pop(run_id, ()) if each is not watch]
                if watches:
                    self._watches[run_id] = watches

        return end

    def close(self) -> None:
        """End the thread soon, if no run is watched."""
        self._is_closed = True

    def _work(self) -> None:
        while self._has_work():
            with suppress(EngineError), self._database.errors(), self._database.connect() as connection:
                connection.execute(_statements.LISTEN_TO_EVENTS)
                self._notify_all()
                self._listen(connection)
            threading.Event().wait(_RECONNECT if self._watches else 0.0)

    def _has_work(self) -> bool:
        with self._lock:
            self._is_working = bool(self._watches)
            return self._is_working

    def _listen(self, connection: Connection) -> None:
        patience, watched_at = _SHORTEST, time.monotonic()
        while self._watches or (not self._is_closed and time.monotonic() < watched_at + _LINGER):
            if self._watches:
                watched_at = time.monotonic()
            changed: dict[UUID, bool] = {}
            for notification in connection.notifies(timeout=patience, stop_after=1):
                _note(changed, notification)
            for notification in connection.notifies(timeout=0):
                _note(changed, notification)
            if changed:
                patience = _SHORTEST
                self._ask_of_new_ones(connection)
            else:
                patience = min(2 * patience, _LONGEST) if self._watches else _SHORTEST
                self._ask(connection)
            for run_id, has_ended in changed.items():
                self._notify(run_id, has_ended=has_ended)

    def _ask(self, connection: Connection) -> None:
        """Notify of all that has ended, and let handles that want to know more ask themselves."""
        with self._lock:
            watched, self._unasked = list(self._watches), []
        if not watched:
            return
        ended = {run_id for (run_id,) in connection.execute(_statements.ENDED, (watched,))}
        for run_id in watched:
            self._notify(run_id, has_ended=run_id in ended)

    def _ask_of_new_ones(self, connection: Connection) -> None:
        """Notify of runs that had ended before they were watched."""
        with self._lock:
            unasked, self._unasked = self._unasked, []
        if unasked:
            for (run_id,) in connection.execute(_statements.ENDED, (unasked,)):
                self._notify(run_id, has_ended=True)

    def _notify(self, run_id: UUID, *, has_ended: bool) -> None:
        with self._lock:
            watches = list(self._watches.get(run_id, ()))
        for watch in watches:
            if has_ended or not watch.only_its_end:
                watch.notify()

    def _notify_all(self) -> None:
        for run_id in list(self._watches):
            self._notify(run_id, has_ended=True)


def _note(changed: dict[UUID, bool], notification: Notify) -> None:
    run_id, _, event = notification.payload.partition(" ")
    with suppress(ValueError):
        run = UUID(run_id)
        changed[run] = changed.get(run, False) or (event.startswith("run:") and event != "run:started")

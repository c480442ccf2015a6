"""`LastingConnection`: a connection that is opened again when it was lost."""

from __future__ import annotations

import logging
import math
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

from typedflow._text import escaped
from typedflow.engines.pgflow._database import said
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.engines.pgflow._database import Connection, Database

T = TypeVar("T")
_logger = logging.getLogger("typedflow")
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 5.0
# Errors of a server that will answer again. A replica that is read-only may have been the primary until now.
_PASSING: Final = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
_MOST_REPEATS: Final = 10
# Connections notice the same outage one after another: those that do so within as many seconds say nothing more.
_SAME: Final = 5.0


class LostConnectionError(Exception):
    """The database did not answer. What was asked may have been done or not."""


class Outages:
    """Logs once that a database cannot be reached, and once that it is there again. Any thread may call it.

    Args:
        database: Name of the database.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._lost: set[int] = set()
        self._began = 0.0
        self._ended = -math.inf
        self._lock = threading.Lock()

    def began(self, connection: object, reason: str) -> None:
        """Note that a connection was lost."""
        with self._lock:
            now = time.monotonic()
            is_first = not self._lost and now > self._ended + _SAME
            self._lost.add(id(connection))
            if is_first:
                self._began = now
        if is_first:
            _logger.warning(
                'engine "%s" cannot be reached: %s. The worker keeps its results, and tries again until it can.',
                escaped(self._database),
                escaped(reason).removesuffix("."),
            )

    def ended(self, connection: object) -> None:
        """Note that a connection works again."""
        with self._lock:
            if id(connection) not in self._lost:
                return
            self._lost.remove(id(connection))
            now = time.monotonic()
            is_last = not self._lost and now > self._ended + _SAME
            seconds = now - self._began
            if not self._lost:
                self._ended = now
        if is_last:
            _logger.warning('engine "%s" can be reached again, after %.1f s', escaped(self._database), seconds)

    def forget(self, connection: object) -> None:
        """Note that a connection is not needed any more."""
        with self._lock:
            self._lost.discard(id(connection))


class LastingConnection:
    """A connection that is opened again when it was lost. One thread may use it at a time.

    Args:
        database: The database.
        outages: Logs that it was lost.
        on_open: Called with each new connection.
    """

    def __init__(
        self, database: Database, outages: Outages, on_open: Callable[[Connection], object] | None = None
    ) -> None:
        self._database = database
        self._outages = outages
        self._on_open = on_open
        self._connection: Connection | None = None
        self._failures = 0

    @property
    def delay(self) -> float:
        """For how many seconds to wait before it is used again, after it was lost."""
        return min(_FIRST_DELAY * 2.0 ** (self._failures - 1), _LONGEST_DELAY) if self._failures else 0.0

    def use(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call a function with the connection and arguments.

        It is called again if the database has ended a deadlock with it, so what it has done must not count twice.

        Raises:
            LostConnectionError: The database does not answer.
            EngineError: The database has refused a statement.
        """
        for repeat in range(_MOST_REPEATS):
            try:
                return self._used(function, arguments)
            except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
                if repeat == _MOST_REPEATS - 1:
                    raise
        raise AssertionError

    def _used(self, function: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        try:
            result = function(self._opened(), *arguments)
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            raise
        except _PASSING as error:
            self._lose(said(error))
            raise LostConnectionError from error
        except EngineError as error:
            self._lose(error.reason)
            raise LostConnectionError from error
        except psycopg.errors.UndefinedTable as error:
            reason = f"{said(error)}. Was the flow deleted or replaced? Then start the worker again."
            raise EngineError(self._database.name, reason) from error
        except psycopg.Error as error:
            raise EngineError(self._database.name, f"{said(error)}.") from error
        self._failures = 0
        self._outages.ended(self)
        return result

    def _opened(self) -> Connection:
        if self._connection is None:
            connection = self._database.connect()
            if self._on_open is not None:
                self._on_open(connection)
            self._connection = connection
        return self._connection

    def _lose(self, reason: str) -> None:
        self._failures += 1
        self._outages.began(self, reason)
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

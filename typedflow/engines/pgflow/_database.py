"""`Database`: a Postgres database, and its connections."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from typedflow.engines.pgflow._address import name_of, parameters_of
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, TypeAlias

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_MOST_CONNECTIONS: Final = 8
_PATIENCE: Final = 30.0
# The oldest version of Postgres that the engine was tried with.
_OLDEST: Final = 15
_PREFIX: Final = re.compile("connection (failed|is bad): ")
# A server that is gone without a word is noticed within half a minute. Unix sockets ignore these.
_PATIENCE_WITH_NETWORK: Final[dict[str, Any]] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
# No prepared statements: a pgbouncer that pools by transaction would lose them.
_SETTINGS: Final[dict[str, Any]] = {"autocommit": True, "prepare_threshold": None}


class Database:
    """A Postgres database. Every method may be called in any thread.

    Attributes:
        name: What messages call it: its address, without a password.

    Args:
        address: A connection string: a URL ``postgresql://...``, or keywords and values as libpq takes them.

    Raises:
        EngineError: The address is not valid.
    """

    def __init__(self, address: str, *, purpose: str = "typedflow") -> None:
        self._parameters = parameters_of(address)
        self._parameters.setdefault("application_name", purpose)
        self._parameters["client_encoding"] = "UTF8"  # psycopg returns bytes if the database has no encoding
        self.name = name_of(self._parameters)
        self._parameters = _PATIENCE_WITH_NETWORK | self._parameters
        self._pool: ConnectionPool[Connection] | None = None
        self._lock = threading.Lock()

    def connect(self) -> Connection:
        """Return a connection of its own, for a worker's loop or to listen. It commits each statement by itself.

        Raises:
            EngineError: The database cannot be reached, or its server is too old.
        """
        with self.errors():
            connection = psycopg.connect(**self._parameters, **_SETTINGS)
        if connection.info.server_version < _OLDEST * 10_000:
            version = server_version(connection)
            connection.close()
            raise EngineError(
                self.name, f"the server is Postgres {version}, which is too old: {_OLDEST} or newer is needed."
            )
        return connection

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend a connection from the pool, for one operation.

        Raises:
            EngineError: The database cannot be reached, or refused a statement.
        """
        with self.errors(), self._opened_pool().connection(timeout=_PATIENCE) as connection:
            yield connection

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the errors of psycopg in the block into an `EngineError`."""
        try:
            yield
        except PoolTimeout as error:
            raise EngineError(self.name, f"no connection within {_PATIENCE:g} s: {said(error)}.") from error
        except psycopg.Error as error:
            raise EngineError(self.name, f"{said(error)}.") from error

    def _opened_pool(self) -> ConnectionPool[Connection]:
        with self._lock:
            if self._pool is None:
                self.connect().close()  # says immediately why there is no connection, where the pool would try again
                self._pool = ConnectionPool(
                    kwargs={**self._parameters, **_SETTINGS},
                    min_size=0,
                    max_size=_MOST_CONNECTIONS,
                    max_idle=60.0,
                    check=ConnectionPool.check_connection,
                    open=True,
                )
            return self._pool

    def close(self) -> None:
        """Close the connections of the pool. Closing twice does nothing."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
                self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def server_version(connection: Connection) -> str:
    """Return the version of a connection's server, such as 18.1."""
    return (connection.info.parameter_status("server_version") or "").partition(" ")[0]


def said(error: BaseException) -> str:
    """Return what a server said, or why there is no connection: the first line, as what follows is the statement."""
    line = str(error).strip().partition("\n")[0].rpartition("FATAL:  ")[2]
    return _PREFIX.sub("", line).rstrip(".") or type(error).__name__

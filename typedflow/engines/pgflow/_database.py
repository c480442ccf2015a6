"""`Database`: a Postgres database, and its connections."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self, TypeAlias

    Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_MOST_CONNECTIONS: Final = 8
_PATIENCE: Final = 30.0
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
        try:
            self._parameters: dict[str, Any] = dict(conninfo.conninfo_to_dict(address))
        except psycopg.ProgrammingError as error:
            reason = f"the address is not valid: {first_line(error)}. Write postgresql://user:password@host:port/name."
            raise EngineError(_without_password(address), reason) from None
        self._parameters.setdefault("application_name", purpose)
        self.name = _name(self._parameters)
        self._pool: ConnectionPool[Connection] | None = None
        self._lock = threading.Lock()

    def connect(self) -> Connection:
        """Return a connection of its own, for a worker's loop or to listen. It commits each statement by itself.

        Raises:
            EngineError: The database cannot be reached.
        """
        with self.errors():
            return psycopg.connect(**self._parameters, **_SETTINGS)

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
            raise EngineError(self.name, f"no connection within {_PATIENCE:g} s: {first_line(error)}") from error
        except psycopg.Error as error:
            raise EngineError(self.name, first_line(error)) from error

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


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message: what follows it points into the statement."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def _name(parameters: dict[str, Any]) -> str:
    user, host, port = (parameters.get(key) for key in ("user", "host", "port"))
    place = f"{user}@" if user else ""
    return f"postgresql://{place}{host or ''}{f':{port}' if port else ''}/{parameters.get('dbname') or ''}"


def _without_password(address: str) -> str:
    return address.rpartition("@")[2][:80] if "@" in address or "password" not in address else "postgresql://"

"""The schema ``typedflow`` of a database: what was installed, and the shapes of the flows that are deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.engines.pgflow import _install_statements as sql

if TYPE_CHECKING:
    from typedflow.engines.pgflow._database import Connection


def make_own_schema(connection: Connection) -> None:
    """Make the schema and its tables, where they are not there yet. This needs a transaction, and rights only then."""
    if not has_own_schema(connection):
        connection.execute(sql.LOCK)
        if not has_own_schema(connection):
            connection.execute(sql.OWN_SCHEMA)


def has_own_schema(connection: Connection) -> bool:
    """Whether the schema and its tables are there."""
    return connection.execute(sql.HAS_OWN_SCHEMA).fetchone() == (True,)

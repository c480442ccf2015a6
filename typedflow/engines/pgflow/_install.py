"""`install`: makes a database ready for the engine."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._known import VERSIONS, known_version
from typedflow.engines.pgflow._sources import Migration, SourceError, migrations_from_npm, migrations_in
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow.engines.pgflow._database import Connection, Database

# What only Supabase's own machinery needs: its extensions, and its schedules, which start TypeScript workers.
_SUPABASE_ONLY: Final = re.compile(
    r'^\s*CREATE EXTENSION IF NOT EXISTS "?\w+"?[^;]*;|^\s*SELECT pgflow\.setup_\w+_cron\s*\([^;]*;',
    re.IGNORECASE | re.MULTILINE,
)


def install(database: Database, source: Path | None = None, *, accepts_untested: bool = False) -> list[str]:
    """Make a database ready, in one transaction. What is there already is left as it is.

    Args:
        database: The database.
        source: A folder of pgflow's migrations, or a tarball of npm. Without it, npm is asked for the package.
        accepts_untested: Whether a version of pgflow is installed that the engine was not tested with.

    Returns:
        What was done, a sentence each.

    Raises:
        EngineError: The database cannot be reached or changed, or the version is unknown.
    """
    with database.connect() as connection, database.errors(), connection.transaction():
        connection.execute(sql.LOCK)
        if connection.execute(sql.HAS_PGFLOW).fetchone() == (True,):
            return ["pgflow is in the database already. Nothing was changed."]
        migrations = _migrations(database, source, accepts_untested=accepts_untested)
        connection.execute(sql.OWN_SCHEMA)
        done = [_install_pgmq(connection), *_install_send(connection)]
        connection.execute(sql.BEFORE_MIGRATIONS)
        for migration in migrations:
            connection.execute(_SUPABASE_ONLY.sub("", migration.sql).encode())
            connection.execute(sql.RECORD, (migration.name, migration.sha256))
        return [*done, f"Installed pgflow {_version(migrations) or 'of an untested version'}."]


def _migrations(database: Database, source: Path | None, *, accepts_untested: bool) -> list[Migration]:
    try:
        found = migrations_from_npm() if source is None else migrations_in(source)
    except SourceError as error:
        raise EngineError(database.name, f"{error}") from error
    if _version(found) is None and not accepts_untested:
        raise EngineError(
            database.name,
            f"this version of pgflow is not one of those that were tested ({', '.join(VERSIONS)}). Accept it with "
            "--accept-untested.",
        )
    return found


def _version(migrations: list[Migration]) -> str | None:
    return known_version({migration.time: migration.sha256 for migration in migrations})


def _install_pgmq(connection: Connection) -> str:
    has_schema, installed, offered = connection.execute(sql.PGMQ).fetchall()[0]
    if has_schema:
        return f"pgmq {installed or ''} is in the database already."
    if offered is not None:
        connection.execute(sql.CREATE_PGMQ)
        connection.execute(sql.RECORD, (f"pgmq {offered}, an extension", ""))
        return f"Installed pgmq {offered}, an extension of the server."
    folder = files("pgmq") / "sql"
    connection.execute((folder / "pgmq.sql").read_bytes())
    version = (folder / "pgmq.sql.version").read_text().strip()
    connection.execute(sql.RECORD, (f"pgmq {version}", ""))
    return f"Installed pgmq {version}, from the Python package."


def _install_send(connection: Connection) -> list[str]:
    if connection.execute(sql.HAS_SEND).fetchone() == (True,):
        return []
    connection.execute(sql.CREATE_SEND)
    connection.execute(sql.RECORD, ("realtime.send", ""))
    return ["Made realtime.send, by which clients learn of changes."]

"""`install`: makes a database ready for the engine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from typedflow._text import counted, first_quoted
from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._install_pgmq import install_pgmq, unfit_pgmq
from typedflow.engines.pgflow._installed import Installed, tested
from typedflow.engines.pgflow._known import DIGESTS, PACKAGE, known_version
from typedflow.engines.pgflow._own_schema import make_own_schema
from typedflow.engines.pgflow._sources import Migration, migrations_from_npm, migrations_in
from typedflow.engines.pgflow._unfit import UnfitError
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow.engines.pgflow._database import Connection, Database

# pgflow's migrations name extensions, and begin schedules, that start workers in TypeScript on Supabase. Every other
# database is without them, and workers in Python need none. What is offered of pgmq was installed before.
_LEFT_OUT: Final = re.compile(
    r'^\s*CREATE EXTENSION IF NOT EXISTS "?\w+"?[^;]*;|^\s*SELECT pgflow\.setup_\w+_cron\s*\([^;]*;',
    re.IGNORECASE | re.MULTILINE,
)


def install(database: Database, source: Path | None = None, *, accepts_untested: bool = False) -> list[str]:
    """Make a database ready, in one transaction. What is there already is left as it is.

    Only pgflow that was installed by this function is ever changed: by newer migrations, if `source` has them.

    Args:
        database: The database.
        source: A folder with pgflow's migrations, or a tarball of npm. Without it, npm is asked for the package.
        accepts_untested: Whether a version of pgflow is accepted that the engine was not tested with.

    Returns:
        What was done, a sentence each.

    Raises:
        EngineError: The database cannot be reached or changed, or what is there or in `source` does not fit.
    """
    origin = PACKAGE if source is None else f'"{source}"'
    try:
        with database.errors(), database.connect() as connection:
            installed = Installed.of(connection)
            if _is_enough(installed, source):
                return [_unchanged(installed, accepts_untested=accepts_untested)]
            _check_rights(connection)
            # Brought before the transaction begins, as npm may be slow.
            migrations = migrations_from_npm() if source is None else migrations_in(source)
            version = _version(migrations, origin, accepts_untested=accepts_untested)
            with connection.transaction():
                connection.execute(sql.LOCK)
                installed = Installed.of(connection)
                if _is_enough(installed, source) or not (pending := _pending(installed, migrations, origin)):
                    return [_unchanged(installed, accepts_untested=accepts_untested)]
                return [*_prepare(connection, installed), _apply(connection, installed, pending, version)]
    except UnfitError as error:
        raise EngineError(database.name, f"{error}") from error


def _is_enough(installed: Installed, source: Path | None) -> bool:
    return installed.has_pgflow and (source is None or not installed.migrations)


def _unchanged(installed: Installed, *, accepts_untested: bool) -> str:
    if (problem := unfit_pgmq(installed.pgmq)) is not None:
        raise UnfitError(problem)
    if installed.version is None and not accepts_untested:
        raise UnfitError(
            f"{installed.pgflow} is in the database already. {tested()} were tested. Use it nevertheless with "
            "--accept-untested."
        )
    return f"{installed.pgflow} is in the database already: nothing was changed."


def _check_rights(connection: Connection) -> None:
    database, user, is_replica, is_read_only, may_create = connection.execute(sql.RIGHTS).fetchall()[0]
    if is_replica:
        raise UnfitError("it is a replica, which is read-only. Give the address of the primary server.")
    if is_read_only:
        raise UnfitError("its transactions are read-only. Turn the setting default_transaction_read_only off.")
    if not may_create:
        raise UnfitError(
            f'the user "{user}" may not make schemas in it. Give the address with another user, or have its owner run: '
            f'grant create on database "{database}" to "{user}"'
        )


def _version(migrations: list[Migration], origin: str, *, accepts_untested: bool) -> str | None:
    version = known_version({migration.time: migration.sha256 for migration in migrations})
    if version is None and not accepts_untested:
        unknown = [migration.name for migration in migrations if migration.time not in DIGESTS]
        changed = [
            migration.name
            for migration in migrations
            if migration.time in DIGESTS and migration.sha256 != DIGESTS[migration.time]
        ]
        found = [
            f" {what}: {first_quoted(names)}." for what, names in (("Unknown", unknown), ("Changed", changed)) if names
        ]
        raise UnfitError(
            f"{origin} has {counted(len(migrations), 'migration')} of pgflow, which are not those of a tested version "
            f"({tested()}).{''.join(found)} Install them nevertheless with --accept-untested."
        )
    return version


def _pending(installed: Installed, migrations: list[Migration], origin: str) -> list[Migration]:
    """Return the migrations that are not in the database. Those that are there must be the first ones."""
    there = installed.migrations if installed.has_pgflow else {}
    named = {migration.name: migration.sha256 for migration in migrations}
    if dict(list(named.items())[: len(there)]) == there:
        return migrations[len(there) :]
    others = [name for name, digest in there.items() if named.get(name, digest) != digest]
    problem = f"whose migrations are others: {first_quoted(others)}" if others else "which has fewer migrations"
    raise UnfitError(f"{installed.pgflow} is in the database already. It cannot be replaced by {origin}, {problem}.")


def _prepare(connection: Connection, installed: Installed) -> list[str]:
    make_own_schema(connection)
    done = []
    if not installed.has_pgflow:
        connection.execute(sql.FORGET)  # what was deleted since by other means
        done = [install_pgmq(connection, installed.pgmq)]
    if not installed.has_send:
        if not installed.has_realtime:
            connection.execute(sql.CREATE_REALTIME)
            connection.execute(sql.RECORD, ("realtime", ""))
        connection.execute(sql.CREATE_SEND)
        connection.execute(sql.RECORD, ("realtime.send", ""))
        done.append("Made realtime.send, by which clients learn of changes.")
    return done


def _apply(connection: Connection, installed: Installed, pending: list[Migration], version: str | None) -> str:
    connection.execute(sql.BEFORE_MIGRATIONS)
    for migration in pending:
        connection.execute(_LEFT_OUT.sub("", migration.sql).encode())
        connection.execute(sql.RECORD, (migration.name, migration.sha256))
    named = f"pgflow {version}" if version is not None else "pgflow of a version that was not tested"
    count = counted(len(pending), "migration")
    return (
        f"Upgraded {installed.pgflow} to {named}, by {count}."
        if installed.has_pgflow
        else f"Installed {named}, by {count}."
    )

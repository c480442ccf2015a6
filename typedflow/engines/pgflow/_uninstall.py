"""`uninstall`: deletes from a database what was installed there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._text import counted, first_quoted
from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._installed import Installed
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from typedflow.engines.pgflow._database import Connection, Database


def uninstall(database: Database, *, deletes_runs: bool = False) -> list[str]:
    """Delete pgflow, and what was installed with it, in one transaction.

    What was there before is kept: pgmq, and the function `realtime.send`. So is a pgmq that has other queues.

    Args:
        database: The database.
        deletes_runs: Whether runs that have ended are deleted too.

    Returns:
        What was done, a sentence each.

    Raises:
        EngineError: The database cannot be reached or changed, pgflow was installed by other means, a run has not
            ended, or there are runs and `deletes_runs` is false.
    """
    with database.errors(), database.connect() as connection, connection.transaction():
        connection.execute(sql.LOCK)
        installed = Installed.of(connection)
        if not installed.records:
            what = "pgflow was not installed by typedflow" if installed.has_pgflow else "nothing is installed in it"
            raise EngineError(database.name, f"{what}, so nothing was deleted.")
        done = []
        if installed.has_pgflow:
            done.append(_delete_pgflow(database, connection, installed, deletes_runs=deletes_runs))
        if "realtime.send" in installed.records:
            connection.execute(sql.DROP_SEND)
        if "realtime" in installed.records:
            connection.execute(sql.DROP_REALTIME)
        connection.execute(sql.DROP_OWN_SCHEMA)
        return [*done, _delete_pgmq(connection, installed)]


def _delete_pgflow(database: Database, connection: Connection, installed: Installed, *, deletes_runs: bool) -> str:
    connection.execute(sql.LOCK_RUNS)
    flows, running, runs, _ = connection.execute(sql.COUNTS).fetchall()[0]
    if running:
        have = "has" if running == 1 else "have"
        raise EngineError(database.name, f"{counted(running, 'run')} {have} not ended. Wait for the end, or cancel.")
    if runs and not deletes_runs:
        raise EngineError(
            database.name,
            f"{counted(runs, 'run')} of {counted(flows, 'flow')} would be deleted. Accept it with --delete-runs.",
        )
    if installed.pgmq.is_there:
        for (queue,) in connection.execute(sql.QUEUES_OF_FLOWS).fetchall():
            connection.execute(sql.DROP_QUEUE, (queue,))
    connection.execute(sql.DROP_PGFLOW)
    return f"Deleted {installed.pgflow}, with {counted(flows, 'flow')} and {counted(runs, 'run')}."


def _delete_pgmq(connection: Connection, installed: Installed) -> str:
    recorded = next((name for name in installed.records if name.startswith("pgmq ")), None)
    if recorded is None or not installed.pgmq.is_there:
        return "pgmq is kept, as it was there before." if installed.pgmq.is_there else "pgmq was deleted already."
    if others := [queue for (queue,) in connection.execute(sql.QUEUES).fetchall()]:
        return f"pgmq is kept, as it has other queues: {first_quoted(others)}."
    connection.execute(sql.DROP_PGMQ if installed.pgmq.extension is None else sql.DROP_EXTENSION)
    return f"Deleted {recorded}."

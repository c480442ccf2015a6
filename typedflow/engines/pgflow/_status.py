"""`Status`: what a database has, and what happens in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from typedflow.engines.pgflow import _install_statements as sql
from typedflow.engines.pgflow._database import server_version
from typedflow.engines.pgflow._installed import Installed

if TYPE_CHECKING:
    from typedflow.engines.pgflow._database import Database


@dataclass(frozen=True, slots=True)
class Status:
    """What a database has, and what happens in it.

    Attributes:
        server: The version of Postgres.
        installed: What is installed.
        flows: How many flows are deployed.
        running: How many runs have not ended.
        ended: How many runs have ended.
        workers: How many workers have shown a sign of life in the last 15 seconds.
    """

    server: str
    installed: Installed
    flows: int = 0
    running: int = 0
    ended: int = 0
    workers: int = 0

    @classmethod
    def of(cls, database: Database) -> Status:
        """Look into a database.

        Raises:
            EngineError: The database cannot be reached or read.
        """
        with database.errors(), database.connect() as connection:
            server = server_version(connection)
            installed = Installed.of(connection)
            if not installed.functions:
                return cls(server, installed)
            flows, running, runs, workers = connection.execute(sql.COUNTS).fetchall()[0]
            return cls(server, installed, flows, running, runs - running, workers)

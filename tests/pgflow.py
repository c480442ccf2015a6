"""pgflow for the tests: its package on npm, and a server that has it."""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from tests import postgres
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install
from typedflow.engines.pgflow._known import PACKAGE
from typedflow.engines.pgflow._sources import pack

_CACHE: Final = Path(".cache/pgflow").resolve()
_servers: Final = ExitStack()


@cache
def source() -> Path:
    """Where pgflow is: the package that the engine is tested with, brought once and kept for later sessions.

    The environment variable ``PGFLOW`` names another place, such as a folder with the migrations of a newer version.
    """
    if "PGFLOW" in os.environ:
        return Path(os.environ["PGFLOW"]).resolve()
    _CACHE.mkdir(parents=True, exist_ok=True)
    tarball = _CACHE / f"{PACKAGE.rpartition('@')[2]}.tgz"
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tarball.exists():
            folder = _CACHE / "incoming"
            folder.mkdir(exist_ok=True)
            pack(folder).rename(tarball)
    return tarball


@cache
def database() -> str:
    """The connection string of a database with pgflow, whose server runs until `stop_server` is called."""
    server = _servers.enter_context(postgres.server())
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database flows")
    address = make_conninfo(server, dbname="flows")
    with Database(address) as database:
        install(database, source())
    return address


def stop_server() -> None:
    """Stop the server of `database`, if it runs."""
    _servers.close()

"""A Postgres server for each process of the tests, and fresh databases in it, with pgflow or without."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests import pgflow, postgres
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_NUMBERS: Final = count()


@pytest.fixture(scope="session")
def server(announce: Callable[[str], None]) -> Iterator[str]:
    """The connection string of a server, in its database ``postgres``."""
    announce("starting Postgres")
    with postgres.server() as connection:
        yield connection


@pytest.fixture(scope="session")
def pgflow_tarball() -> Path:
    """The package on npm that the engine is tested with."""
    return pgflow.source()


@pytest.fixture(scope="session")
def template(server: str, pgflow_tarball: Path) -> str:
    """The name of a database with pgflow, which others are copied from."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("create database with_pgflow")
    with Database(make_conninfo(server, dbname="with_pgflow")) as database:
        install(database, pgflow_tarball)
    return "with_pgflow"


@pytest.fixture
def database(server: str) -> Iterator[str]:
    """The connection string of an empty database."""
    yield from _copied(server, "template1")


@pytest.fixture
def engine_database(server: str, template: str) -> Iterator[str]:
    """The connection string of a database with pgflow, and nothing deployed."""
    yield from _copied(server, template)


def _copied(server: str, template: str) -> Iterator[str]:
    name = f"test{next(_NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
        yield make_conninfo(server, dbname=name)
        connection.execute(f"drop database {name} with (force)")

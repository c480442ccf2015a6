"""A database that cannot be reached or made ready gets one sentence, which shows no password."""

from __future__ import annotations

import socket
from pathlib import Path
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.postgres import standby
from typedflow._cli.command import typedflow
from typedflow.engines.pgflow import _database
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "swordfish"  # noqa: S105  the test's own


def refused(address: str, source: Path | None = None) -> str:
    with Database(address) as database, pytest.raises(EngineError) as caught:
        install(database, source)
    assert PASSWORD not in "".join(format_exception(caught.value))
    return str(caught.value)


def run(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def socket_folder(server: str) -> str:
    return str(conninfo_to_dict(server)["host"])


@pytest.fixture(scope="module")
def password_user(server: str, socket_folder: str) -> Iterator[str]:
    """A user whose password the server asks for."""
    access = Path(socket_folder) / "data" / "pg_hba.conf"
    before = access.read_text()
    access.write_text(f"local all with_password scram-sha-256\n{before}")
    run(server, f"create role with_password login password '{PASSWORD}'", "select pg_reload_conf()")
    yield "with_password"
    access.write_text(before)
    run(server, "drop role with_password", "select pg_reload_conf()")


class TestUnreachable:
    def test_nothing_listens(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = taken.getsockname()[1]
            assert refused(f"postgresql://ada:{PASSWORD}@127.0.0.1:{port}/shop") == (
                f'engine "postgresql://ada@127.0.0.1:{port}/shop": connection to server at "127.0.0.1", port {port} '
                "failed: Connection refused."
            )

    def test_there_is_no_such_host(self) -> None:
        error = refused(f"postgresql://ada:{PASSWORD}@nowhere.invalid/shop")
        assert error.startswith(
            "engine \"postgresql://ada@nowhere.invalid/shop\": failed to resolve host 'nowhere.invalid': ["
        )

    def test_there_is_no_such_database(self, server: str, socket_folder: str) -> None:
        assert refused(make_conninfo(server, dbname="missing")) == (
            f'engine "postgresql://postgres@{socket_folder}/missing": database "missing" does not exist.'
        )

    def test_the_password_is_wrong(self, password_user: str, server: str, socket_folder: str) -> None:
        name = f'engine "postgresql://with_password@{socket_folder}/postgres"'
        address = make_conninfo(server, user=password_user, password=f"{PASSWORD}!")
        assert refused(address) == f'{name}: password authentication failed for user "with_password".'
        assert refused(make_conninfo(server, user=password_user)) == (
            f'{name}: connection to server on socket "{socket_folder}/.s.PGSQL.5432" failed: fe_sendauth: no password '
            "supplied."
        )

    def test_a_command_shows_no_password(
        self, password_user: str, socket_folder: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TYPEDFLOW_ENGINE", f"postgresql://{password_user}:{PASSWORD}@/nowhere?host={socket_folder}")
        name = f'engine "postgresql://with_password@{socket_folder}/nowhere"'
        for command in ("install", "status", "uninstall"):
            result = CliRunner().invoke(typedflow, ["engine", command])
            assert (result.exit_code, result.stdout) == (1, "")
            assert result.stderr == f'Error: {name}: database "nowhere" does not exist.\n'
        result = CliRunner().invoke(typedflow, ["engine", "status", f"mysql://ada:{PASSWORD}@db/shop"])
        assert result.exit_code == 1
        assert result.stderr.startswith('Error: engine "mysql://...": the address is not valid. Write ')


class TestUnfit:
    def test_a_server_is_too_old(self, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(_database, "_OLDEST", 99)
        with psycopg.connect(database) as connection:
            version = connection.execute("show server_version").fetchall()[0][0]
        assert refused(database).endswith(
            f": the server is Postgres {version.partition(' ')[0]}, which is too old: 99 or newer is needed."
        )

    def test_a_user_may_not_make_schemas(self, database: str) -> None:
        name = conninfo_to_dict(database)["dbname"]
        run(database, "create role guest login")
        assert refused(make_conninfo(database, user="guest")).endswith(
            ': the user "guest" may not make schemas in it. Give the address with another user, or have its owner run: '
            f'grant create on database "{name}" to "guest"'
        )
        run(database, f'grant create on database "{name}" to guest')

    def test_a_user_that_may_make_schemas_is_enough(self, database: str, pgflow_tarball: Path) -> None:
        name = conninfo_to_dict(database)["dbname"]
        run(database, "create role owner login", f'grant create on database "{name}" to owner')
        with Database(make_conninfo(database, user="owner")) as opened:
            assert install(opened, pgflow_tarball)[-1] == "Installed pgflow 0.8.1, by 12 migrations."

    def test_transactions_are_read_only(self, database: str) -> None:
        name = conninfo_to_dict(database)["dbname"]
        run(database, f'alter database "{name}" set default_transaction_read_only = on')
        assert refused(database).endswith(
            ": its transactions are read-only. Turn the setting default_transaction_read_only off."
        )
        run(
            make_conninfo(database, options="-c default_transaction_read_only=off"),
            f'alter database "{name}" reset all',
        )

    def test_a_replica_is_read_only(self, server: str, database: str, engine_database: str) -> None:
        address: Any = standby(server)
        replica = make_conninfo(address, dbname=conninfo_to_dict(database)["dbname"])
        assert refused(replica).endswith(
            ": it is a replica, which is read-only. Give the address of the primary server."
        )
        with Database(make_conninfo(address, dbname=conninfo_to_dict(engine_database)["dbname"])) as opened:
            assert install(opened) == ["pgflow 0.8.1 is in the database already: nothing was changed."]

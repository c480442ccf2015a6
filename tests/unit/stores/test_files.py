"""The file of a `SqliteStore`: what can be opened, what is in it, and what it says if something is wrong."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.stores.runs import ERROR, completed, created, ended, new_run, task, value
from typedflow.exceptions import StoreError
from typedflow.stores import SqliteStore, StoredValue, _database, _schema

if TYPE_CHECKING:
    from pathlib import Path

A_MIB = 1024 * 1024


def text_of(error: pytest.ExceptionInfo[StoreError], path: Path) -> str:
    return str(error.value).replace(str(path), "PATH")


def test_a_store_is_found_again_when_it_is_opened_again(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db") as store:
        claim = created(store).claim
        store.commit(claim, [completed("page", 1), ended("completed")]).result(30)
        before = store.run("run-1"), store.tasks("run-1")

    with SqliteStore(str(tmp_path / "runs.db")) as store:
        assert (store.run("run-1"), store.tasks("run-1")) == before
        assert store.name == str(tmp_path / "runs.db")


def test_a_folder_is_not_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        SqliteStore(tmp_path)
    assert text_of(caught, tmp_path) == 'store "PATH": it is a folder. Give the path of a file in it.'


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "runs.db"
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert text_of(caught, tmp_path) == 'store "PATH/missing/runs.db": there is no folder PATH/missing. Make it first.'
    assert not path.parent.exists()


def test_a_text_file_is_not_a_store(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.write_text("a text\n" * 1_000)
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert text_of(caught, path) == (
        'store "PATH": it is not an SQLite file. Choose another path, or move the file away.'
    )
    assert path.read_text() == "a text\n" * 1_000


def test_the_database_of_another_program_is_not_a_store(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("create table theirs (value)")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert text_of(caught, path) == ('store "PATH": it is the SQLite file of another program. Choose another path.')
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    path.touch()
    with SqliteStore(path) as store:
        assert store.runs() == []


def test_a_store_of_a_newer_typedflow_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert text_of(caught, path) == (
        'store "PATH": a newer typedflow has written it: its tables have version 99, and this typedflow knows '
        f"{len(_schema.MIGRATIONS)}. Upgrade typedflow."
    )


def test_the_tables_of_an_older_typedflow_are_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        created(store)
    newer = (*_schema.MIGRATIONS, ("alter table runs add column colour text default 'red'",))
    for module in (_schema, _database):
        monkeypatch.setattr(module, "MIGRATIONS", newer)

    with SqliteStore(path) as store:
        assert store.run("run-1").flow == "website"

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select colour from runs").fetchall() == [("red",)]
        assert db.execute("pragma user_version").fetchone() == (len(newer),)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.db"
    SqliteStore(path).close()
    newer = (*_schema.MIGRATIONS, ("alter table runs add column colour text", "select * from missing"))
    with monkeypatch.context() as changed:
        for module in (_schema, _database):
            changed.setattr(module, "MIGRATIONS", newer)
        with pytest.raises(StoreError, match=r"OperationalError: no such table: missing"):
            SqliteStore(path)

    with SqliteStore(path) as store:
        assert store.runs() == []


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")
    with pytest.raises(StoreError) as caught:
        SqliteStore(tmp_path / "runs.db")
    assert text_of(caught, tmp_path) == (
        'store "PATH/runs.db": it needs SQLite 3.37 or newer, and this Python has 3.36.0. Use a newer Python.'
    )


def test_many_threads_make_one_file_at_the_same_time(tmp_path: Path) -> None:
    problems: list[Exception] = []

    def open_and_write(number: int) -> None:
        try:
            with SqliteStore(tmp_path / "runs.db", durability="normal") as store:
                created(store, f"run-{number}")
        except Exception as error:  # noqa: BLE001  the test shows it
            problems.append(error)

    threads = [threading.Thread(target=open_and_write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    with SqliteStore(tmp_path / "runs.db") as store:
        assert len(store.runs()) == 8


def test_a_store_that_is_collected_gives_its_runs_back(tmp_path: Path) -> None:
    store: SqliteStore | None = SqliteStore(tmp_path / "runs.db")
    assert store is not None
    created(store)
    writer = store._writer  # noqa: SLF001  the thread whose end the test waits for
    store = None
    gc.collect()
    writer.join(30)

    with SqliteStore(tmp_path / "runs.db") as other:
        assert other.run("run-1").owner is None
        assert other.claim("run-1").result(30).claim.epoch == 2


def test_a_value_is_stored_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    large = StoredValue('"' + "x" * (A_MIB - 2) + '"')
    with SqliteStore(path, durability="normal") as store:
        claim = created(store).claim
        for step in range(10):
            store.commit(claim, [task(f"s{step}", "started")]).result(30)
            store.commit(claim, [task(f"s{step}", "completed", output=large)]).result(30)
        store.commit(claim, [ended("completed")]).result(30)

    assert path.stat().st_size < 1.05 * 10 * A_MIB
    assert [found.name for found in tmp_path.iterdir()] == ["runs.db"]


def test_pruning_gives_the_space_back(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path, durability="normal") as store:
        for number in range(4):
            claim = created(store, f"run-{number}").claim
            store.commit(claim, [completed("page", "x" * A_MIB), ended("completed")]).result(30)
        assert store.prune(older_than=timedelta(0)) == 4
        assert path.stat().st_size < A_MIB // 4
        assert (tmp_path / "runs.db-wal").stat().st_size < A_MIB // 4
    assert path.stat().st_size < A_MIB // 4


class Reversed:
    def encrypt(self, data: bytes) -> bytes:
        return data[::-1]

    decrypt = encrypt


class WrongKey:
    def encrypt(self, data: bytes) -> bytes:
        return data

    def decrypt(self, data: bytes) -> bytes:
        raise ValueError("bad tag")


class WithoutTag(Reversed):
    """Does not notice that the key is another one."""

    def decrypt(self, data: bytes) -> bytes:
        return bytes(255 - byte for byte in data)


def test_values_and_errors_are_encrypted(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    secret = StoredValue('"top secret \U0001f600"')
    with SqliteStore(path, cipher=Reversed()) as store:
        claim = store.create(replace(new_run(), input=secret)).result(30).claim
        store.commit(
            claim,
            [
                task("page", "completed", output=secret),
                task("words", "completed", output=StoredValue(b"top secret", "arrow")),
                task("approval", "failed", error=ERROR._replace(message="top secret", traceback="top secret")),
            ],
        ).result(30)
        assert store.run("run-1").input == secret
        assert [found.output for found in store.tasks("run-1")] == [None, secret, StoredValue(b"top secret", "arrow")]
        [failure] = store.failures("run-1")
        assert failure.error is not None
        assert failure.error.message == "top secret"
    assert b"top secret" not in path.read_bytes()

    with SqliteStore(path) as store, pytest.raises(StoreError) as caught:
        store.run("run-1")
    assert text_of(caught, path) == (
        'store "PATH": its values are encrypted. Open it with the cipher that encrypted them.'
    )
    with SqliteStore(path, cipher=WrongKey()) as store, pytest.raises(StoreError) as caught:
        store.run("run-1")
    assert text_of(caught, path) == (
        'store "PATH": the cipher could not decrypt a value; its key may be another one. It raised ValueError: bad tag'
    )
    with SqliteStore(path, cipher=WithoutTag()) as store:
        for what, read in (("a value", store.run), ("an error", store.failures)):
            with pytest.raises(StoreError) as caught:
                read("run-1")
            reason = "cannot be read: it was encrypted with another key, or the file was edited by hand."
            assert text_of(caught, path) == f'store "PATH": {what} {reason}'


def test_a_store_that_is_encrypted_later_shows_its_older_runs(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db") as store:
        created(store)
    with SqliteStore(tmp_path / "runs.db", cipher=Reversed()) as store:
        created(store, "run-2")
        assert [run.input for run in store.runs()] == [new_run().input] * 2


def test_the_tables_can_be_read_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        claim = created(store).claim
        store.commit(claim, [completed("page", {"title": "Ä"}), task("words", "started")]).result(30)
        store.commit(claim, [task("words", "failed", error=ERROR)]).result(30)

    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select step, status, output from tasks order by step").fetchall() == [
            ("page", "completed", '{"title": "\\u00c4"}'),
            ("words", "failed", None),
        ]
        assert db.execute("select run_id, step, status, ended_at from step_states order by step").fetchall() == [
            ("run-1", "page", "completed", "2025-12-01T12:00:00.000000Z"),
            ("run-1", "words", "failed", "2025-12-01T12:00:00.000000Z"),
        ]
        assert db.execute("select json_extract(error, '$.message') from failures").fetchall() == [("no page",)]
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_what_a_callback_asks_for_cannot_be_waited_for_in_it(tmp_path: Path) -> None:
    caught: list[str] = []

    with SqliteStore(tmp_path / "runs.db") as store:

        def cancel(_: object) -> None:
            try:
                store.cancel("run-1")
            except StoreError as error:
                caught.append(error.reason)

        made = store.create(new_run())
        made.add_done_callback(cancel)
        made.result(30)
        store.release(made.result(30).claim).result(30)

    assert caught == ["a callback of one of its futures cannot wait for it. Ask for this in another thread."]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_process_does_not_use_the_store_of_its_parent(tmp_path: Path) -> None:
    program = """
import gc, os, sys, warnings
from tests.unit.stores.runs import completed, created
from typedflow.exceptions import StoreError
from typedflow.stores import SqliteStore

warnings.simplefilter("ignore", DeprecationWarning)
store = SqliteStore(sys.argv[1])
claim = created(store).claim
store.runs()
child = os.fork()
if not child:
    try:
        store.runs()
    except StoreError as error:
        print(error.reason.replace(str(os.getppid()), "1").replace(str(os.getpid()), "2"), flush=True)
    store.close()
    del store
    gc.collect()
    with SqliteStore(sys.argv[1]) as own:
        print(own.run("run-1").status, own.run("run-1").owner.is_alive, flush=True)
    sys.exit()
os.waitpid(child, 0)
store.commit(claim, [completed("page", 1)]).result(30)
print(len(store.tasks("run-1")))
"""
    shown = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", program, tmp_path / "runs.db"], capture_output=True, text=True, check=True, timeout=60
    )

    assert shown.stdout.splitlines() == [
        "process 1 has opened it, and this is process 2. Open a store in each process.",
        "started True",
        "1",
    ]


def test_a_program_that_does_not_close_its_store_loses_nothing(tmp_path: Path) -> None:
    program = """
import sys
from tests.unit.stores.runs import completed, created, task
from typedflow.stores import SqliteStore

store = SqliteStore(sys.argv[1])
claim = created(store).claim
store.watch(claim, print)
for index in range(500):
    store.commit(claim, [completed("words", index, index=index)])
store.commit(claim, [task("page", "started")])
"""
    subprocess.run([sys.executable, "-c", program, tmp_path / "runs.db"], check=True, timeout=60)  # noqa: S603  as above

    with SqliteStore(tmp_path / "runs.db") as store:
        assert [found.output for found in store.tasks("run-1", step="words")] == [value(i) for i in range(500)]
        assert store.run("run-1").owner is None
        assert [found.status for found in store.tasks("run-1", step="page")] == ["queued"]
        assert store.failures("run-1") == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"path": 7}, "its path has to be a str or a Path, not 7."),
        ({"path": ""}, "its path has to be a str or a Path, not ''."),
        ({"path": ":memory:"}, "its path has to be that of a file. Use a MemoryStore for runs in memory."),
        ({"durability": "fast"}, 'durability has to be "full" or "normal", not \'fast\'.'),
        ({"busy_timeout": -1}, "busy_timeout has to be a number of seconds from 0 to 86,400, not -1."),
        ({"lease": 0}, "lease has to be a number of seconds above 0, not 0."),
        ({"lease": float("nan")}, "lease has to be a number of seconds above 0, not nan."),
        ({"max_value_bytes": 0}, "max_value_bytes has to be a whole number of at least 1, or None, not 0."),
        ({"max_value_bytes": 1.5}, "max_value_bytes has to be a whole number of at least 1, or None, not 1.5."),
        ({"max_value_bytes": "1 MB"}, "max_value_bytes has to be a whole number of at least 1, or None, not '1 MB'."),
        ({"cipher": b"key"}, "cipher has to be an object with the methods encrypt and decrypt, not b'key'."),
    ],
)
def test_a_wrong_argument_is_named(tmp_path: Path, arguments: dict[str, Any], reason: str) -> None:
    path = tmp_path / "runs.db"
    with pytest.raises(StoreError) as caught:
        SqliteStore(**{"path": path, **arguments})
    assert caught.value.reason == reason
    assert not path.exists()

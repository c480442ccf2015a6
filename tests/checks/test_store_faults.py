"""What a store does when the disk, the file or its process fails: nothing that it has confirmed is lost."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.unit.stores.runs import completed, created, ended, value
from typedflow.exceptions import RunClaimedError, RunLostError, StoreError
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from typedflow.stores import Claim

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, tmpfs and users are those of Linux")


@contextmanager
def small_disk(folder: Path, *, kib: int) -> Iterator[Path]:
    folder.mkdir()
    mounted = subprocess.run(  # noqa: S603  a constant
        ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["/usr/bin/umount", "-l", folder], check=True)  # noqa: S603  as above


@contextmanager
def without_privileges() -> Iterator[None]:
    if os.geteuid():
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


def commits(store: SqliteStore, claim: Claim, numbers: range, size: int) -> list[Future[None]]:
    return [store.commit(claim, [completed("words", "x" * size, index=index)]) for index in numbers]


def confirmed(futures: list[Future[None]]) -> list[int]:
    return [number for number, future in enumerate(futures) if future.exception(60) is None]


def check_integrity(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []


def test_a_full_disk_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kib=1_500) as disk:
        path = disk / "runs.db"
        filler = disk / "filler"
        filler.write_bytes(b"x" * 200_000)
        with SqliteStore(path) as store:
            claim = created(store).claim
            futures = commits(store, claim, range(400), 5_000)
            kept = confirmed(futures)
            assert 20 < len(kept) < 400
            problems = {str(future.exception()) for future in futures if future.exception() is not None}
            assert problems == {f'store "{path}": the disk is full. Make room on it.'}
            assert [task.task_index for task in store.tasks("run-1")] == kept

            filler.unlink()
            assert store.commit(claim, [completed("page", 1), ended("completed")]).result(60) is None

        with SqliteStore(path) as store:
            assert store.run("run-1").status == "completed"
            assert [task.task_index for task in store.tasks("run-1", step="words")] == kept
        check_integrity(path)


def test_a_large_value_that_finds_no_room_does_not_concern_a_small_one(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kib=1_500) as disk, SqliteStore(disk / "runs.db") as store:
        claim, other = created(store).claim, created(store, "run-2").claim
        release = threading.Event()
        store.commit(claim, [completed("page", 1)]).add_done_callback(lambda _: release.wait(60))
        large = store.commit(claim, [completed("words", "x" * 2_000_000)])
        small = store.commit(other, [completed("words", "x")])
        release.set()

        assert small.result(60) is None
        with pytest.raises(StoreError, match=r"the disk is full. Make room on it."):
            large.result(60)


def test_a_locked_file_is_waited_for_and_then_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path, busy_timeout=0.2) as store:
        claim = created(store).claim
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            futures = commits(store, claim, range(3), 10)
            for future in futures:
                with pytest.raises(StoreError) as caught:
                    future.result(60)
                assert caught.value.reason == (
                    "another process has locked it for longer than busy_timeout. Find out which, and try again."
                )
            assert store.run("run-1").status == "started"
            other.execute("rollback")
        assert store.commit(claim, [completed("page", 1)]).result(60) is None
        assert [task.step for task in store.tasks("run-1")] == ["page"]


@pytest.mark.parametrize(("target", "mode"), [("runs.db", 0o444), (".", 0o555), ("runs.db", 0o000)])
def test_a_file_or_a_folder_that_may_not_be_written(target: str, mode: int) -> None:
    with TemporaryDirectory() as name:  # all users may enter it, unlike pytest's own
        folder = Path(name)
        folder.chmod(0o755)
        with SqliteStore(folder / "runs.db") as store:
            created(store)
        (folder / target).chmod(mode)

        with without_privileges(), pytest.raises(StoreError) as caught:
            created(SqliteStore(folder / "runs.db"))

        assert "Give this process the permission to" in caught.value.reason


def test_a_disk_that_is_mounted_read_only(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kib=2_000) as disk:
        with SqliteStore(disk / "runs.db") as store:
            created(store)
        subprocess.run(["/usr/bin/mount", "-o", "remount,ro", disk], check=True)  # noqa: S603  a constant
        with pytest.raises(StoreError) as caught:
            SqliteStore(disk / "runs.db")
        assert "Give this process the permission to" in caught.value.reason


KILLED = """
import os, signal, sys
from tests.unit.stores.runs import completed, created
from typedflow.stores import SqliteStore

store = SqliteStore(sys.argv[1])
claim = created(store).claim
for index in range(40):
    store.commit(claim, [completed("words", "x" * 2_000, index=index)]).result(60)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(path: Path) -> None:
    """A process that has confirmed 40 commits is killed; they are still in the file of newest commits."""
    done = subprocess.run([sys.executable, "-c", KILLED, path], check=False)  # noqa: S603  our own program
    assert done.returncode == -signal.SIGKILL
    assert path.with_name("runs.db-wal").stat().st_size > 40 * 2_000


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    killed(path)
    with SqliteStore(path) as store:
        assert len(store.tasks("run-1")) == 40
        assert store.claim("run-1").result(60).claim.epoch == 2
    check_integrity(path)


@pytest.mark.parametrize("share", [0.0, 0.4, 0.999])
def test_a_truncated_file_of_newest_commits_leaves_an_earlier_state(tmp_path: Path, share: float) -> None:
    path = tmp_path / "runs.db"
    killed(path)
    wal = path.with_name("runs.db-wal")
    os.truncate(wal, int(wal.stat().st_size * share))

    with SqliteStore(path) as store:
        if store.runs():
            found = [task.task_index for task in store.tasks("run-1")]
            assert found == list(range(len(found)))
            assert len(found) < 40
    check_integrity(path)


def test_a_deleted_file_of_newest_commits_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        claim = created(store).claim
        for index in range(40):
            store.commit(claim, [completed("words", index, index=index)]).result(60)
        path.with_name("runs.db-wal").unlink()

        store.commit(claim, [completed("words", 40, index=40)]).result(60)

        assert len(store.tasks("run-1")) == 41
    with SqliteStore(path) as store:
        assert [task.output for task in store.tasks("run-1")] == [value(index) for index in range(41)]
    check_integrity(path)


def test_a_file_that_was_deleted_while_it_was_open_confirms_nothing_more(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        claim = created(store).claim
        for name in ("runs.db", "runs.db-wal", "runs.db-shm"):
            path.with_name(name).unlink()
        with pytest.raises(StoreError) as caught:
            store.commit(claim, [completed("page", 1)]).result(60)
        assert caught.value.reason == "the file was deleted or moved while it was open."
        with pytest.raises(StoreError, match="deleted or moved"):
            store.runs()


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        claim = created(store).claim
        for index in range(200):
            store.commit(claim, [completed("words", "x" * 1_000, index=index)])
        store.commit(claim, [ended("completed")]).result(60)
    with path.open("r+b") as file:
        file.seek(20 * 4_096)
        file.write(b"\xff" * 30 * 4_096)

    with pytest.raises(StoreError) as caught, SqliteStore(path) as store:
        store.tasks("run-1")
    assert caught.value.reason == (
        "the file is damaged. Restore it from a backup; sqlite3's command .recover may save most of it."
    )


FROZEN = """
import sys
from tests.unit.stores.runs import completed, created, task
from typedflow.exceptions import StoreError
from typedflow.stores import SqliteStore

with SqliteStore(sys.argv[1], lease=0.5) as store:
    claim = created(store).claim
    store.commit(claim, [task("page", "started")]).result(60)
    print("claimed", flush=True)
    sys.stdin.readline()
    try:
        store.commit(claim, [completed("page", "by the first process")]).result(60)
    except StoreError as error:
        print(type(error).__name__, flush=True)
"""


def test_a_frozen_process_loses_its_run_and_is_refused_when_it_thaws(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with (
        subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", FROZEN, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as owner,
        SqliteStore(path, lease=30) as store,
    ):
        assert owner.stdout is not None
        assert owner.stdin is not None
        assert owner.stdout.readline() == "claimed\n"
        os.kill(owner.pid, signal.SIGSTOP)
        with pytest.raises(RunClaimedError) as caught:
            store.claim("run-1").result(60)
        assert caught.value.place == f"process {owner.pid}"

        while not store.run("run-1").is_interrupted:
            pass
        claimed = store.claim("run-1").result(60)
        assert [(task.status, task.interruptions) for task in claimed.tasks] == [("queued", 1)]
        os.kill(owner.pid, signal.SIGCONT)
        owner.stdin.write("\n")
        owner.stdin.flush()

        assert owner.stdout.readline() == f"{RunLostError.__name__}\n"
        assert store.tasks("run-1")[0].output is None
        assert store.commit(claimed.claim, [completed("page", "by this one"), ended("completed")]).result(60) is None


PRUNED = """
import os, signal, sys
from datetime import timedelta
from typedflow.stores import SqliteStore, _pruning

_pruning._BATCH = 7
store = SqliteStore(sys.argv[1])

def kill(deleted):
    if deleted > 20:
        os.kill(os.getpid(), signal.SIGKILL)

store.prune(older_than=timedelta(0), on_batch=kill)
"""


def test_pruning_that_is_killed_leaves_whole_runs_and_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path, durability="normal") as store:
        for number in range(40):
            claim = created(store, f"run-{number}").claim
            store.commit(claim, [completed("words", "x" * 3_000, index=index) for index in range(5)]).result(60)
            store.commit(claim, [ended("completed")]).result(60)
        alive = created(store, "alive").claim
        store.commit(alive, [completed("page", 1)]).result(60)
        done = subprocess.run([sys.executable, "-c", PRUNED, path], check=False)  # noqa: S603  our own program
        assert done.returncode == -signal.SIGKILL

        left = store.runs(status="completed")
        assert len(left) == 40 - 21
        assert all(len(store.tasks(run.run_id)) == 5 for run in left)
        check_integrity(path)

        assert store.prune(older_than=timedelta(0)) == len(left)
        assert [run.run_id for run in store.runs()] == ["alive"]
        assert len(store.tasks("alive")) == 1
        first = created(store, "run-new").run
        assert first.run_id == "run-new"
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select max(id) from runs").fetchone() == (42,)
        for table in ("tasks", "claims"):
            assert db.execute(f"select count(distinct run) from {table}").fetchone()[0] <= 2  # noqa: S608  a constant


ACKNOWLEDGED = """
import sys
from tests.unit.stores.runs import completed, created
from typedflow.stores import SqliteStore

store = SqliteStore(sys.argv[1])
claims = [created(store, f"run-{number}").claim for number in range(5)]

def confirm(run, index):
    print(run, index, flush=True)

for index in range(100_000):
    for run, claim in enumerate(claims):
        future = store.commit(claim, [completed("words", "x" * (index * 37 % 5_000), index=index)])
        future.add_done_callback(lambda _, run=run, index=index: confirm(run, index))
    future.result(60)
"""


@pytest.mark.parametrize("after", [3, 50, 111, 260, 777])
def test_what_was_confirmed_before_a_kill_is_there(tmp_path: Path, after: int) -> None:
    path = tmp_path / "runs.db"
    with subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-c", ACKNOWLEDGED, path], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(after)]
        child.kill()
        lines += child.stdout.read().splitlines(keepends=True)
    acknowledged = {tuple(map(int, line.split())) for line in lines if line.endswith("\n")}

    with SqliteStore(path) as store:
        found = {(run, task.task_index) for run in range(5) for task in store.tasks(f"run-{run}")}
    assert acknowledged <= found
    assert len(found) - len(acknowledged) <= 10
    check_integrity(path)


def test_a_copy_of_a_closed_store_is_a_store(tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db") as store:
        created(store)
    shutil.copy(tmp_path / "runs.db", tmp_path / "copy.db")
    with SqliteStore(tmp_path / "copy.db") as copy:
        assert copy.run("run-1").status == "started"


CLAIMING = """
import sys
from typedflow.exceptions import StoreError
from typedflow.stores import SqliteStore

with SqliteStore(sys.argv[1]) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        print("claimed", store.claim("run-1").result(60).claim.epoch, flush=True)
    except StoreError as error:
        print(type(error).__name__, flush=True)
    sys.stdin.readline()
"""


def test_exactly_one_of_many_processes_gets_a_run_whose_owner_died(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    killed(path)
    racing = [
        subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-c", CLAIMING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(5)
    ]
    shown: list[str] = []
    for line in ("ready", None):
        for process in racing:
            assert process.stdout is not None
            if line is None:
                shown.append(process.stdout.readline().strip())
            else:
                assert process.stdout.readline().strip() == line
        for process in racing:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
    for process in racing:
        with process:
            assert process.wait(60) == 0

    assert sorted(shown) == [*["RunClaimedError"] * 4, "claimed 2"]

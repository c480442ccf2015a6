"""Whether the owner of a run lives: by its process on this machine, and by its lease."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.stores.runs import completed, created, task
from typedflow.exceptions import RunClaimedError, RunLostError, StoreError
from typedflow.stores import SqliteStore, _claims, _owners
from typedflow.stores._owners import Process, has_died, shares_uptime, this_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.stores import Store

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
on_posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX can ask whether a process exists")


@pytest.fixture
def ended_process() -> Process:
    """A process that has died and was waited for."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        pass
    return replace(this_process(), pid=child.pid, started="1")


@pytest.fixture
def without_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr(_owners, "_PROC", tmp_path / "no proc")
    _owners._process.cache_clear()  # noqa: SLF001  it keeps what it has found
    yield
    _owners._process.cache_clear()  # noqa: SLF001  as above


def set_owner(path: Path, **columns: Any) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for column, value in columns.items():
            db.execute(f"update claims set {column} = ?", (value,))  # noqa: S608  a name of the test's own


def test_this_process_lives() -> None:
    me = this_process()
    assert (me.host, me.pid) == (socket.gethostname(), os.getpid())
    assert not has_died(me)


@on_linux
def test_an_ended_process_has_died(ended_process: Process) -> None:
    assert has_died(ended_process)


@on_linux
def test_a_process_that_nobody_has_waited_for_has_died() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read()
        stat = Path(f"/proc/{child.pid}/stat")
        while stat.read_text().rpartition(")")[2].split()[0] != "Z":
            pass
        assert has_died(replace(this_process(), pid=child.pid))


@on_linux
def test_another_process_with_the_same_id_is_another_one() -> None:
    assert has_died(replace(this_process(), started="1"))


@on_linux
def test_nothing_is_known_of_another_machine_or_container(ended_process: Process) -> None:
    me = this_process()
    assert me.machine is not None
    boot, pids, *_ = me.machine.split()
    for machine in (None, me.machine.replace(boot, "another boot"), me.machine.replace(pids, "pid:[1]")):
        other = replace(ended_process, machine=machine)
        assert not has_died(other)
        assert not shares_uptime(other)


@pytest.mark.usefixtures("without_proc")
def test_without_proc_nothing_is_known_on_linux(ended_process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert ended_process.machine is None
    assert not has_died(ended_process)
    assert not shares_uptime(ended_process)


@on_posix
@pytest.mark.usefixtures("without_proc")
def test_without_proc_other_systems_know_that_a_process_has_ended(
    ended_process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert has_died(ended_process)
    assert not has_died(this_process())
    assert not has_died(replace(ended_process, host="another host"))


@pytest.mark.usefixtures("without_proc")
def test_on_windows_no_process_is_asked(ended_process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(_owners, "_IS_POSIX", False)
    assert not has_died(ended_process)


@on_linux
def test_a_dead_owner_is_known_immediately(tmp_path: Path, ended_process: Process) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as owner, SqliteStore(path) as store:
        claim = created(owner).claim
        owner.commit(claim, [task("page", "started"), completed("words", 1)]).result(30)
        set_owner(path, pid=ended_process.pid)

        run = store.run("run-1")
        assert run.is_interrupted
        assert run.owner is not None
        assert not run.owner.is_alive
        assert [found.run_id for found in store.runs(status="interrupted")] == ["run-1"]
        assert store.runs(status="running") == []

        claimed = store.claim("run-1").result(30)
        assert [(found.step, found.status, found.attempt, found.interruptions) for found in claimed.tasks] == [
            ("page", "queued", 0, 1),
            ("words", "completed", 1, 0),
        ]
        [failure] = store.failures("run-1")
        assert (failure.kind, failure.step, failure.attempt, failure.error) == ("interrupted", "page", 1, None)

        with pytest.raises(RunLostError) as caught:
            owner.commit(claim, [completed("page", 1)]).result(30)
        assert caught.value.why == (
            "was taken over by this process, because this process did not renew its lease in time."
        )


@on_linux
def test_a_dead_owner_is_cancelled_immediately(tmp_path: Path, ended_process: Process) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as owner, SqliteStore(path) as store:
        created(owner)
        set_owner(path, pid=ended_process.pid)
        assert store.cancel("run-1").status == "cancelled"


def test_an_owner_on_another_machine_lives_as_long_as_its_lease(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as store:
        created(store)
    with SqliteStore(path) as store:
        set_owner(path, host="far away", pid=7, machine="another one", lease_expires_at="2999-01-01T00:00:00.000000Z")
        set_owner(path, lease=4e10)
        with pytest.raises(RunClaimedError) as caught:
            store.claim("run-1").result(30)
        assert caught.value.reason == (
            'run "run-1" is executed by process 7 on "far away". Wait until it has ended, or cancel it.'
        )
        set_owner(path, lease_expires_at="2020-01-01T00:00:00.000000Z")
        assert store.claim("run-1").result(30).claim.epoch == 2


@on_linux
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_is_set_changes_nothing_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    path = tmp_path / "runs.db"
    real = time.time
    with SqliteStore(path) as owner, SqliteStore(path) as store:
        created(owner)
        monkeypatch.setattr(time, "time", lambda: real() + hours * 3_600)
        assert not store.run("run-1").is_interrupted
        with pytest.raises(RunClaimedError):
            store.claim("run-1").result(30)

        set_owner(path, lease_expires_uptime=time.monotonic() - 1)
        assert store.claim("run-1").result(30).claim.epoch == 2


@pytest.mark.usefixtures("without_proc")
def test_a_clock_that_is_set_back_keeps_no_lease_for_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "runs.db"
    real = time.time
    with SqliteStore(path) as owner, SqliteStore(path) as store:
        created(owner)
        assert not store.run("run-1").is_interrupted
        monkeypatch.setattr(time, "time", lambda: real() - 5 * 3_600)
        assert store.run("run-1").is_interrupted


def test_a_lease_is_renewed_although_nothing_is_committed(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path, lease=0.3) as owner, SqliteStore(path) as store:
        created(owner)
        first = store.run("run-1").owner
        assert first is not None
        revision = store.revision()
        give_up = time.monotonic() + 30
        while store.revision() == revision and time.monotonic() < give_up:
            pass
        renewed = store.run("run-1").owner
        assert renewed is not None
        assert renewed.is_alive
        assert renewed.lease_expires_at > first.lease_expires_at


def test_two_stores_of_one_process_share_its_runs(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as other:
        with SqliteStore(path) as store:
            created(store)
            with pytest.raises(RunClaimedError):
                other.claim("run-1").result(30)
        assert other.claim("run-1").result(30).claim.epoch == 2


def test_the_owner_notices_what_another_store_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    with SqliteStore(path) as owner, SqliteStore(path) as other:
        claim = created(owner).claim
        noticed = Event()
        owner.watch(claim, noticed.set)
        other.cancel("run-1")
        assert noticed.wait(30)
        assert owner.run("run-1").cancel_requested_at is not None


def test_an_error_in_the_middle_of_a_claim_leaves_the_run_to_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = created(store).claim
    store.commit(claim, [task("page", "started")]).result(30)
    store.release(claim).result(30)

    def fail(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as changed:
        changed.setattr(_claims, "read_tasks", fail)
        with pytest.raises(StoreError, match="OperationalError: disk I/O error"):
            store.claim("run-1").result(30)
    assert store.run("run-1").is_interrupted

    claimed = store.claim("run-1").result(30)
    assert claimed.claim.epoch == 2
    assert [found.interruptions for found in claimed.tasks] == [0]

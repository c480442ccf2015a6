"""Who executes a run: claims with a lease and an epoch, and the requests of others to the owner."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from typedflow.exceptions import RunClaimedError, RunEndedError, RunLostError
from typedflow.stores._owners import this_process
from typedflow.stores._reading import owner_of, read_run, read_steps, read_tasks, row_of
from typedflow.stores._records import Claim, ClaimedRun
from typedflow.stores._transitions import end_run
from typedflow.stores._values import timestamp

if TYPE_CHECKING:
    import sqlite3

    from typedflow.stores._records import Owner, RunRecord
    from typedflow.stores._values import Values

_COLUMNS: Final = "host, pid, machine, process_started, lease, lease_expires_at, lease_expires_uptime"
_CLAIM: Final = f"insert into claims (run, epoch, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RECLAIM: Final = """
update claims set epoch = epoch + 1, requests = 0, host = ?, pid = ?, machine = ?, process_started = ?, lease = ?,
    lease_expires_at = ?, lease_expires_uptime = ? where run = ?
"""
_RENEW: Final = """
update claims set lease_expires_at = ?, lease_expires_uptime = ? where run = ? and epoch = ? and pid is not null
"""
_RELEASE: Final = "update claims set host = null, pid = null where run = ? and epoch = ? and pid is not null"
_FENCE: Final = "select 1 from claims where run = ? and epoch = ? and pid is not null"
_OWNER: Final = f"select {_COLUMNS} from claims where run = ?"
_INTERRUPTIONS: Final = """
insert into failures (run, step, task_index, attempt, kind, started_at, ended_at)
select run, step, task_index, attempt, 'interrupted', started_at, ? from tasks where run = ? and status = 'started'
order by step, task_index
"""
_QUEUE_AGAIN: Final = """
update tasks set status = 'queued', due = null, attempt = attempt - 1, interruptions = interruptions + ?
where run = ? and status = 'started'
"""


def insert_claim(db: sqlite3.Connection, run: int, lease: float) -> None:
    """Claim a run that is being created."""
    db.execute(_CLAIM, (run, 1, *_owner_columns(lease)))


def claim(db: sqlite3.Connection, store: str, values: Values, run_id: str, lease: float) -> ClaimedRun | RunRecord:
    """Claim a run that no living process executes.

    Returns:
        The claimed run; or the run, if a cancellation was requested and it is cancelled now.
    """
    row = row_of(db, store, run_id)
    run = read_run(db, values, row)
    if run.status != "started":
        raise RunEndedError(store, run)
    check_is_free(store, run_id, run.owner)
    if run.cancel_requested_at is not None:
        end_run(db, row, "cancelled", timestamp(time.time()))
        return read_run(db, values, row)
    if run.owner is not None:
        db.execute(_INTERRUPTIONS, (timestamp(time.time()), row))
    db.execute(_QUEUE_AGAIN, (int(run.owner is not None), row))
    db.execute(_RECLAIM, (*_owner_columns(lease), row))
    epoch = db.execute("select epoch from claims where run = ?", (row,)).fetchone()[0]
    return ClaimedRun(
        Claim(run_id, epoch), read_run(db, values, row), read_steps(db, values, row), read_tasks(db, values, row)
    )


def check_claim(db: sqlite3.Connection, run: int, epoch: int) -> bool:
    """Whether a claim still holds."""
    return db.execute(_FENCE, (run, epoch)).fetchone() is not None


def lost(db: sqlite3.Connection, store: str, claim: Claim) -> RunLostError:
    """Return why a claim was lost."""
    found = db.execute(
        f"select r.status, c.epoch, {_COLUMNS} from runs r join claims c on c.run = r.id where r.run_id = ?",
        (claim.run_id,),
    ).fetchone()
    if found is None:
        reason = "was deleted, so nothing more of it can be stored."
    else:
        status, epoch, *columns = found
        owner = owner_of(columns)
        if owner is not None and epoch != claim.epoch:
            reason = f"was taken over by {place(owner)}, because this process did not renew its lease in time."
        elif status != "started":
            reason = f"has ended meanwhile: it is {status}."
        else:
            reason = "was given back, or taken over by a process that has given it back. Resume it."
    return RunLostError(store, claim.run_id, reason)


def release(db: sqlite3.Connection, run: int, epoch: int) -> None:
    """Give a run back, if the claim still holds."""
    if db.execute(_RELEASE, (run, epoch)).rowcount:
        db.execute(_QUEUE_AGAIN, (0, run))


def abandon(db: sqlite3.Connection, run: int, epoch: int) -> None:
    """Let the lease of a claim end now, if the claim still holds."""
    db.execute(_RENEW, (timestamp(time.time() - 1), time.monotonic() - 1, run, epoch))


def renew(db: sqlite3.Connection, run: int, epoch: int, lease: float) -> bool:
    """Renew the lease of a claim, if the claim still holds."""
    return db.execute(_RENEW, (*_expiry(lease), run, epoch)).rowcount > 0


def owner_of_run(db: sqlite3.Connection, run: int) -> Owner | None:
    """Return who executes a run."""
    return owner_of(db.execute(_OWNER, (run,)).fetchone())


def check_is_free(store: str, run_id: str, owner: Owner | None) -> None:
    """Raise an error if a living process executes a run."""
    if owner is not None and owner.is_alive:
        raise RunClaimedError(store, run_id, owner, place(owner))


def request(db: sqlite3.Connection, run: int) -> None:
    """Make the owner of a run look at it."""
    db.execute("update claims set requests = requests + 1 where run = ?", (run,))


def place(owner: Owner) -> str:
    """Name a process for a message."""
    me = this_process()
    if owner.host == me.host:
        return "this process" if owner.pid == me.pid else f"process {owner.pid}"
    return f'process {owner.pid} on "{owner.host}"'


def _owner_columns(lease: float) -> tuple[str, int, str | None, str | None, float, str, float]:
    me = this_process()
    return (me.host, me.pid, me.machine, me.started, lease, *_expiry(lease))


def _expiry(lease: float) -> tuple[str, float]:
    return timestamp(time.time() + lease), time.monotonic() + lease

"""The cached outputs of a store in SQLite, and which task computes one that is not there yet."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeAlias

from typedflow.stores._cache_records import CachedOutput, CacheKey, CacheRecord
from typedflow.stores._reading import IS_ALIVE
from typedflow.stores._values import moment, optional_moment, timestamp

if TYPE_CHECKING:
    import sqlite3

    from typedflow.stores._records import Transition
    from typedflow.stores._values import Values


class Wait(Enum):
    """The type of `WAIT`."""

    WAIT = "wait"


WAIT: Final = Wait.WAIT
"""Found in place of an output that another task computes."""
Found: TypeAlias = CachedOutput | Wait | None

# Each output is stored once. While its run is there, the output stands among the tasks of the run; when the run is
# deleted, the trigger moves it here. Copies were tried instead: they make the file of a flow whose steps are all cached
# twice as large. tests/unit/stores/test_cache.py deletes a run whose outputs are used again.
TABLES: Final = (
    """
    create table cached_outputs (
        id integer primary key,
        digest text not null unique,
        flow text not null,
        step text not null,
        run integer references runs on delete set null,
        run_id text not null,
        task_index integer not null,
        size integer not null,
        stored_at text not null,
        expires_at text,
        hits integer not null default 0,
        last_hit_at text,
        output_codec text,
        output any
    ) strict
    """,
    "create index cached_outputs_by_step on cached_outputs (flow, step, expires_at)",
    "create index cached_outputs_by_run on cached_outputs (run) where run is not null",
    "create index cached_outputs_by_end on cached_outputs (expires_at) where expires_at is not null",
    """
    create trigger cached_outputs_outlive_runs before delete on runs
    when exists (select 1 from cached_outputs where run = old.id)
    begin
        delete from cached_outputs where run = old.id and not exists (
            select 1 from tasks t where t.run = old.id and t.step = cached_outputs.step
                and t.task_index = cached_outputs.task_index and t.status = 'completed'
        );
        update cached_outputs set (output_codec, output) = (
            select t.output_codec, t.output from tasks t
            where t.run = old.id and t.step = cached_outputs.step and t.task_index = cached_outputs.task_index
        )
        where run = old.id;
    end
    """,
    """
    create table cache_claims (
        digest text primary key,
        run integer not null references runs on delete cascade,
        epoch integer not null
    ) strict, without rowid
    """,
    "create index cache_claims_by_run on cache_claims (run)",
)

_FIND: Final = """
select c.id, c.run_id, coalesce(c.output, t.output), coalesce(c.output_codec, t.output_codec)
from cached_outputs c left join tasks t
    on t.run = c.run and t.step = c.step and t.task_index = c.task_index and t.status = 'completed'
where c.digest = ? and coalesce(c.output, t.output) is not null
    and (c.expires_at is null or c.expires_at > ?) and c.stored_at > ?
"""
_IS_CLAIMED: Final = f"""
select 1 from cache_claims k join claims c on c.run = k.run and c.epoch = k.epoch join runs r on r.id = k.run
where k.digest = ? and r.status = 'started' and {IS_ALIVE}
"""
_HIT: Final = "update cached_outputs set hits = hits + 1, last_hit_at = ? where id = ?"
_KEEP: Final = """
insert into cached_outputs (digest, flow, step, run, run_id, task_index, size, stored_at, expires_at)
select ?, ?, ?, r.id, r.run_id, ?, ?, ?, ? from runs r where r.id = ?
on conflict (digest) do update set run = excluded.run, run_id = excluded.run_id, task_index = excluded.task_index,
    size = excluded.size, stored_at = excluded.stored_at, expires_at = excluded.expires_at,
    output = null, output_codec = null
"""
_RECORDS: Final = """
select flow, step, count(*), count(case when expires_at <= :now then 1 end), sum(size), sum(hits), max(stored_at),
    max(last_hit_at)
from cached_outputs where (:flow is null or flow = :flow) and (:step is null or step = :step)
group by flow, step order by flow, step
"""
_DELETE: Final = """
delete from cached_outputs where id in (
    select id from cached_outputs where (:flow is null or flow = :flow) and (:step is null or step = :step)
        and (:expired is null or expires_at <= :expired) limit :batch
)
"""
BATCH: Final = 500
"""How many outputs are deleted in one transaction."""


def look_up(db: sqlite3.Connection, values: Values, claim: tuple[int, int], key: CacheKey, time: float) -> Found:
    """Find the output of a task, or claim it for this run, or find that another task computes it.

    Args:
        db: A connection that is within a transaction.
        values: How outputs are written.
        claim: Number of the run that asks, and how often it has been claimed.
        key: What it looks for.
        time: Wall clock, in seconds since the epoch.
    """
    found = db.execute(_FIND, (key.digest, timestamp(time), timestamp(time - key.lifetime))).fetchone()
    if found is not None:
        number, run_id, data, codec = found
        output = CachedOutput(run_id, values.value(data, codec))
        db.execute(_HIT, (timestamp(time), number))
        return output
    if db.execute(_IS_CLAIMED, (key.digest,)).fetchone() is not None:
        return WAIT
    db.execute("insert or replace into cache_claims (digest, run, epoch) values (?, ?, ?)", (key.digest, *claim))
    return None


def write(db: sqlite3.Connection, run: int, change: Transition, key: CacheKey) -> None:
    """Keep the output of a task that was looked up, or give up the right to compute it.

    The task has been written before.
    """
    give_up(db, run, key)
    if change.status == "completed" and change.output is not None:
        expires = None if key.lifetime == math.inf else timestamp(change.time + key.lifetime)
        place = (key.digest, key.flow, key.step, change.task_index)
        db.execute(_KEEP, (*place, _size(change.output.data), timestamp(change.time), expires, run))


def give_up(db: sqlite3.Connection, run: int, key: CacheKey) -> None:
    """Give up the right of a run to compute an output."""
    db.execute("delete from cache_claims where digest = ? and run = ?", (key.digest, run))


def records(db: sqlite3.Connection, flow: str | None, step: str | None, time: float) -> list[CacheRecord]:
    """Return what is cached, by flow and step."""
    rows = db.execute(_RECORDS, {"now": timestamp(time), "flow": flow, "step": step})
    return [
        CacheRecord(flow, step, outputs, expired, size, hits, moment(newest), optional_moment(last_hit))
        for flow, step, outputs, expired, size, hits, newest, last_hit in rows
    ]


def delete(db: sqlite3.Connection, flow: str | None, step: str | None, expired_at: float | None) -> int:
    """Delete a batch of cached outputs: of all, or of those that have expired at a time. Return how many they were."""
    time = None if expired_at is None else timestamp(expired_at)
    return db.execute(_DELETE, {"flow": flow, "step": step, "expired": time, "batch": BATCH}).rowcount


def _size(data: str | bytes) -> int:
    return len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))

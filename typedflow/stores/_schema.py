"""The tables of a store in SQLite, and how those of older versions are brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow.stores import _cache

if TYPE_CHECKING:
    import sqlite3

APPLICATION_ID: Final = 0x7446_6C77
"""What distinguishes a store from other SQLite files: "tFlw" in the file's header."""

_FIRST: Final = (
    """
    create table flows (
        flow text not null,
        fingerprint text not null,
        shape text not null,
        primary key (flow, fingerprint)
    ) strict, without rowid
    """,
    """
    create table runs (
        id integer primary key autoincrement,
        run_id text not null unique,
        flow text not null,
        fingerprint text not null,
        status text not null check (status in ('started', 'completed', 'failed', 'cancelled')),
        created_at text not null,
        ended_at text check ((ended_at is null) = (status = 'started')),
        deadline text,
        cancel_requested_at text,
        error any,
        input_codec text,
        input any not null,
        foreign key (flow, fingerprint) references flows
    ) strict
    """,
    "create index runs_by_flow on runs (flow, id)",
    "create index runs_by_status on runs (status, flow, id)",
    "create index runs_by_end on runs (ended_at) where ended_at is not null",
    "create index runs_by_shape on runs (flow, fingerprint)",
    """
    create table claims (
        run integer primary key references runs on delete cascade,
        epoch integer not null,
        requests integer not null default 0,
        host text,
        pid integer,
        machine text,
        process_started text,
        lease real,
        lease_expires_at text,
        lease_expires_uptime real
    ) strict
    """,
    "create index claims_requested on claims (run) where requests > 0",
    """
    create table steps (
        run integer not null references runs on delete cascade,
        step text not null,
        status text not null check (status in ('started', 'completed', 'failed', 'skipped', 'cancelled')),
        reason text,
        items integer,
        started_at text,
        ended_at text,
        error any,
        primary key (run, step)
    ) strict, without rowid
    """,
    """
    create table tasks (
        run integer not null references runs on delete cascade,
        step text not null,
        task_index integer not null,
        status text not null
            check (status in ('queued', 'waiting', 'started', 'completed', 'failed', 'cancelled')),
        attempt integer not null,
        interruptions integer not null default 0,
        due text,
        started_at text,
        ended_at text,
        output_codec text,
        output any check ((output is null) = (status <> 'completed')),
        cached_from text,
        primary key (run, step, task_index)
    ) strict, without rowid
    """,
    "create index tasks_retrying on tasks (run) where status = 'queued' and attempt > 0",
    "create index tasks_waiting on tasks (run, step) where status = 'waiting'",
    """
    create table failures (
        id integer primary key,
        run integer not null references runs on delete cascade,
        step text not null,
        task_index integer not null,
        attempt integer not null,
        kind text not null check (kind in ('failed', 'interrupted')),
        started_at text,
        ended_at text not null,
        error any
    ) strict
    """,
    "create index failures_by_step on failures (run, step)",
    """
    create table deliveries (
        run integer not null references runs on delete cascade,
        step text not null,
        delivered_at text not null,
        output_codec text,
        output any not null,
        primary key (run, step)
    ) strict, without rowid
    """,
    "create table deleted_runs (digest integer primary key) strict",
    """
    create view step_states as
        select r.run_id, s.step, s.status, s.reason, s.items, s.started_at, s.ended_at
        from steps s join runs r on r.id = s.run
        union all
        select r.run_id, t.step,
            case
                when t.status in ('completed', 'failed', 'cancelled') then t.status
                when t.status = 'queued' and t.started_at is null then 'created'
                else 'started'
            end,
            null, null, t.started_at, t.ended_at
        from tasks t join runs r on r.id = t.run
        where t.task_index = 0
            and not exists (select 1 from steps s where s.run = t.run and s.step = t.step)
    """,
    *_cache.TABLES,
)

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST,)
"""What makes each version of the tables of the version before it. The first one makes them in an empty file."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring the tables up to date, within a transaction that the caller has begun."""
    version = version_of(db)
    for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
        for statement in statements:
            db.execute(statement)
        db.execute(f"pragma user_version = {number}")
    db.execute(f"pragma application_id = {APPLICATION_ID}")


def version_of(db: sqlite3.Connection) -> int:
    """Return the version of the tables; 0 for an empty file."""
    return int(db.execute("pragma user_version").fetchone()[0])

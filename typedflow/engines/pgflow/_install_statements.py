"""The SQL statements that install and uninstall what the engine needs, and that look at what is there.

They read Postgres's catalogs and pgflow.runs and pgflow.flows, and write only the schema typedflow, realtime.send where
there is none, and the schemas of pgflow and pgmq as a whole.
"""

from __future__ import annotations

from typing import Final

# Held until the transaction ends: two installations, or an installation and a deployment, wait for each other.
LOCK: Final = "select pg_advisory_xact_lock(hashtext('typedflow engine'))"

SERVER: Final = """
select current_setting('server_version_num')::int, current_setting('server_version'), current_database(), current_user,
       pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
       has_database_privilege(current_database(), 'CREATE')
"""

OWN_SCHEMA: Final = """
create schema if not exists typedflow;
create table if not exists typedflow.migrations (
  name text primary key, sha256 text not null, at timestamptz not null default now()
);
create table if not exists typedflow.deliveries (
  run_id uuid not null, step_slug text not null, value jsonb not null, at timestamptz not null default now(),
  primary key (run_id, step_slug)
);
create table if not exists typedflow.flows (
  flow_slug text primary key, shape text not null, fingerprint text not null, compiled jsonb not null,
  deployed_at timestamptz not null default now()
);
"""

HAS_PGFLOW: Final = "select to_regclass('pgflow.flows') is not null"

HAS_RECORDS: Final = "select to_regclass('typedflow.migrations') is not null"

RECORDS: Final = "select name, sha256 from typedflow.migrations order by name"

RECORD: Final = "insert into typedflow.migrations (name, sha256) values (%s, %s)"

# The bodies of functions are not checked while they are made: some name schemas that only Supabase has.
BEFORE_MIGRATIONS: Final = "set local check_function_bodies = off"

PGMQ: Final = """
select to_regnamespace('pgmq') is not null,
       (select extversion from pg_extension where extname = 'pgmq'),
       (select default_version from pg_available_extensions where name = 'pgmq')
"""

CREATE_PGMQ: Final = "create extension pgmq"

HAS_SEND: Final = "select to_regprocedure('realtime.send(jsonb,text,text,boolean)') is not null"

# What Supabase has, and pgflow calls at each change of a run or a step: clients listen to it.
CREATE_SEND: Final = """
create schema if not exists realtime;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language sql set search_path = '' as
$$ select pg_catalog.pg_notify('typedflow_events', pg_catalog.left((payload ->> 'run_id') || ' ' || event, 7000)) $$;
"""

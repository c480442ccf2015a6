"""The SQL statements that install and uninstall what the engine needs, and that look at what is there.

They read the catalogs of Postgres and of pgmq, and pgflow's runs, flows and workers. They write the schema typedflow,
`realtime.send` where there is none, and the schemas of pgflow and pgmq as a whole.
"""

from __future__ import annotations

from typing import Final

# "typedflo" as a number. An installation, and a deployment that makes the schema, hold it until they commit.
LOCK: Final = "select pg_advisory_xact_lock(8391171955197341807)"

RIGHTS: Final = """
select current_database(), current_user, pg_is_in_recovery(), current_setting('transaction_read_only')::bool,
       has_database_privilege(current_database(), 'CREATE')
"""

# What is there

# The functions of pgflow by their names and texts, which no version of Postgres changes.
FUNCTIONS: Final = """
select count(*),
       encode(sha256(convert_to(string_agg(found, chr(10) order by found collate "C"), 'UTF8')), 'hex')
from (select format('%s/%s %s', proname, pronargs, replace(prosrc, chr(13), '')) as found from pg_proc
      where pronamespace = to_regnamespace('pgflow')) as functions
"""

PGMQ: Final = """
select to_regnamespace('pgmq') is not null,
       (select extversion from pg_extension where extname = 'pgmq'),
       (select default_version from pg_available_extensions where name = 'pgmq'),
       exists (select from information_schema.columns where (table_schema, table_name) = ('pgmq', 'meta')),
       exists (select from pg_type join pg_attribute on attrelid = typrelid
               where typnamespace = to_regnamespace('pgmq') and typname = 'message_record' and attname = 'headers')
"""

SCHEMAS: Final = """
select to_regnamespace('pgflow') is not null, to_regnamespace('realtime') is not null,
       exists (select from pg_proc where pronamespace = to_regnamespace('realtime') and proname = 'send'
               and oidvectortypes(proargtypes) = 'jsonb, text, text, boolean')
"""

HAS_OWN_SCHEMA: Final = """
select count(*) = 3 from pg_class
where relnamespace = to_regnamespace('typedflow') and relkind = 'r' and relname in ('migrations', 'flows', 'deliveries')
"""

RECORDS: Final = "select name, sha256 from typedflow.migrations order by name"

# Only pgflow 0.10 and newer have the column stopped_at.
COUNTS: Final = """
select (select count(*) from pgflow.flows),
       (select count(*) from pgflow.runs where status = 'started'), (select count(*) from pgflow.runs),
       (select count(*) from pgflow.workers
        where last_heartbeat_at > now() - interval '15 seconds' and to_jsonb(workers) ->> 'stopped_at' is null)
"""

# Install

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

FORGET: Final = "delete from typedflow.migrations"

RECORD: Final = """
insert into typedflow.migrations (name, sha256) values (%s, %s)
on conflict (name) do update set sha256 = excluded.sha256, at = now()
"""

CREATE_PGMQ: Final = "create extension pgmq"

CREATE_REALTIME: Final = "create schema realtime"

# What Supabase has, and pgflow calls at each change of a run or a step. Clients listen.
CREATE_SEND: Final = """
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language sql set search_path = '' as
$$ select pg_catalog.pg_notify('typedflow_events', pg_catalog.left((payload ->> 'run_id') || ' ' || event, 7000)) $$;
"""

# Texts of functions are not checked while they are made: some name schemas that only Supabase has.
BEFORE_MIGRATIONS: Final = "set local check_function_bodies = off"

# Uninstall

LOCK_RUNS: Final = "lock table pgflow.runs in access exclusive mode"

QUEUES_OF_FLOWS: Final = """
select queue_name from pgmq.list_queues() where queue_name in (select flow_slug from pgflow.flows)
"""

QUEUES: Final = "select queue_name from pgmq.list_queues() order by queue_name"

DROP_QUEUE: Final = "select pgmq.drop_queue(%s::text)"

DROP_PGFLOW: Final = "drop schema if exists pgflow cascade"

DROP_EXTENSION: Final = "drop extension pgmq; drop schema if exists pgmq"

DROP_PGMQ: Final = "drop schema pgmq cascade"

DROP_SEND: Final = "drop function if exists realtime.send(jsonb, text, text, boolean)"

DROP_REALTIME: Final = """
do $$ begin drop schema if exists realtime; exception when dependent_objects_still_exist then null; end $$
"""

DROP_OWN_SCHEMA: Final = "drop schema typedflow cascade"

"""Every SQL statement of the engine.

They go through the public functions of pgflow and pgmq. These do not, because there is no function:

    pgflow.runs, step_states, step_tasks     read: the state of runs, for handles, records and workers
    pgflow.flows, steps, deps                read: what is deployed. Written: options of steps, as pgflow documents it,
                                             and the deletion of a flow where there is no function for that (0.8)
    typedflow.flows, deliveries              our own
    pgflow.workers                           written: registration, heartbeat and end, as pgflow's own worker does; and
                                             the mark that makes the workers of a replaced flow stop

Tested against pgflow 0.8.1 and 0.14.1.
"""

from __future__ import annotations

from typing import Final

NOTIFY: Final = "select pg_notify(%s, %s)"

# With the notification of workers, so that it is one statement, and so one round trip.
START_FLOW: Final = "select run_id, pg_notify(%s, '') from pgflow.start_flow(%s, %s::jsonb, %s::uuid)"

# Worker

REGISTER: Final = "insert into pgflow.workers (worker_id, queue_name, function_name) values (%s, %s, %s)"

READ: Final = "select msg_id, message from pgmq.read(%s, %s, %s)"

# In a transaction of its own: in one that began before another worker queued the task, now() would be too early for
# pgflow's check that a task starts after it was queued.
#
# start_tasks gives a task to each of two workers that have its message and ask at the same moment. So the rows are
# locked first. tests/checks/pgflow/test_reports.py shows that one of them gets it.
START_TASKS: Final = """
with queued as materialized (
  select message_id from pgflow.step_tasks
  where flow_slug = %s and message_id = any(%s) and status = 'queued'
  for update skip locked
)
select task.run_id, task.step_slug, task.task_index, task.input, task.msg_id, own.attempts_count, own.error_message
from (select array_agg(message_id) as messages from queued) as mine,
     pgflow.start_tasks(%s, mine.messages, %s) as task
join pgflow.step_tasks own using (run_id, step_slug, task_index)
"""

FLOW_INPUTS: Final = "select run_id, input from pgflow.runs where run_id = any(%s)"

# In the order of their runs, as every worker does it: so two of them hardly ever wait for each other's locks. Only what
# this worker has claimed, and by this claim: a task that was given to another one meanwhile is left to that one, and a
# report that was repeated because its answer got lost changes nothing. The row is locked, so that it is still so when
# the task completes. Of equal notifications in a transaction, Postgres sends one.
COMPLETE: Final = """
select place, (pgflow.complete_task(run, step, index, output)).status, pg_notify(%s, '')
from (
  select done.* from unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::jsonb[]) with ordinality
    as done(run, step, index, claim, output, place)
  join pgflow.step_tasks as own on (own.run_id, own.step_slug, own.task_index) = (run, step, index)
  where own.last_worker_id is not distinct from %s and own.status = 'started' and own.attempts_count = claim
  order by place for update of own offset 0
) as ordered
"""

FAIL: Final = """
select place, (pgflow.fail_task(run, step, index, reason)).status, pg_notify(%s, '')
from (
  select failed.* from unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::text[]) with ordinality
    as failed(run, step, index, claim, reason, place)
  join pgflow.step_tasks as own on (own.run_id, own.step_slug, own.task_index) = (run, step, index)
  where own.last_worker_id is not distinct from %s and own.status = 'started' and own.attempts_count = claim
  order by place for update of own offset 0
) as ordered
"""

# pgflow has no function that fails a task for good. It fails when it has been claimed as often as it may be.
EXHAUST: Final = """
select (pgflow.fail_task(own.run_id, own.step_slug, own.task_index, %s)).status,
       (pgflow.start_tasks(own.flow_slug, array[own.message_id], own.last_worker_id)).step_slug
from (
  select * from pgflow.step_tasks
  where (run_id, step_slug, task_index) = (%s, %s, %s) and last_worker_id is not distinct from %s
    and status = 'started' and attempts_count = %s
  for update offset 0
) as own, generate_series(1, %s)
"""

OUTPUTS_OF_STEPS: Final = """
select step_slug, task_index, output from pgflow.step_tasks
where run_id = %s and step_slug = any(%s) and status = 'completed' order by step_slug, task_index
"""

SET_VTS: Final = "select from pgflow.set_vt_batch(%s, %s::bigint[], %s::int[])"

# What a worker that has lost its connection may have claimed without knowing it.
CLAIMED: Final = """
select task.run_id, task.step_slug, task.task_index, null::jsonb, task.message_id, task.attempts_count - 1,
       task.error_message, extract(epoch from task.started_at)::float8
from pgflow.step_tasks as task
join pgflow.runs as run using (run_id)
join pgflow.step_states as step using (run_id, step_slug)
where task.last_worker_id = %s and task.status = 'started' and run.status = 'started' and step.status = 'started'
"""

# Of the messages of wait steps: for how many seconds each has waited.
WAITING: Final = """
select task.message_id, task.step_slug, task.error_message,
       extract(epoch from clock_timestamp() - step.started_at)::float8
from pgflow.step_tasks as task
join pgflow.runs as run using (run_id)
join pgflow.step_states as step using (run_id, step_slug)
where task.flow_slug = %s and task.message_id = any(%s) and run.status = 'started' and step.status = 'started'
"""

# Maps whose other items are not to be executed: one has used up its attempts, and so the step is skipped.
SKIPPED_MAPS: Final = """
select distinct run_id, step_slug
from pgflow.step_tasks join unnest(%s::uuid[], %s::text[]) as map(run, step) on (run_id, step_slug) = (run, step)
where status = 'completed' and jsonb_typeof(output -> '$typedflow') = 'object' and output -> '$typedflow' ? 'skipped'
"""

# Tasks of one map are many: with nested loops, each would read all of them.
NO_NESTED_LOOPS: Final = "set local enable_nestloop = off"

# Heartbeat

REGISTER_AGAIN: Final = f"{REGISTER} on conflict (worker_id) do nothing"

BEAT: Final = """
update pgflow.workers set last_heartbeat_at = clock_timestamp() where worker_id = any(%s)
returning worker_id, deprecated_at is not null
"""

# Only of tasks that are executed, and their rows are locked meanwhile: a task that is queued again at this moment would
# stay invisible otherwise.
EXTEND: Final = """
select
from (
  select flow_slug, array_agg(message_id) as messages
  from (
    select flow_slug, message_id from pgflow.step_tasks
    where message_id = any(%s) and flow_slug = %s and last_worker_id = %s and status = 'started'
    for update skip locked
  ) as task
  group by flow_slug
) as flow, pgflow.set_vt_batch(flow_slug, messages, array_fill(%s, array[cardinality(messages)]))
"""

STOP: Final = "update pgflow.workers set stopped_at = clock_timestamp() where worker_id = any(%s)"

# Which of a worker's tasks are still to be executed by it: their runs and steps have not ended, and no other worker
# has taken them over.
STILL_NEEDED: Final = """
select place
from unnest(%s::uuid[], %s::text[], %s::int[], %s::int[], %s::uuid[]) with ordinality
  as flight(run, step, index, claim, worker, place)
join pgflow.step_tasks as task on (task.run_id, task.step_slug, task.task_index) = (run, step, index)
join pgflow.runs as run on run.run_id = task.run_id
join pgflow.step_states as state on (state.run_id, state.step_slug) = (task.run_id, task.step_slug)
where task.status = 'started' and task.last_worker_id = worker and task.attempts_count = claim
  and run.status = 'started' and state.status = 'started'
"""

# Reaper

MAY_REAP: Final = """
select pg_try_advisory_xact_lock(hashtextextended('typedflow reaper ' || %s, 0))
  and clock_timestamp() - pg_postmaster_start_time() > make_interval(secs => %s)
"""

# Tasks whose worker gives no sign of life. A row that another transaction has locked is being reported.
LOST: Final = """
select task.last_worker_id, task.run_id, task.step_slug, task.task_index, null::jsonb, task.message_id,
       task.attempts_count - 1, task.error_message, extract(epoch from task.started_at)::float8
from pgflow.step_tasks as task
join pgflow.runs as run using (run_id)
join pgflow.step_states as step using (run_id, step_slug)
left join pgflow.workers as worker on worker.worker_id = task.last_worker_id
where task.flow_slug = %s and task.status = 'started' and run.status = 'started' and step.status = 'started'
  and (worker.worker_id is null or worker.last_heartbeat_at < clock_timestamp() - make_interval(secs => %s))
order by task.run_id, task.step_slug, task.task_index
limit 100
for update of task skip locked
"""

# Clients

ONE_MOMENT: Final = "set transaction isolation level repeatable read, read only"

RUN: Final = """
select flow_slug, status, input, started_at, coalesce(completed_at, failed_at), now()
from pgflow.runs where run_id = %s
"""

STEPS: Final = """
select step_slug, status, initial_tasks, started_at, coalesce(completed_at, failed_at), error_message, null
from pgflow.step_states where run_id = %s
"""

STEPS_WITH_REASONS: Final = """
select step_slug, status, initial_tasks, started_at, coalesce(completed_at, failed_at, skipped_at), error_message,
       skip_reason
from pgflow.step_states where run_id = %s
"""

TASKS: Final = """
select step_slug, task_index, status, attempts_count, queued_at, started_at, coalesce(completed_at, failed_at), output,
       error_message
from pgflow.step_tasks
where run_id = %s
  and (%s::timestamptz is null or greatest(queued_at, started_at, completed_at, failed_at) >= %s
       or (status = 'queued' and error_message is not null))
order by step_slug, task_index
"""

ENDED: Final = "select run_id from pgflow.runs where run_id = any(%s) and status <> 'started'"

# A task that is executed comes before one that waits: its handler is to be cancelled.
ACTIVE_TASK: Final = """
select task.step_slug, task.task_index, task.message_id, task.error_message,
       coalesce(step.opt_max_attempts, flow.opt_max_attempts) - task.attempts_count, task.status = 'started'
from pgflow.step_tasks as task
join pgflow.runs as run using (run_id)
join pgflow.steps as step on (step.flow_slug, step.step_slug) = (task.flow_slug, task.step_slug)
join pgflow.flows as flow on flow.flow_slug = task.flow_slug
where task.run_id = %s and task.status in ('queued', 'started') and run.status = 'started'
order by task.status = 'queued', task.step_slug, task.task_index limit 1
"""

# A task that is queued is claimed first, as only a started one can fail.
FAIL_FOR_GOOD: Final = """
select (pgflow.start_tasks(%s, array[%s::bigint], null)).step_slug, (pgflow.fail_task(%s, %s, %s, %s)).status
from generate_series(1, %s)
"""

QUEUED_TASKS: Final = """
select step_slug, task_index, message_id from pgflow.step_tasks where run_id = %s and status = 'queued'
"""

# The claim and the completion of a task that no worker executes.
CLAIM: Final = "select count(*) from pgflow.start_tasks(%s, %s, null)"

COMPLETE_ONE: Final = "select status from pgflow.complete_task(%s, %s, %s, %s::jsonb)"

DEPLOYED: Final = "select fingerprint from typedflow.flows where flow_slug = %s"

# Deliveries

DELIVER: Final = """
insert into typedflow.deliveries (run_id, step_slug, value) values (%s, %s, %s::jsonb) on conflict do nothing
"""

DELIVERIES: Final = """
select delivered.run_id, delivered.step_slug, task.message_id, delivered.value
from typedflow.deliveries as delivered
join pgflow.step_tasks as task using (run_id, step_slug)
where (%s::uuid is null or delivered.run_id = %s) and task.flow_slug = %s and task.status = 'queued'
  and (task.step_slug <> all(%s::text[]) or strpos(task.error_message, '"is_waiting": true') > 0)
"""

# The message of a wait step is put aside until its timeout.
LOOK_AGAIN: Final = """
select from pgflow.step_tasks as task, pgflow.set_vt_batch(task.flow_slug, array[task.message_id], array[0])
where (task.run_id, task.step_slug) = (%s, %s) and task.status = 'queued'
"""

FORGET_DELIVERY: Final = "delete from typedflow.deliveries where run_id = %s and step_slug = %s"

LISTEN_TO_EVENTS: Final = "listen typedflow_events"

# Deployment

CREATE_FLOW: Final = "select from pgflow.create_flow(%s, %s, %s, %s)"

ADD_STEP: Final = """
select from pgflow.add_step(%s, %s, %s::text[], max_attempts => %s, timeout => %s, start_delay => %s, step_type => %s)
"""

ADD_STEP_WITH_CONDITIONS: Final = """
select from pgflow.add_step(%s, %s, %s::text[], max_attempts => %s, timeout => %s, start_delay => %s, step_type => %s,
  required_input_pattern => %s::jsonb, forbidden_input_pattern => %s::jsonb, when_unmet => %s, when_exhausted => %s)
"""

DEPLOYED_STEPS: Final = """
select step_slug, step_type,
       array(select dep_slug from pgflow.deps as dep
             where (dep.flow_slug, dep.step_slug) = (step.flow_slug, step.step_slug) order by dep_slug),
       null, null, null, null, opt_max_attempts, opt_timeout, opt_start_delay
from pgflow.steps as step where flow_slug = %s order by step_index
"""

DEPLOYED_STEPS_WITH_CONDITIONS: Final = """
select step_slug, step_type,
       array(select dep_slug from pgflow.deps as dep
             where (dep.flow_slug, dep.step_slug) = (step.flow_slug, step.step_slug) order by dep_slug),
       required_input_pattern, forbidden_input_pattern, when_unmet, when_exhausted,
       opt_max_attempts, opt_timeout, opt_start_delay
from pgflow.steps as step where flow_slug = %s order by step_index
"""

HAS_PGFLOW: Final = "select to_regclass('pgflow.flows') is not null"

HAS_FLOW: Final = "select from pgflow.flows where flow_slug = %s"

SAME_QUEUE: Final = "select flow_slug from pgflow.flows where lower(flow_slug) = lower(%s) and flow_slug <> %s"

COUNT_RUNS: Final = """
select count(*), count(*) filter (where status = 'started') from pgflow.runs where flow_slug = %s
"""

DEPLOYED_SHAPE: Final = """
select shape, fingerprint, coalesce((compiled ->> 'keeps_options')::bool, false)
from typedflow.flows where flow_slug = %s
"""

RECORD_FLOW: Final = """
insert into typedflow.flows (flow_slug, shape, fingerprint, compiled)
values (%s, %s, %s, %s::jsonb || jsonb_build_object('keeps_options', %s))
on conflict (flow_slug) do update
set shape = excluded.shape, fingerprint = excluded.fingerprint, compiled = excluded.compiled, deployed_at = now()
"""

UPDATE_OPTIONS: Final = """
update pgflow.steps set opt_max_attempts = %s, opt_timeout = %s, opt_start_delay = %s
where flow_slug = %s and step_slug = %s
"""

# Whether a queue of this name is used by a program that does not use pgflow, or was left behind.
QUEUE_OF_OTHERS: Final = "select queue_name from pgmq.list_queues() where lower(queue_name) = lower(%s)"

LOCK_FLOW: Final = "select from pgflow.flows where flow_slug = %s for update"

# Workers that execute the flow that is deleted stop, as pgflow's do when a newer version of them is deployed.
BEFORE_DELETION: Final = (
    "update pgflow.workers set deprecated_at = clock_timestamp() where queue_name = %s and deprecated_at is null",
    "delete from typedflow.deliveries where run_id in (select run_id from pgflow.runs where flow_slug = %s)",
)

DELETE_FLOW: Final = "select pgflow.delete_flow_and_data(%s)"

DELETE_FLOW_BY_TABLE: Final = (
    "select pgmq.drop_queue(%s)",
    "delete from pgflow.step_tasks where flow_slug = %s",
    "delete from pgflow.step_states where flow_slug = %s",
    "delete from pgflow.runs where flow_slug = %s",
    "delete from pgflow.deps where flow_slug = %s",
    "delete from pgflow.steps where flow_slug = %s",
    "delete from pgflow.flows where flow_slug = %s",
)

"""The SQL statements by which people look at runs and administer them.

There are no functions for that. So they read pgflow's tables and typedflow.flows. Runs are deleted from pgflow's
tables, and their messages by pgmq's functions, except for those in its archive. Workers that are dead are deleted.
"""

from __future__ import annotations

from typing import Final

TABLES: Final = "select to_regclass('pgflow.runs') is not null, to_regclass('typedflow.flows') is not null"

# The runs are chosen before their tasks are looked at, as far as the filter allows: otherwise, Postgres looks at the
# tasks of all runs. Only pgflow 0.10 and newer have the column stopped_at.
RUNS: Final = r"""
with chosen as materialized (
  select * from pgflow.runs as run
  where (%(flow)s::text is null or run.flow_slug = %(flow)s)
    and (%(run_id)s::uuid is null or run.run_id = %(run_id)s)
    and (%(since)s::timestamptz is null or run.started_at >= %(since)s)
    and (%(prefix)s::text is null or starts_with(run.run_id::text, %(prefix)s))
    and (%(before)s::uuid is null
         or (run.started_at, run.run_id)
            < (select started_at, run_id from pgflow.runs where run_id = %(before)s))
    and (%(status_of_row)s::text is null or run.status = %(status_of_row)s)
  order by run.started_at desc, run.run_id desc
  limit %(limit_of_rows)s::bigint
), found as (
  select run.run_id, run.flow_slug, run.status, run.started_at, coalesce(run.completed_at, run.failed_at) as ended_at,
         run.input, failed.error_message, failed.is_cancelled, flow.shape, flow.fingerprint, flow.compiled,
         coalesce(active.retrying, 0) as retrying, active.queued, active.owner, active.last_heartbeat_at,
         run.status = 'started' and not coalesce(active.is_alive, false) and not exists (
           select from pgflow.workers as worker
           where worker.queue_name = run.flow_slug and worker.last_heartbeat_at > now() - interval '15 seconds'
             and to_jsonb(worker) ->> 'stopped_at' is null
         ) as is_interrupted,
         (select count(*) from pgflow.step_states as state
          where state.run_id = run.run_id and state.status in ('completed', 'skipped')
            and not exists (select from jsonb_array_elements(flow.compiled -> 'steps') as step
                            where step ->> 'slug' = state.step_slug and step ->> 'role' = 'items')) as steps_done,
         exists (select from jsonb_array_elements(flow.compiled -> 'steps') as step
                 where step ->> 'role' = 'wait' and step ->> 'slug' = any(active.queued)) as is_waiting
  from chosen as run
  left join typedflow.flows as flow on flow.flow_slug = run.flow_slug
  left join lateral (
    select task.error_message,
           task.error_message ~ '\n\[typedflow\] [^\n]*"end": "cancelled"[^\n]*$' as is_cancelled
    from pgflow.step_tasks as task where task.run_id = run.run_id and task.status = 'failed'
    order by task.error_message like '%%"end": "%%' desc, task.failed_at limit 1
  ) as failed on run.status = 'failed'
  left join lateral (
    select count(*) filter (where task.status = 'queued' and task.error_message ~ '"attempts": [1-9]') as retrying,
           array_agg(distinct task.step_slug) filter (where task.status = 'queued') as queued,
           bool_or(task.status = 'started' and worker.last_heartbeat_at > now() - interval '15 seconds') as is_alive,
           max(worker.function_name) filter (where task.status = 'started') as owner,
           max(worker.last_heartbeat_at) filter (where task.status = 'started') as last_heartbeat_at
    from pgflow.step_tasks as task left join pgflow.workers as worker on worker.worker_id = task.last_worker_id
    where task.run_id = run.run_id and task.status in ('queued', 'started')
  ) as active on run.status = 'started'
)
select run_id, flow_slug, status, started_at, ended_at, input, error_message, is_cancelled, shape, fingerprint,
       compiled,
       retrying, queued, owner, last_heartbeat_at, is_interrupted, steps_done
from found
where case %(status)s
  when 'started' then status = 'started'
  when 'completed' then status = 'completed'
  when 'failed' then status = 'failed' and is_cancelled is not true
  when 'cancelled' then is_cancelled
  when 'running' then status = 'started' and not is_interrupted
  when 'interrupted' then is_interrupted
  when 'retrying' then retrying > 0
  when 'waiting' then is_waiting
  else true
end
order by started_at desc, run_id desc limit %(limit)s::bigint
"""

# Where nothing was ever deployed but by TypeScript.
RUNS_OF_OTHERS: Final = RUNS.replace(
    "typedflow.flows",
    "(select null::text as flow_slug, null::text as shape, null::text as fingerprint, null::jsonb as compiled)",
)

# The shape of a flow that TypeScript has deployed.
STEPS_OF_FLOW: Final = """
select step.step_slug, step.step_type,
       array(select dep_slug from pgflow.deps as dep
             where (dep.flow_slug, dep.step_slug) = (step.flow_slug, step.step_slug) order by dep_slug)
from pgflow.steps as step where flow_slug = %s order by step_index
"""

TASKS_OF_STEP: Final = """
select step_slug, task_index, status, attempts_count, queued_at, started_at, coalesce(completed_at, failed_at), output,
       error_message
from pgflow.step_tasks
where run_id = %s and (%s::text is null or step_slug = %s)
order by step_slug, task_index limit %s offset %s
"""

FAILED_TASKS: Final = """
select step_slug, task_index, status, attempts_count, queued_at, started_at, coalesce(completed_at, failed_at), output,
       error_message
from pgflow.step_tasks
where run_id = %s and (%s::text is null or step_slug = %s)
  and (error_message is not null or (output ? '$typedflow' and status = 'completed'))
order by step_slug, task_index
"""

REVISION: Final = "select coalesce(max(pg_snapshot_xmax(pg_current_snapshot())::text::bigint), 0)"

DELETE_DELIVERIES: Final = "delete from typedflow.deliveries where run_id = any(%s)"

DELETE_RUNS: Final = (
    "delete from pgflow.step_tasks where run_id = any(%s)",
    "delete from pgflow.step_states where run_id = any(%s)",
    "delete from pgflow.runs where run_id = any(%s)",
)

MESSAGES_OF_RUNS: Final = (
    "select flow_slug, array_agg(message_id) from pgflow.step_tasks where run_id = any(%s) group by 1"
)

DELETE_MESSAGES: Final = "select pgmq.delete(%s::text, %s::bigint[])"

# pgmq has no function for its archive.
DELETE_ARCHIVED: Final = "delete from pgmq.{archive} where msg_id = any(%s)"

ENDED_RUNS: Final = r"""
select run.run_id from pgflow.runs as run
left join lateral (
  select bool_or(task.error_message ~ '\n\[typedflow\] [^\n]*"end": "cancelled"[^\n]*$') as is_cancelled
  from pgflow.step_tasks as task where task.run_id = run.run_id and task.status = 'failed'
) as failed on run.status = 'failed'
where run.status <> 'started' and coalesce(run.completed_at, run.failed_at) < now() - make_interval(secs => %(age)s)
  and (%(flow)s::text is null or run.flow_slug = %(flow)s)
  and (%(status)s::text is null
       or %(status)s = case when failed.is_cancelled then 'cancelled' else run.status end)
order by coalesce(run.completed_at, run.failed_at) limit %(limit)s for update of run skip locked
"""

DELETE_DEAD_WORKERS: Final = """
delete from pgflow.workers as worker where last_heartbeat_at < now() - make_interval(secs => %s)
  and not exists (select from pgflow.step_tasks as task
                  where task.last_worker_id = worker.worker_id and task.status = 'started')
"""

COMPILED: Final = "select compiled from typedflow.flows where flow_slug = %s"

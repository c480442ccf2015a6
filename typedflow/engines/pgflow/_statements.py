"""Every SQL statement of the engine.

They go through the public functions of pgflow and pgmq. These do not, because there is no function:

    pgflow.runs, step_states, step_tasks     read: the state of runs, for handles, records and workers
    pgflow.flows, steps, deps                read: what is deployed
    pgflow.workers                           written: registration, heartbeat and end, as pgflow's own worker does

Tested against pgflow 0.8.1 and 0.14.1.
"""

from __future__ import annotations

from typing import Final

NOTIFY: Final = "select pg_notify(%s, %s)"

START_FLOW: Final = "select run_id from pgflow.start_flow(%s, %s::jsonb, %s::uuid)"

# Worker

REGISTER: Final = "insert into pgflow.workers (worker_id, queue_name, function_name) values (%s, %s, %s)"

READ: Final = "select msg_id, message from pgmq.read(%s, %s, %s)"

# In a transaction of its own: in one that began before another worker queued the task, now() would be too early for
# pgflow's check that a task starts after it was queued.
START_TASKS: Final = """
select task.run_id, task.step_slug, task.task_index, task.input, task.msg_id, own.attempts_count, own.error_message
from pgflow.start_tasks(%s, %s, %s) as task
join pgflow.step_tasks own using (run_id, step_slug, task_index)
"""

FLOW_INPUTS: Final = "select run_id, input from pgflow.runs where run_id = any(%s)"

# In the order of their runs, as every worker does it: so two of them never wait for each other's locks. A task that
# was given to another worker meanwhile is left to that one.
COMPLETE: Final = """
select count(*) from (
  select (pgflow.complete_task(run, step, index, output)).run_id
  from (
    select done.* from unnest(%s::uuid[], %s::text[], %s::int[], %s::jsonb[]) with ordinality
      as done(run, step, index, output, place)
    join pgflow.step_tasks as own on (own.run_id, own.step_slug, own.task_index) = (run, step, index)
    where own.last_worker_id = %s and own.status = 'started'
    order by place offset 0
  ) as ordered
) as completed
"""

FAIL: Final = "select status from pgflow.fail_task(%s, %s, %s, %s)"

# pgflow has no function that fails a task for good. It fails when it has been claimed as often as it may be.
EXHAUST: Final = """
select (pgflow.fail_task(own.run_id, own.step_slug, own.task_index, %s)).status,
       (pgflow.start_tasks(own.flow_slug, array[own.message_id], own.last_worker_id)).step_slug
from pgflow.step_tasks as own, generate_series(1, %s)
where (own.run_id, own.step_slug, own.task_index) = (%s, %s, %s) and own.last_worker_id = %s and own.status = 'started'
"""

SET_VT: Final = "select from pgmq.set_vt(%s::text, %s::bigint, %s::integer)"

OUTPUTS_OF_STEPS: Final = """
select step_slug, task_index, output from pgflow.step_tasks
where run_id = %s and step_slug = any(%s) and status = 'completed' order by step_slug, task_index
"""

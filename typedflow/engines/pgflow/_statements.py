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

# In the order of their runs, as every worker does it: so two of them never wait for each other's locks.
COMPLETE: Final = """
select count(*) from (
  select (pgflow.complete_task(run, step, index, output)).run_id
  from unnest(%s::uuid[], %s::text[], %s::int[], %s::jsonb[]) with ordinality as done(run, step, index, output, place)
  order by place offset 0
) as completed
"""

FAIL: Final = "select status from pgflow.fail_task(%s, %s, %s, %s)"

SET_VT: Final = "select from pgmq.set_vt(%s::text, %s::bigint, %s::integer)"

OUTPUTS_OF_STEPS: Final = """
select step_slug, task_index, output from pgflow.step_tasks
where run_id = %s and step_slug = any(%s) and status = 'completed' order by step_slug, task_index
"""

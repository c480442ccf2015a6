"""`Features`: what the pgflow in a database can do, by what its tables have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typedflow.engines.pgflow._database import Connection


@dataclass(frozen=True, slots=True)
class Features:
    """What the pgflow in a database can do.

    Attributes:
        conditions: Whether its tables have the conditions of steps, and what skips them (0.14).
        step_outputs: Whether the output of a step is in its own row (0.13), not only in those of its tasks.
        flow_input: Whether tasks come with the flow input beside their step input (0.12), not in it.
        stopped_workers: Whether a worker's row has the time when it stopped (0.10).
        deletes_flows: Whether there is pgflow.delete_flow_and_data (0.10).
    """

    conditions: bool = False
    step_outputs: bool = False
    flow_input: bool = False
    stopped_workers: bool = False
    deletes_flows: bool = False

    @classmethod
    def of(cls, connection: Connection) -> Features:
        """Ask a database. Where there is no pgflow, it has no features."""
        return cls(*connection.execute(_FEATURES).fetchall()[0])

    @property
    def since(self) -> str:
        """The versions of pgflow that have these features, for messages."""
        if self.conditions:
            return "0.14 or newer by its tables"
        older = {"0.13": self.step_outputs, "0.12": self.flow_input, "0.10": self.stopped_workers}
        return next((f"{version} by its tables" for version, has in older.items() if has), "older than 0.10")


_FEATURES = """
with has as (
  select table_name || '.' || column_name as name from information_schema.columns where table_schema = 'pgflow'
  union all
  select routine_name from information_schema.routines where routine_schema = 'pgflow'
)
select wanted.names[1] in (select name from has), wanted.names[2] in (select name from has),
       exists (select from information_schema.attributes
               where udt_schema = 'pgflow' and udt_name = 'step_task_record' and attribute_name = 'flow_input'),
       wanted.names[3] in (select name from has), wanted.names[4] in (select name from has)
from (values (array['steps.required_input_pattern', 'step_states.output', 'workers.stopped_at',
                    'delete_flow_and_data'])) as wanted(names)
"""

"""`RunView`: what ``typedflow runs show`` reads of a run, however many tasks the run has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from typedflow._cli.runs.stored_shape import StoredShape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typedflow.stores import FailureRecord, RunLog, RunRecord, StepRecord, TaskRecord

# Up to how many tasks are read with one query, instead of one query for each step that is not a map step.
_FEW: Final = 2_000
# How many attempts that failed or were interrupted are read.
MOST_FAILURES: Final = 1_000


@dataclass(frozen=True)
class RunView:
    """A run, its steps in the order of definition, and its tasks without those of map steps.

    Attributes:
        run: The run.
        shape: The shape of its flow.
        steps: The steps that the store knows something of, by their slugs.
        tasks: The task of each step that is not a map step, by its slug.
        failures: Attempts that failed or were interrupted, oldest first: the first thousand.
        now: When it was read.
    """

    run: RunRecord
    shape: StoredShape
    steps: Mapping[str, StepRecord]
    tasks: Mapping[str, TaskRecord]
    failures: Sequence[FailureRecord]
    now: datetime

    @classmethod
    def read(cls, store: RunLog, run_id: str) -> RunView:
        """Read a run."""
        run = store.run(run_id)
        steps = {step.step: step for step in store.steps(run_id)}
        shape = StoredShape.of(run).extended(
            {step.step: step.items is not None for step in steps.values()}, note="no longer in the flow"
        )
        maps = {step.slug for step in shape.steps if step.is_map}
        known = [step for step in steps.values() if step.step not in maps and step.tasks]
        if sum(sum(step.tasks.values()) for step in steps.values()) <= _FEW:
            found = [task for task in store.tasks(run_id) if task.step not in maps]
        else:
            found = [task for step in known for task in store.tasks(run_id, step=step.step, limit=1)]
        return cls(
            run,
            shape,
            steps,
            {task.step: task for task in found},
            store.failures(run_id, limit=MOST_FAILURES),
            datetime.now(UTC),
        )

    def failures_of(self, slug: str) -> list[FailureRecord]:
        """Return the attempts of a step that failed or were interrupted."""
        return [failure for failure in self.failures if failure.step == slug]

    @property
    def last_time(self) -> datetime:
        """When the run ended; now if it is executed; its last sign of life if it is interrupted."""
        if self.run.ended_at is not None:
            return self.run.ended_at
        return self.last_sign(self.now) if self.run.is_interrupted else self.now

    def last_sign(self, before: datetime) -> datetime:
        """Return the last time before another one at which the run is known to have been executed."""
        records: list[StepRecord | TaskRecord] = [*self.steps.values(), *self.tasks.values()]
        times = [time for record in records for time in (record.started_at, record.ended_at)]
        times += [failure.started_at for failure in self.failures]
        times += [failure.ended_at for failure in self.failures if failure.kind == "failed"]
        return max([time for time in times if time is not None and time < before], default=self.run.created_at)

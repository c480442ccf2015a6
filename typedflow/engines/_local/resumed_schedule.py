"""The rules of a run that is resumed: what is known of it, and what continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.engines._local import waiting
from typedflow.engines._local.map_items import MapItems
from typedflow.engines._local.schedule import Schedule
from typedflow.exceptions import TaskInterruptedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._tasks.plan import PlannedStep


class ResumedSchedule(Schedule):
    """The state of a run that another process has begun, or that has ended."""

    def resume(self, steps: Mapping[str, RestoredStep], now: float) -> None:
        """Resume a run that another process has begun.

        Args:
            steps: What is known of its steps, by slug.
            now: Wall clock, in seconds since the epoch.
        """
        self.recall(steps)
        for slug in (slug for slug, step in steps.items() if step.is_expired):
            self.statuses[self.plan.by_slug[slug].index] = "created"
        self.is_over = not self._remaining
        unfinished = [step for step in self.plan.steps if self.statuses[step.index] in {"created", "started"}]
        released = [step for step in unfinished if not self._waiting_for[step.index]]
        for step in unfinished:
            if self._waiting_for[step.index]:  # it may have started before the flow got this dependency
                self.statuses[step.index] = "created"
        self.undecided.extend(step for step in unfinished if step not in released and self._is_cascaded(step, steps))
        for step in released:
            if self.is_over:
                break
            if step.slug in steps:
                self._restore(step, steps[step.slug], now)
            else:
                self._release(step)

    def recall(self, steps: Mapping[str, RestoredStep]) -> None:
        """Take over what is known of the steps of a run."""
        self._emit("run", "started", input_=self.flow_input)
        for step in self.plan.steps:
            before = steps.get(step.slug)
            if before is None:
                continue
            self.statuses[step.index] = before.status
            self._interruptions.update(
                {(step.slug, task.task_index): task.interruptions for task in before.tasks if task.interruptions}
            )
            if before.status in {"completed", "skipped"}:
                self.outputs[step.slug] = before.output
                self._remaining -= 1
                if not step.cascades(before.reason):
                    for dependent in step.dependents:
                        self._waiting_for[dependent.index] -= 1

    def _is_cascaded(self, step: PlannedStep, steps: Mapping[str, RestoredStep]) -> bool:
        """Return whether a step is skipped with one of its dependencies."""
        skipped = (slug for slug in step.depends_on if slug in steps and steps[slug].status == "skipped")
        return any(self.plan.by_slug[slug].cascades(steps[slug].reason) for slug in skipped)

    def _restore(self, step: PlannedStep, before: RestoredStep, now: float) -> None:
        """Let the tasks of a step continue."""
        if step.validate_delivery is not None:
            waiting.resume(self, step, before, now)
            return
        items = None
        if before.items is not None:
            items = self._items[step] = MapItems(step, self._values_of(step))
            if items.restore(before.outputs, [task.task_index for task in before.tasks]):
                del self._items[step]
                self._complete_step(step, items.outputs)
                return
        for index, attempt, interruptions, due, _ in before.tasks:
            task = step, index, attempt
            if interruptions >= step.options.max_interruptions:
                self.statuses[step.index] = "started"
                error = TaskInterruptedError(self.flow, step.slug, interruptions, index if step.is_map else None)
                self._emit("task", "failed", step, index, attempt, error=error)
                self._exhaust(step, index, attempt, error)
            elif due is not None and due > now:
                self.delayed.append((due - now, task))
            elif items is not None:
                items.retry(task)
            elif step.is_map:
                self._start_map(step)
            else:
                self.ready.append(task)
        if items is not None:
            items.hand_out(self.ready)

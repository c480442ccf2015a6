"""The rules of wait steps: they begin to wait, and complete with a delivery or time out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from typedflow.exceptions import DeliveryTimeoutError

if TYPE_CHECKING:
    from typedflow.engines._local.plan import PlannedStep, Task
    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._local.schedule import Schedule


class Waiting:
    """The wait steps of a run. Each has one task, with one attempt, which no worker executes.

    Args:
        schedule: The state of the run.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def begin(self, step: PlannedStep) -> None:
        """Let a step wait, unless its output was delivered before."""
        schedule = self._schedule
        has_consumer = schedule.events.consumer is not None
        given = step.input_with(step.depends_on, schedule.flow_input, schedule.outputs) if has_consumer else None
        schedule.start_step(step, given)
        timeout = step.timeout if step.timeout < math.inf else None
        schedule.events.emit("task", "waiting", step, 0, 1, delay=timeout)
        self._wait(step, timeout)

    def resume(self, step: PlannedStep, before: RestoredStep, now: float) -> None:
        """Let a step wait that waited in another process before, and whose timeout may be over by now.

        Args:
            step: The step.
            before: What is known of it.
            now: Wall clock, in seconds since the epoch.
        """
        (task,) = before.tasks
        if not task.has_started:
            self.begin(step)
            return
        self._schedule.statuses[step.index] = "started"
        if before.is_expired:
            self.fail(step, self._too_late(step))
        else:
            self._wait(step, None if task.due is None else max(0.0, task.due - now))

    def receive(self, slug: str) -> None:
        """Complete a step with what was delivered to it, if it waits by now and the run is not over."""
        schedule = self._schedule
        step = schedule.plan.by_slug[slug]
        if self._is_waiting(step) and schedule.deliveries.is_there(slug):
            schedule.dropped.append(step)
            schedule.complete((step, 0, 1), schedule.deliveries.take(slug))

    def time_out(self, task: Task) -> None:
        """Fail a step whose timeout is over, unless its output was delivered in the same moment."""
        schedule, step = self._schedule, task[0]
        error = self._too_late(step)
        if schedule.events.journal is not None:
            schedule.events.journal.expire(task, error)
        elif schedule.deliveries.refuse(step.slug, "nothing was delivered within its timeout."):
            self.fail(step, error)

    def fail(self, step: PlannedStep, error: BaseException) -> None:
        """Fail a step that waits, or skip it, as its options say."""
        if self._is_waiting(step):
            self._schedule.fail((step, 0, 1), error)

    def _wait(self, step: PlannedStep, seconds: float | None) -> None:
        schedule = self._schedule
        if schedule.deliveries.is_there(step.slug):
            self.receive(step.slug)
        elif seconds is not None:
            schedule.delayed.append((seconds, (step, 0, 1)))

    def _is_waiting(self, step: PlannedStep) -> bool:
        return not self._schedule.is_over and self._schedule.statuses[step.index] == "started"

    def _too_late(self, step: PlannedStep) -> DeliveryTimeoutError:
        return DeliveryTimeoutError(self._schedule.flow, step.slug, 1, step.timeout)

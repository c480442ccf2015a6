"""The rules of wait steps: they begin to wait, and complete with a delivery or time out.

Each wait step has one task, with one attempt, which no worker executes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from typedflow.exceptions import DeliveryTimeoutError

if TYPE_CHECKING:
    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._local.schedule import Schedule
    from typedflow.engines._tasks.plan import PlannedStep


def begin(schedule: Schedule, step: PlannedStep) -> None:
    """Let a step wait, unless its output was delivered before."""
    has_consumer = schedule.events.consumer is not None
    given = step.input_with(step.depends_on, schedule.flow_input, schedule.outputs) if has_consumer else None
    schedule.start_step(step, given)
    timeout = step.timeout if step.timeout < math.inf else None
    schedule.events.emit("task", "waiting", step, 0, 1, delay=timeout)
    _wait(schedule, step, timeout)


def resume(schedule: Schedule, step: PlannedStep, before: RestoredStep, now: float) -> None:
    """Let a step wait that waited in another process before, and whose timeout may be over by now.

    Args:
        schedule: The state of the run.
        step: The step.
        before: What is known of it.
        now: Wall clock, in seconds since the epoch.
    """
    (task,) = before.tasks
    if not task.has_started:
        begin(schedule, step)
        return
    schedule.statuses[step.index] = "started"
    if before.is_expired:
        fail(schedule, step, _too_late(schedule, step))
    else:
        _wait(schedule, step, None if task.due is None else max(0.0, task.due - now))


def receive(schedule: Schedule, slug: str) -> None:
    """Complete a step with what was delivered to it, if it waits by now and the run is not over."""
    step = schedule.plan.by_slug[slug]
    if _is_waiting(schedule, step) and schedule.deliveries.is_there(slug):
        schedule.dropped.append(step)
        schedule.complete((step, 0, 1), schedule.deliveries.take(slug))


def time_out(schedule: Schedule, step: PlannedStep) -> None:
    """Fail a step whose timeout is over, unless its output was delivered in the same moment."""
    error = _too_late(schedule, step)
    if schedule.events.journal is not None:
        schedule.events.journal.expire((step, 0, 1), error)
    elif schedule.deliveries.refuse(step.slug, "nothing was delivered within its timeout."):
        fail(schedule, step, error)


def fail(schedule: Schedule, step: PlannedStep, error: BaseException) -> None:
    """Fail a step that waits, or skip it, as its options say."""
    if _is_waiting(schedule, step):
        schedule.fail((step, 0, 1), error)


def _wait(schedule: Schedule, step: PlannedStep, seconds: float | None) -> None:
    if schedule.deliveries.is_there(step.slug):
        receive(schedule, step.slug)
    elif seconds is not None:
        schedule.delayed.append((seconds, (step, 0, 1)))


def _is_waiting(schedule: Schedule, step: PlannedStep) -> bool:
    return not schedule.is_over and schedule.statuses[step.index] == "started"


def _too_late(schedule: Schedule, step: PlannedStep) -> DeliveryTimeoutError:
    return DeliveryTimeoutError(schedule.flow, step.slug, 1, step.timeout)

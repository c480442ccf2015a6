"""What a resumed run knows of its past: the outputs that are there, and the tasks that continue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow.engines._encoding import Encoding
    from typedflow.engines._tasks.plan import Plan, PlannedStep
    from typedflow.event import SkipReason, StepStatus
    from typedflow.stores import StepRecord, TaskRecord


class RestoredTask(NamedTuple):
    """A task that continues.

    Attributes:
        task_index: Its index in the step.
        attempt: Number of its next attempt.
        interruptions: How often its process has died.
        due: Wall clock at which it may start, in seconds since the epoch; None for now.
        has_started: Whether an attempt of it has started before.
    """

    task_index: int
    attempt: int
    interruptions: int
    due: float | None
    has_started: bool


@dataclass(slots=True)
class RestoredStep:
    """A step that has ended, or has begun.

    Attributes:
        status: Its status: ``created`` if none of its tasks has started.
        output: Its output, if it has completed.
        reason: Why it was skipped, if it was.
        items: Number of items of a map step that has started; otherwise None.
        outputs: The outputs of the items that have completed, by index; None for one that used up its attempts.
        tasks: The tasks that continue.
        starts: When tasks of a step with a rate limit have started, in seconds since the epoch.
        is_expired: Whether the step waited for a delivery in vain. If the run continues, its process has died before it
            could say so.
    """

    status: StepStatus
    output: Any = None
    reason: SkipReason | None = None
    items: int | None = None
    outputs: dict[int, Any] = field(default_factory=dict)
    tasks: list[RestoredTask] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    is_expired: bool = False


def restored_steps(
    plan: Plan, encoding: Encoding, steps: Sequence[StepRecord], tasks: Sequence[TaskRecord]
) -> dict[str, RestoredStep]:
    """Return what a store knows of the steps of a run, by slug. Steps that the flow does not have are left out.

    Raises:
        InvalidOutputError: An output is not of the type that the flow declares now.
    """
    records = {record.step: record for record in steps}
    by_step: dict[str, list[TaskRecord]] = {}
    for task in tasks:
        by_step.setdefault(task.step, []).append(task)
    restored = {}
    for slug, step in plan.by_slug.items():
        record, own = records.get(slug), by_step.get(slug, [])
        if record is not None or own:
            known = restored[slug] = _restored(step, encoding, record, own)
            if step.rate is not None:
                known.starts = [task.started_at.timestamp() for task in own if task.started_at is not None]
    return restored


def _restored(
    step: PlannedStep, encoding: Encoding, record: StepRecord | None, tasks: Sequence[TaskRecord]
) -> RestoredStep:
    status = None if record is None else record.status
    if step.validate_delivery is not None and status != "skipped" and _has_no_delivery(tasks):
        return _waiting(*tasks)
    if record is not None and record.status in {"skipped", "failed"}:
        return RestoredStep(record.status, reason=record.reason)
    ended = {"completed", "failed"} if step.options.when_exhausted == "none" else {"completed"}
    outputs = {task.task_index: _output(encoding, step.slug, task) for task in tasks if task.status in ended}
    unfinished = [_unfinished(task) for task in tasks if task.status not in ended]
    if step.is_map:
        items = None if record is None else record.items
        known = RestoredStep("created" if items is None else "started", items=items, outputs=outputs, tasks=unfinished)
        if status == "completed":
            known.status, known.output = "completed", [outputs.get(index) for index in range(items or 0)]
        return known
    if outputs:
        return RestoredStep("completed", outputs[0])
    has_started = any(task.has_started for task in unfinished)
    return RestoredStep("started" if has_started else "created", tasks=unfinished)


def _has_no_delivery(tasks: Sequence[TaskRecord]) -> bool:
    return any(task.status != "completed" for task in tasks)


def _waiting(task: TaskRecord) -> RestoredStep:
    if task.status in {"waiting", "failed"}:
        due = None if task.due is None else task.due.timestamp()
        known = RestoredTask(task.task_index, 1, 0, due, has_started=True)
        is_expired = task.status == "failed"
        return RestoredStep("failed" if is_expired else "started", tasks=[known], is_expired=is_expired)
    return RestoredStep("created", tasks=[RestoredTask(task.task_index, 1, 0, None, has_started=False)])


def _output(encoding: Encoding, slug: str, task: TaskRecord) -> Any:
    return None if task.output is None else encoding.output_from_store(slug, task.output)


def _unfinished(task: TaskRecord) -> RestoredTask:
    due = None if task.due is None else task.due.timestamp()
    has_started = task.started_at is not None
    return RestoredTask(task.task_index, task.attempt + 1, task.interruptions, due, has_started)

"""What is shown of a step of a run: its status, attempts and details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.runs.shown_time import shown_time
from typedflow._cli.runs.shown_value import cut, shown_error, shown_value
from typedflow._cli.step_words import REASONS, from_cache
from typedflow._text import counted

if TYPE_CHECKING:
    from typedflow.stores import FailureRecord, StepRecord, TaskRecord


def step_status(step: StepRecord | None, task: TaskRecord | None) -> str:
    """Return the status of a step; of its only task if that says more: retrying, queued or waiting."""
    if step is not None and step.status not in {"created", "started"}:
        return step.status
    if task is not None and task.status in {"queued", "waiting"}:
        return "retrying" if task.status == "queued" and task.attempt and task.due else task.status
    return "created" if step is None else step.status


def shown_attempts(task: TaskRecord | None) -> str:
    """Return how many attempts a task has had, and how often it was interrupted."""
    if task is None:
        return ""
    interrupted = f", {counted(task.interruptions, 'interruption')}" if task.interruptions else ""
    return f"{task.attempt}{interrupted}" if task.attempt or interrupted else ""


def counted_items(step: StepRecord) -> str:
    """Return how many items of a map step have completed, and what the others do."""
    total = sum(step.tasks.values()) if step.items is None else step.items
    others = [f"{count:,} {status}" for status, count in sorted(step.tasks.items()) if count and status != "completed"]
    return ", ".join([f"{step.tasks.get('completed', 0):,} of {counted(total, 'item')}", *others])


def step_detail(step: StepRecord | None, task: TaskRecord | None, width: int | None, *, is_map: bool) -> str:
    """Return the output of a step, or why it was skipped or failed, or until when it waits.

    Args:
        step: The step; None if the store does not know it.
        task: Its task; None for a map step, and for a step that has not been started.
        width: How many characters at most; None for all.
        is_map: Whether it is a map step.
    """
    if step is not None and step.reason is not None:
        error = f" ({shown_error(step.error, width)})" if step.error is not None else ""
        return cut(f"{REASONS[step.reason]}{error}", width)
    if step is not None and step.error is not None:
        return shown_error(step.error, width)
    if is_map:
        return "" if step is None else counted_items(step)
    return "" if task is None else task_detail(task, width)


def task_detail(task: TaskRecord, width: int | None) -> str:
    """Return the output of a task and where it is from, or until when it waits."""
    if task.due is not None and task.status in {"queued", "waiting"}:
        return f"until {shown_time(task.due)}"
    if task.cached_from is None:
        return shown_value(task.output, width)
    source = f" ({from_cache(task.cached_from)})"
    return shown_value(task.output, None if width is None else max(width - len(source), 20)) + source


def failure_line(failure: FailureRecord, *, has_item: bool) -> str:
    """Return the step and the number of an attempt that failed or was interrupted, and when."""
    item = f", item {failure.task_index}" if has_item else ""
    when = f"at {shown_time(failure.ended_at)}"
    if failure.kind == "interrupted":
        return f'step "{failure.step}"{item}: attempt {failure.attempt} was interrupted, which was noticed {when}'
    return f'step "{failure.step}"{item}: attempt {failure.attempt} failed {when}'

"""The chart of a run: a bar for each step that has started, with its attempts and what it waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.runs.gantt import Bar, Span, chart
from typedflow._cli.runs.shown_step import counted_items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from typedflow._cli.runs.gantt import End
    from typedflow._cli.runs.run_view import RunView
    from typedflow._cli.runs.stored_shape import ShapeStep
    from typedflow.stores import StepRecord, TaskRecord


def run_chart(view: RunView, width: int) -> list[str]:
    """Return the lines of the chart; nothing if no step has started.

    Args:
        view: The run.
        width: How many characters a line may have, as far as possible.
    """
    bars = []
    for step in view.shape.steps:
        record, task = view.steps.get(step.slug), view.tasks.get(step.slug)
        if step.is_map and record is not None:
            spans, note = list(_of_map(view, record)), counted_items(record)
        else:
            spans, note = [] if task is None else list(_of_task(view, step, task)), ""
        if spans:
            bars.append(Bar(step.slug, spans, note))
    if not bars:
        return []
    taken = max(len(bar.step) for bar in bars) + max(len(bar.note) for bar in bars) + 4
    start, end = view.run.created_at.timestamp(), view.last_time.timestamp()
    return chart(bars, start, max(start, end), max(width - taken, 20))


def _of_map(view: RunView, record: StepRecord) -> Iterator[Span]:
    if record.started_at is not None:
        how: End = "running" if not view.run.is_interrupted else "interrupted"
        if record.ended_at is not None:
            how = "failed" if record.status == "failed" else "completed"
            how = "cancelled" if record.status == "cancelled" else how
        yield _span(record.started_at, record.ended_at or view.last_time, how)


def _of_task(view: RunView, step: ShapeStep, task: TaskRecord) -> Iterator[Span]:
    """Give the attempts of a task, and what it waited for in between.

    After a run was retried, the attempts count from 1 again. It did not wait for that.
    """
    waits_since, last = None, 0
    for failure in view.failures_of(step.slug):
        started = failure.started_at or failure.ended_at
        if waits_since is not None and failure.attempt > last:
            yield _span(waits_since, started, "waiting")
        last = failure.attempt
        if failure.kind == "interrupted":
            # When it was interrupted is not known: only when that was noticed, which may be days later.
            yield _span(started, max(started, view.last_sign(failure.ended_at)), "interrupted")
            waits_since = None
        else:
            yield _span(started, failure.ended_at, "failed")
            waits_since = failure.ended_at
    is_next = task.attempt > last or task.status == "queued"
    yield from _of_last_attempt(view, step, task, waits_since if is_next else None)


def _of_last_attempt(view: RunView, step: ShapeStep, task: TaskRecord, waits_since: datetime | None) -> Iterator[Span]:
    end = task.ended_at or view.last_time
    if task.status == "waiting" or (task.started_at is None and task.ended_at is not None):
        yield _span(task.started_at or _ready_at(view, step), end, "waiting")
    elif task.status == "queued":
        if task.due is not None:
            yield _span(waits_since or _ready_at(view, step), end, "waiting")
    elif task.started_at is not None and task.status != "failed":
        if waits_since is not None:
            yield _span(waits_since, task.started_at, "waiting")
        if task.ended_at is not None:
            yield _span(task.started_at, end, "cancelled" if task.status == "cancelled" else "completed")
        else:
            yield _span(task.started_at, end, "interrupted" if view.run.is_interrupted else "running")


def _ready_at(view: RunView, step: ShapeStep) -> datetime:
    """Return when the last dependency of a step ended."""
    ended = [view.steps[slug].ended_at for slug in step.depends_on if slug in view.steps]
    return max([time for time in ended if time is not None], default=view.run.created_at)


def _span(start: datetime, end: datetime, how: End) -> Span:
    return Span(start.timestamp(), max(start, end).timestamp(), how)

"""A run, or a step of it, as texts and tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from typedflow._cli.runs.columns import Columns
from typedflow._cli.runs.run_chart import run_chart
from typedflow._cli.runs.shown_state import shown_state
from typedflow._cli.runs.shown_step import (
    counted_items,
    failure_line,
    shown_attempts,
    step_detail,
    step_status,
    task_detail,
)
from typedflow._cli.runs.shown_time import shown_duration, shown_time
from typedflow._cli.runs.shown_value import shown_error, shown_run_error, shown_traceback, shown_value
from typedflow._definition.drawing import DrawnStep, Notation, draw_steps
from typedflow._text import counted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from typedflow._cli.runs.run_view import RunView
    from typedflow.stores import FailureRecord, Owner, RunRecord, StoredError, TaskRecord

# How many attempts that failed are shown with their tracebacks.
_MOST_TRACEBACKS = 10


def run_text(view: RunView, width: int, *, is_full: bool) -> list[Columns | str]:
    """Return what is shown of a run: what it does, its steps, a chart, and why it failed.

    Args:
        view: The run.
        width: How many characters a line may have.
        is_full: Whether values and tracebacks are not cut.
    """
    parts: list[Columns | str] = ["\n".join(_head(view.run, None if is_full else width - 9))]
    if view.shape.steps:
        parts += ["", _steps(view, None if is_full else width)]
    if lines := run_chart(view, width):
        parts += ["", "\n".join(lines)]
    return parts + _failures(
        _shown_failures(view, is_full=is_full), {step.slug for step in view.shape.steps if step.is_map}
    )


def step_text(
    view: RunView, slug: str, tasks: Sequence[TaskRecord], failures: Sequence[FailureRecord], width: int | None
) -> list[Columns | str]:
    """Return what is shown of a step: its status, its tasks, and its attempts that failed.

    Args:
        view: The run.
        slug: The step.
        tasks: Those of its tasks that are shown.
        failures: Those of its attempts that are shown.
        width: How many characters of a value are shown; None for all.
    """
    is_map = any(step.is_map for step in view.shape.steps if step.slug == slug)
    step, task = view.steps.get(slug), view.tasks.get(slug)
    lines = [("step", slug), ("status", step_status(step, task))]
    if step is not None:
        lines += [("started", shown_time(step.started_at)), ("took", shown_duration(step.took))]
        if is_map:
            lines.append(("items", counted_items(step)))
        if step.reason is not None:
            lines.append(("reason", step_detail(step, task, width, is_map=is_map)))
        elif step.error is not None:
            lines.append(("error", shown_error(step.error, width)))
    parts: list[Columns | str] = ["\n".join(_labelled(lines))]
    if tasks:
        rows = [_task_row(each, width) for each in tasks]
        parts += ["", Columns(("item" if is_map else "task", "status", "started", "took", "attempts", "output"), rows)]
        total = 0 if step is None else sum(step.tasks.values())
        if total > len(tasks):
            parts.append(f"There are {counted(total, 'item')}. Show others with --limit and --offset.")
    return parts + _failures(failures, {slug} if is_map else set())


def run_graph(view: RunView, notation: Notation) -> str:
    """Return a drawing of the flow as the run has recorded it, with the status of each step."""
    drawn = []
    for step in view.shape.steps:
        record, task = view.steps.get(step.slug), view.tasks.get(step.slug)
        states = [step_status(record, task)]
        if step.is_map and record is not None and record.tasks:
            states.append(counted_items(record))
        if record is not None and record.took is not None:
            states.append(shown_duration(record.took))
        drawn.append(DrawnStep(step.slug, step.depends_on, step.is_map, [*states, *step.notes]))
    return draw_steps(view.run.flow, drawn, notation)


def _head(run: RunRecord, width: int | None) -> list[str]:
    took = run.took or (None if run.is_interrupted else datetime.now(UTC) - run.created_at)
    return _labelled(
        [
            ("run", run.run_id),
            ("flow", run.flow),
            ("status", shown_state(run)),
            ("created", shown_time(run.created_at, has_zone=True)),
            ("ended", shown_time(run.ended_at, has_zone=True)),
            ("took", shown_duration(took)),
            ("deadline", shown_time(run.deadline, has_zone=True)),
            ("owner", _owner(run.owner)),
            ("input", shown_value(run.input, width)),
            ("error", shown_run_error(run, width)),
        ]
    )


def _labelled(lines: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{label:9}{text}" for label, text in lines if text]


def _owner(owner: Owner | None) -> str:
    if owner is None:
        return ""
    lease = f"its lease ends at {shown_time(owner.lease_expires_at)}" if owner.is_alive else "it has died"
    return f"process {owner.pid} on {owner.host}, {lease}"


def _steps(view: RunView, width: int | None) -> Columns:
    created = view.run.created_at
    cells = []
    for step in view.shape.steps:
        record, task = view.steps.get(step.slug), view.tasks.get(step.slug)
        started = None if record is None else record.started_at
        start = "" if started is None else f"+{shown_duration(started - created)}"
        took = None if record is None else record.took or _so_far(view, started)
        cells.append((step, record, task, step_status(record, task), start, shown_duration(took), shown_attempts(task)))
    taken = sum(
        max(map(len, map(str, column))) + 2 for column in zip(*([c[0].slug, *c[3:]] for c in cells), strict=True)
    )
    room = None if width is None else max(width - taken, 20)
    rows = [
        (step.slug, status, start, took, attempts, step_detail(record, task, room, is_map=step.is_map))
        for step, record, task, status, start, took, attempts in cells
    ]
    return Columns(("step", "status", "start", "took", "attempts", "output"), rows)


def _so_far(view: RunView, started: datetime | None) -> timedelta | None:
    """Return how long a step has been executed that has not ended; None if it is not executed."""
    is_executed = view.run.status == "started" and not view.run.is_interrupted
    return view.now - started if started is not None and is_executed else None


def _task_row(task: TaskRecord, width: int | None) -> tuple[str, ...]:
    status = "retrying" if task.status == "queued" and task.attempt and task.due else task.status
    took = None if task.started_at is None or task.ended_at is None else task.ended_at - task.started_at
    detail = task_detail(task, width)
    return str(task.task_index), status, shown_time(task.started_at), shown_duration(took), shown_attempts(task), detail


def _shown_failures(view: RunView, *, is_full: bool) -> Sequence[FailureRecord]:
    """Return the attempts whose errors are shown: the last ones of the steps that failed or are retried, or all."""
    if is_full:
        return view.failures
    last = {(failure.step, failure.task_index): failure for failure in view.failures}
    unsettled = [
        failure
        for failure in last.values()
        if (step := view.steps.get(failure.step)) is None or step.status not in {"completed", "skipped"}
    ]
    return unsettled[-_MOST_TRACEBACKS:]


def _failures(failures: Sequence[FailureRecord], maps: set[str]) -> list[Columns | str]:
    parts: list[Columns | str] = []
    for failure in failures:
        line = failure_line(failure, has_item=failure.step in maps)
        parts += ["", line if failure.error is None else f"{line}:\n{_indented(failure.error)}"]
    return parts


def _indented(error: StoredError) -> str:
    return "\n".join(f"  {line}".rstrip() for line in shown_traceback(error).split("\n"))

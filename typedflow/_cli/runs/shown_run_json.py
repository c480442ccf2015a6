"""A run, or a step of it, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow._cli.runs.record_json import failure_json, run_json, step_json, task_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._cli.runs.run_view import RunView
    from typedflow.stores import FailureRecord, TaskRecord


def shown_run_json(
    view: RunView, slug: str | None, tasks: Sequence[TaskRecord], failures: Sequence[FailureRecord]
) -> dict[str, Any]:
    """Return a run with its steps in the order of definition, or with one of them.

    Args:
        view: The run.
        slug: The step; None for all.
        tasks: The tasks that are shown.
        failures: The attempts that failed or were interrupted and are shown.
    """
    created = {"status": "created", "reason": None, "items": None, "started_at": None, "ended_at": None, "took": None}
    steps = [
        {
            **(step_json(view.steps[step.slug]) if step.slug in view.steps else {"step": step.slug, **created}),
            "depends_on": list(step.depends_on),
        }
        for step in view.shape.steps
        if slug in {None, step.slug}
    ]
    return {
        **run_json(view.run),
        "steps": steps,
        "tasks": [task_json(task) for task in tasks],
        "failures": [failure_json(failure) for failure in failures],
    }

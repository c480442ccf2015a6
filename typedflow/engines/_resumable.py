"""Whether a flow can resume a run that a store has, by the shape of the flow that the run was started with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from typedflow._definition.resumable import why_not_resumable
from typedflow._definition.shape import fingerprint
from typedflow._shape_difference import ShapeDifference
from typedflow.engines._encoding import Encoding
from typedflow.exceptions import OtherFlowError, ShapeMismatchError, StoredValueError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.flow import FlowDefinition
    from typedflow.event import StepStatus
    from typedflow.stores import RunLog, RunRecord

_RETRIED: Final[dict[StepStatus, StepStatus]] = {"failed": "started", "cancelled": "created"}


def check_resumable(
    store: RunLog, definition: FlowDefinition, run: RunRecord, retried_from: Iterable[str] | None = None
) -> None:
    """Check that a flow can resume a run. If its shape is the same, nothing is read from the store.

    Args:
        store: The store.
        definition: The flow.
        run: The run.
        retried_from: Steps that begin again, with all that depend on them, if the run is retried; otherwise None.

    Raises:
        OtherFlowError: It is a run of another flow.
        ShapeMismatchError: The flow has changed, so that it cannot resume the run.
        FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
        StoreError: The store cannot be read.
    """
    if run.flow != definition.slug:
        raise OtherFlowError(store.name, definition.slug, run.run_id, run.flow)
    if refused := refused_differences(store, definition, run, retried_from):
        raise ShapeMismatchError(store.name, definition.slug, run.run_id, refused)


def refused_differences(
    store: RunLog, definition: FlowDefinition, run: RunRecord, retried_from: Iterable[str] | None = None
) -> tuple[ShapeDifference, ...]:
    """Return the differences that keep a flow from resuming a run of its slug; empty if it can."""
    if run.fingerprint == fingerprint(definition):
        return ()
    statuses = {record.step: record.status for record in store.steps(run.run_id)}
    if retried_from is not None:
        again = _with_dependents(run, retried_from)
        statuses = {step: _RETRIED.get(status, status) for step, status in statuses.items() if step not in again}
    retried = set() if retried_from is None else {step for step, status in statuses.items() if status != "completed"}

    def why_not_readable(slug: str) -> str | None:
        return _why_not_readable(store, definition, run, slug, is_retried=slug in retried)

    refused = why_not_resumable(run.shape, definition, statuses, why_not_readable)
    if run.status == "completed" and retried_from is None:
        refused += tuple(_missing(step.slug) for step in definition.steps if step.slug not in statuses)
    return refused


def _with_dependents(run: RunRecord, steps: Iterable[str]) -> set[str]:
    found = set(steps)
    for step in json.loads(run.shape)["steps"]:  # dependencies come before their dependents
        if not found.isdisjoint(step["depends_on"]):
            found.add(step["slug"])
    return found


def _missing(slug: str) -> ShapeDifference:
    sentence = f'step "{slug}" is new, and the run has completed without it'
    return ShapeDifference(slug, "added", None, None, sentence)


def _why_not_readable(
    store: RunLog, definition: FlowDefinition, run: RunRecord, slug: str, *, is_retried: bool
) -> str | None:
    """Return why what a step has stored cannot be read as the type that the flow declares now; None if it can."""
    encoding = Encoding.of(definition)
    try:
        if slug == "run":
            encoding.input_from_store(run.input)
            return None
        for task in store.tasks(run.run_id, step=slug):
            if task.output is not None:
                encoding.output_from_store(slug, task.output)
            elif task.status == "failed" and not is_retried and definition[slug].options.when_exhausted != "none":
                return f"item {task.task_index} has failed, and None is in its place"
    except StoredValueError as error:
        return error.reason
    return None

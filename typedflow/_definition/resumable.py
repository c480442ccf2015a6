"""Whether a run can be resumed by a flow whose shape is not the one that the run was started with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from typedflow._definition.shape import shape_of
from typedflow._definition.shape_comparison import differences
from typedflow._shape_difference import ShapeDifference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typedflow._definition.flow import FlowDefinition
    from typedflow._shape_difference import Reached


def why_not_resumable(
    stored_shape: str,
    definition: FlowDefinition,
    finished: Mapping[str, str],
    why_not_readable: Callable[[str], str | None] | None = None,
) -> tuple[ShapeDifference, ...]:
    """Return the differences that keep a flow from resuming a run; empty if it can.

    Args:
        stored_shape: The shape that the run was started with, as JSON.
        definition: The flow that is to resume it.
        finished: The statuses of the steps that the store knows something of, by slug.
        why_not_readable: Returns why what a step has stored cannot be read any more (of ``run``: the flow input); None
            if it can. It is asked where the types do not say. Without it, such a difference is returned.

    Raises:
        FlowDefinitionError: A declared type does not exist at run time, or no step can use it.
    """
    shape = shape_of(definition)
    if stored_shape == shape:
        return ()
    stored, now = json.loads(stored_shape), json.loads(shape)
    found = [*differences(stored, now), *_not_recorded(stored, now, finished)]
    return tuple(each for each in found if _is_refused(each, finished, why_not_readable))


def _is_refused(
    difference: ShapeDifference, finished: Mapping[str, str], why_not_readable: Callable[[str], str | None] | None
) -> bool:
    if difference.step is not None and _reached(finished.get(difference.step)) not in difference.refused:
        return False
    if not difference.refused:
        return False
    return not difference.by_value or why_not_readable is None or why_not_readable(difference.step or "run") is not None


def _not_recorded(stored: dict[str, Any], now: dict[str, Any], finished: Mapping[str, str]) -> list[ShapeDifference]:
    """List the steps that another version of the flow has executed, which the run was not started with."""
    known = {step["slug"] for step in stored["steps"]}
    return [
        ShapeDifference(
            step["slug"],
            "output",
            None,
            step["output"],
            f'step "{step["slug"]}" was executed by a version of the flow that the run was not started with',
            frozenset({"started", "completed"}),
            by_value=True,
        )
        for step in now["steps"]
        if step["slug"] not in known and _reached(finished.get(step["slug"])) is not None
    ]


def _reached(status: str | None) -> Reached | None:
    if status is None or status == "created":
        return None
    return status if status in {"completed", "skipped"} else "started"  # type: ignore[return-value]  # it is one of the two

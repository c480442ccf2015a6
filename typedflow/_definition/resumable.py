"""Whether a run can be resumed by a flow whose shape is not the one that the run was started with."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from typedflow._definition.shape import VERSION, shape_of
from typedflow._definition.shape_comparison import differences
from typedflow._shape_difference import ShapeDifference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

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
    known, found = _compared(stored_shape, shape)
    if any(difference.aspect == "version" for difference in found):
        return found
    reached = {slug: _reached(status) for slug, status in finished.items()}
    added = [step.slug for step in definition.steps if step.slug not in known and reached.get(step.slug) is not None]
    applying = [each for each in found if each.step is None or reached.get(each.step) in each.refused]
    applying += map(_not_recorded, added)
    if why_not_readable is None:
        return tuple(applying)
    return tuple(found for each in applying for found in _unless_readable(each, why_not_readable))


def _unless_readable(
    difference: ShapeDifference, why_not_readable: Callable[[str], str | None]
) -> Iterator[ShapeDifference]:
    if not difference.by_value:
        yield difference
    elif (reason := why_not_readable(difference.step or "run")) is not None:
        yield replace(difference, sentence=f"{difference.sentence} ({reason})")


@lru_cache(maxsize=64)
def _compared(stored: str, now: str) -> tuple[frozenset[str], tuple[ShapeDifference, ...]]:
    """Return the steps of a stored shape, and what keeps runs from being resumed. Many runs may have that shape."""
    shape = json.loads(stored)
    if shape.get("version") != VERSION:
        return frozenset(), (_other_version(shape.get("version")),)
    found = differences(shape, json.loads(now))
    return frozenset(step["slug"] for step in shape["steps"]), tuple(each for each in found if each.refused)


def _other_version(version: object) -> ShapeDifference:
    sentence = f"its shape has version {version}, which this version of typedflow does not know"
    return ShapeDifference(None, "version", version, VERSION, sentence, frozenset({"started"}))


def _not_recorded(slug: str) -> ShapeDifference:
    """Say that another version of the flow, which the run was not started with, has executed a step."""
    sentence = f'step "{slug}" was executed by a version of the flow that the run was not started with'
    return ShapeDifference(slug, "output", None, None, sentence, frozenset({"started", "completed"}), by_value=True)


def _reached(status: str | None) -> Reached | None:
    if status is None or status == "created":
        return None
    return status if status in {"completed", "skipped"} else "started"  # type: ignore[return-value]  # it is one of the two

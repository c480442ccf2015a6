"""`StoredShape`: the shape of a flow, as its runs have recorded it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from typedflow._definition.drawing import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow.stores import RunRecord


@dataclass(frozen=True)
class ShapeStep:
    """A step in a stored shape.

    Attributes:
        slug: Its slug.
        depends_on: The steps that it depends on.
        is_map: Whether it is a map step.
        notes: What it maps over, its condition and how it is skipped, as a drawing shows them.
    """

    slug: str
    depends_on: tuple[str, ...]
    is_map: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class StoredShape:
    """The steps of a flow, in the order of definition."""

    steps: tuple[ShapeStep, ...]

    @property
    def total(self) -> int:
        """How many steps the flow has."""
        return len(self.steps)

    @classmethod
    def of(cls, run: RunRecord) -> StoredShape:
        """Return the shape of the flow of a run."""
        return _read(run.shape)

    def extended(self, steps: Mapping[str, bool], note: str) -> StoredShape:
        """Return the shape with steps that it does not have: those that a changed flow has lost.

        Args:
            steps: Slugs of steps, and whether they are map steps.
            note: What a drawing says of those that the shape does not have.
        """
        known = {step.slug for step in self.steps}
        lost = [ShapeStep(slug, (), is_map, (note,)) for slug, is_map in steps.items() if slug not in known]
        return StoredShape((*self.steps, *lost)) if lost else self


@lru_cache(maxsize=64)
def _read(text: str) -> StoredShape:
    return StoredShape(tuple(map(_step, json.loads(text).get("steps", ()))))


def _step(step: dict[str, Any]) -> ShapeStep:
    return ShapeStep(step["slug"], tuple(step["depends_on"]), step["kind"] == "map", tuple(_notes(step)))


def _notes(step: dict[str, Any]) -> list[str]:
    notes = [f"map over {step['over']}"] if "over" in step else []
    notes += ["wait step"] if step["kind"] == "wait" else []
    for name in ("if_", "if_not"):
        if name in step:
            written = repr(step[name]["pattern"]) if "pattern" in step[name] else "a predicate"
            notes.append(f"{name}={shortened(written)}")
    return notes + [f'{name}="{step[name]}"' for name in ("when_unmet", "when_exhausted") if name in step]

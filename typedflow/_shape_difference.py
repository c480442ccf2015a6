"""`ShapeDifference`: one way in which a flow differs from what it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Aspect: TypeAlias = Literal[
    "version", "added", "removed", "kind", "depends_on", "over", "beside", "input", "output", "condition",
    "when_unmet", "when_exhausted", "skips",
]  # fmt: skip
Reached: TypeAlias = Literal["started", "completed", "skipped"]
"""How far a step has come in a run: started and not ended, or ended. A step that failed and is tried again has
started."""

_REACHED: Final[dict[Reached, str]] = {
    "started": "has started",
    "completed": "has completed",
    "skipped": "was skipped",
}


@dataclass(frozen=True, slots=True)
class ShapeDifference:
    """One way in which the shape of a flow differs from an earlier one.

    Attributes:
        step: Slug of the step; None for the flow input.
        aspect: What differs. ``skips`` stands for whether and how a step may be skipped.
        was: What it was, as JSON; None if there was nothing.
        now: What it is, as JSON; None if there is nothing.
        sentence: What was and what is.
        refused: How far the step must have come in a run for the run to be refused. Empty if no run is refused. For
            the flow input, it stands for every run.
        by_value: Whether the run is refused only if a value that it has stored cannot be read any more.
    """

    step: str | None
    aspect: Aspect
    was: Any
    now: Any
    sentence: str
    refused: frozenset[Reached] = frozenset()
    by_value: bool = False

    @property
    def effect(self) -> str:
        """Which unfinished runs it keeps from being resumed."""
        if not self.refused:
            return "safe for every unfinished run"
        if self.step is None:
            return "refused for runs whose stored flow input does not fit"
        reached = " or ".join(words for name, words in _REACHED.items() if name in self.refused)
        unless = ", unless what it has stored fits" if self.by_value else ""
        return f'refused for runs in which step "{self.step}" {reached}{unless}'

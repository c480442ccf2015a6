"""What is said of steps, while a run is executed and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow._text import escaped

if TYPE_CHECKING:
    from typedflow.event import SkipReason

REASONS: Final[dict[SkipReason, str]] = {
    "condition_unmet": "its condition is unmet",
    "handler_failed": "its attempts are used up",
    "dependency_skipped": "a step that it depends on was skipped",
}
"""Why a step was skipped."""


def from_cache(run_id: str) -> str:
    """Say which run has computed an output that was used again."""
    return f"from the cache of run {escaped(run_id)}"

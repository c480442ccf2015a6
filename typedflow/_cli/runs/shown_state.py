"""Says what a run does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typedflow.stores import RunRecord

STYLES: Final = {
    "created": "dim",
    "started": "yellow",
    "queued": "yellow",
    "running": "yellow",
    "interrupted": "bold magenta",
    "retrying": "yellow",
    "waiting": "blue",
    "cancelling": "magenta",
    "completed": "green",
    "failed": "bold red",
    "skipped": "cyan",
    "cancelled": "magenta",
}
"""The style of each status on a terminal, by its first word."""


def shown_state(run: RunRecord) -> str:
    """Return the status of a run, and for one that has started what it does: running, interrupted, retrying, waiting.

    Whether it is executed depends on its process: a run is never said to be running after its process has died.
    """
    if run.status != "started":
        return run.status
    states = []
    if run.is_interrupted:
        states.append("interrupted")
    elif run.cancel_requested_at is not None:
        states.append("cancelling")
    if run.retrying and not run.is_interrupted:
        states.append(f"retrying {run.retrying:,}")
    if run.waiting:
        states.append(f"waiting for {', '.join(run.waiting)}")
    return ", ".join(states) or "running"

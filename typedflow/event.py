"""What happened in a run, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Event:
    """One change of a run or of a step; the words are pgflow's (``run:started``, ``step:completed``, ...).

    Attributes:
        subject: What changed.
        status: What it is now.
        flow: Slug of the flow.
        run_id: Identifier of the run, a UUID.
        step: Slug of the step; None when the run itself changed.
        time: Wall clock, in seconds since the epoch.
        monotonic: Clock of the executor, in seconds; only differences have a meaning.
        error: Why it failed; None unless the status is ``failed``.
    """

    subject: Literal["run", "step"]
    status: Literal["started", "completed", "failed", "cancelled"]
    flow: str
    run_id: str
    step: str | None
    time: float
    monotonic: float
    error: BaseException | None = None


Listener: TypeAlias = Callable[[Event], None]
"""Is called with every event of a run, in order, on the run's own thread."""

"""What happened in a run, told to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Subject: TypeAlias = Literal["run", "step", "task"]
Status: TypeAlias = Literal["started", "completed", "failed", "retrying", "skipped", "cancelled"]
SkipReason: TypeAlias = Literal["condition_unmet", "handler_failed", "dependency_skipped"]


class Event(NamedTuple):
    """One change of a run, a step or a task; the words are pgflow's (``run:started``, ``step:completed``, ...).

    A step starts with its first task and ends with its last, or sooner with one that has used up its attempts; a task
    starts with each of its attempts.

    Attributes:
        subject: What changed.
        status: What it is now; ``retrying`` is a task's that failed and will be tried again.
        flow: Slug of the flow.
        run_id: Identifier of the run, a UUID.
        step: Slug of the step; None when the run itself changed.
        task_index: Which of the step's tasks changed, from 0; None unless the subject is a task.
        attempt: Number of the attempt, from 1; None unless the subject is a task.
        time: Wall clock, in seconds since the epoch.
        monotonic: Clock of the executor, in seconds; only differences have a meaning.
        error: What went wrong; None unless the status is ``failed``, ``retrying``, or ``skipped`` for a failure.
        reason: Why a step was skipped (pgflow's words); None unless the status is ``skipped``.
        delay: Seconds until the next attempt; None unless the status is ``retrying``.
        items: How many items a map step has; None unless one has started.
        output: What a task or a step has put out; None unless the status is ``completed``.
    """

    subject: Subject
    status: Status
    flow: str
    run_id: str
    step: str | None
    task_index: int | None
    attempt: int | None
    time: float
    monotonic: float
    error: BaseException | None = None
    reason: SkipReason | None = None
    delay: float | None = None
    items: int | None = None
    output: Any = None


# Makes an event of a tuple of all its fields, in their order: `new_event(Event, (...))`. Each step makes four events,
# and calling `Event` takes three times as long, because a named tuple's own constructor takes its fields apart and puts
# them together again. That alone made a run with a listener a fifth slower (`python -m tests.benchmarks.runtime`). A
# frozen dataclass costs more still. One place calls it, `Schedule._emit`; tests/conformance/test_events.py would show a
# field in the wrong place.
new_event: Final = tuple.__new__


Listener: TypeAlias = Callable[[Event], object]
"""Hears every event of a run, in order. A lambda or a builtin, such as ``[].append``, is called in place; any other
callable is called in a thread of its own, so that it cannot slow the run. Either sees the context variables of the
caller of the run; one that is called in place may set one when a task starts, for its handler to see."""

"""The events of a run, and the listeners that receive them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Generic, Literal, NamedTuple, TypeAlias

from typing_extensions import TypeVar, override

Slug_co = TypeVar("Slug_co", bound=str, covariant=True, default=str)

RunStatus: TypeAlias = Literal["started", "completed", "failed", "cancelled"]
StepStatus: TypeAlias = Literal["created", "started", "completed", "failed", "skipped", "cancelled"]
Subject: TypeAlias = Literal["run", "step", "task"]
Status: TypeAlias = Literal["started", "waiting", "completed", "failed", "retrying", "skipped", "cancelled"]
SkipReason: TypeAlias = Literal["condition_unmet", "handler_failed", "dependency_skipped"]


class ParentTask(NamedTuple):
    """The task whose handler has started a run: a run of a flow within a run of another one.

    Attributes:
        flow: Slug of the flow of the surrounding run.
        run_id: Identifier of the surrounding run.
        step: Slug of the step.
        task_index: Index of the task in its step, from 0. In a map step, the index of the item.
        attempt: Number of the attempt, from 1.
    """

    flow: str
    run_id: str
    step: str
    task_index: int
    attempt: int


class Event(NamedTuple, Generic[Slug_co]):
    """One transition of a run, a step or a task. The names are pgflow's: ``run:started``, ``step:completed``, ...

    A step starts with its first task. It ends with its last task, or as soon as one has used up its attempts. A task
    starts again with each attempt. A task whose output is in the cache of a store completes without having started.

    Attributes:
        subject: What changed: the run, a step or a task.
        status: The new status. A task is ``retrying`` if its attempt failed and another one follows. That of a wait
            step is ``waiting`` until its output is delivered.
        flow: Slug of the flow.
        run_id: Identifier of the run, a UUID.
        step: Slug of the step; None if the subject is the run.
        task_index: Index of the task in its step, from 0; None unless the subject is a task.
        attempt: Number of the attempt, from 1; None unless the subject is a task. 0 if a task completes without one.
        time: Wall clock, in seconds since the epoch.
        monotonic: The executor's clock, in seconds. Use it for differences only.
        error: The exception; None unless the status is ``failed`` or ``retrying``, or a step was skipped because it
            failed.
        reason: Why a step was skipped, as pgflow calls it; None unless the status is ``skipped``.
        delay: The retry delay, in seconds, if the status is ``retrying``; the timeout of a wait step, if it has one
            and the status is ``waiting``; otherwise None.
        items: Number of items of a map step that has started; otherwise None.
        output: The output of a task or a step that completed, or the outputs of a run that did; otherwise None.
        input: What a run, a step or a task was started with: the flow input, the step input, the item of a map step,
            or the items, if a map step starts; otherwise None. A step input is a dict of the event's own.
        parent: The task whose handler has started the run; None for a run that no handler has started.
        cached_from: Identifier of the run whose output was used again, if a task or a step completed without an
            attempt; otherwise None.
    """

    subject: Subject
    status: Status
    flow: str
    run_id: str
    step: Slug_co | None
    task_index: int | None
    attempt: int | None
    time: float
    monotonic: float
    error: BaseException | None = None
    reason: SkipReason | None = None
    delay: float | None = None
    items: int | None = None
    output: Any = None
    input: Any = None
    parent: ParentTask | None = None
    cached_from: str | None = None

    @override
    def __repr__(self) -> str:
        shown = [f"{name}={value!r}" for name, value in self._asdict().items() if value is not None]
        return f"Event({', '.join(shown)})"


# Makes an event from a tuple of all its fields, in order: `new_event(Event, (...))`. Each step emits four events, and
# calling `Event` takes three times as long, because the constructor of a named tuple packs its arguments into a tuple
# again. That alone made a run with a listener a fifth slower (`python -m tests.benchmarks.runtime`). A frozen dataclass
# was tried, and costs even more. Only `Emitter.emit` calls it. tests/conformance/test_events.py would show a field in
# the wrong place.
new_event: Final = tuple.__new__


Listener: TypeAlias = Callable[[Event], object]
"""Receives every event of a run, in order, and those of the runs that its handlers start: these have a ``parent``.

It is called in a thread of its own, so that it cannot slow the run, or in place if it is passed as
``typedflow.listeners.inline(listener)``. A listener sees the context variables of the caller of the run. One that is
called in place when a task starts may set variables for the handler of that task."""

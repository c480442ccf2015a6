"""What a store is given to remember, and what it returns. The words are pgflow's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from typedflow.event import RunStatus, SkipReason, StepStatus
    from typedflow.stores._cache_records import CacheKey

TaskStatus: TypeAlias = Literal["queued", "waiting", "started", "completed", "failed", "cancelled"]
"""pgflow's statuses of a task, and two more: ``waiting`` for a delivery, and ``cancelled``. A task that waits for a
delay or for another attempt is queued."""


class StoredValue(NamedTuple):
    """A value as it is stored.

    Attributes:
        data: JSON, or the bytes that a codec has made.
        codec: Name of that codec; None for JSON.
    """

    data: str | bytes
    codec: str | None = None


class StoredError(NamedTuple):
    """An exception as it is stored: as text, which can be read without its class.

    Attributes:
        type: Name of its class, with the module unless that is ``builtins``.
        message: What ``str`` says of it.
        notes: The notes that were added to it.
        traceback: The traceback as Python prints it, with causes, groups and notes; empty if there is none.
    """

    type: str
    message: str
    notes: tuple[str, ...] = ()
    traceback: str = ""


class Transition(NamedTuple):
    """One transition of a run, a step or a task, as an event describes it, in the form that is stored.

    Attributes:
        subject: What changed: the run, a step or a task.
        status: The new status. A task is ``retrying`` if its attempt failed and another one follows: it is queued
            then. It is ``queued`` without that if it waits for a start delay, or if the condition of its step was met.
            It is ``waiting`` if its output will be delivered from outside.
        time: Wall clock, in seconds since the epoch.
        step: Slug of the step; None if the subject is the run.
        task_index: Index of the task in its step, from 0; None unless the subject is a task.
        attempt: Number of the attempt, from 1; None unless the subject is a task.
        output: The output of a task that completed. A step has none of its own: it is that of its task, or the list
            of those of its tasks.
        error: Why a run, a step or a task failed, or why a task is retried.
        reason: Why a step was skipped.
        items: Number of items of a map step that has started.
        due: Wall clock at which a task that is queued or retrying may start, or at which a waiting one times out, in
            seconds since the epoch; None for immediately, or never.
        cache: What a task with a cache was looked up under. Its output is cached when it completes. With any other
            status, it is not executed any more, and others that wait for its output do so themselves.
        cached_from: Identifier of the run whose output a task that completed has used again; None if it was executed.
    """

    subject: Literal["run", "step", "task"]
    status: str
    time: float
    step: str | None = None
    task_index: int | None = None
    attempt: int | None = None
    output: StoredValue | None = None
    error: StoredError | None = None
    reason: SkipReason | None = None
    items: int | None = None
    due: float | None = None
    cache: CacheKey | None = None
    cached_from: str | None = None


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run that is to be created.

    Attributes:
        run_id: Identifier of the run, unique in the store forever.
        flow: Slug of the flow.
        input: The flow input.
        shape: The shape of the flow, as JSON.
        fingerprint: What distinguishes the shapes of the flow: a digest of ``shape``.
        created_at: Wall clock, in seconds since the epoch.
        deadline: Wall clock at which the run times out; None for never.
    """

    run_id: str
    flow: str
    input: StoredValue
    shape: str
    fingerprint: str
    created_at: float
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that executes a run.

    Attributes:
        host: Name of its machine.
        pid: Its process id.
        is_alive: Whether it is known to live, by its lease; and on this machine, by the process itself.
        lease_expires_at: When its lease ends, unless it renews it.
    """

    host: str
    pid: int
    is_alive: bool
    lease_expires_at: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to execute a run. It is lost when another process claims the run after the lease has expired.

    Attributes:
        run_id: Identifier of the run.
        epoch: How often the run has been claimed. Every commit of the run checks it.
    """

    run_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, as a store remembers it.

    Attributes:
        run_id: Identifier of the run.
        flow: Slug of the flow.
        status: The status of the run.
        created_at: When it was created, in UTC.
        ended_at: When it completed, failed or was cancelled; None if it has not ended.
        deadline: When it times out; None for never.
        cancel_requested_at: When its cancellation was requested; None if it was not.
        owner: The process that executes it; None if none does: the run has ended or was given back.
        is_interrupted: Whether it has started and not ended, and no living process executes it: it can be resumed.
        retrying: How many of its tasks wait for another attempt.
        waiting: Slugs of the steps that wait for a delivery.
        input: The flow input.
        error: Why it failed; None if it did not fail.
        fingerprint: What distinguishes the shapes of the flow.
        shape: The shape of the flow, as JSON.
        steps_done: How many of its steps have completed or were skipped.
    """

    run_id: str
    flow: str
    status: RunStatus
    created_at: datetime
    ended_at: datetime | None
    deadline: datetime | None
    cancel_requested_at: datetime | None
    owner: Owner | None
    is_interrupted: bool
    retrying: int
    waiting: tuple[str, ...]
    input: StoredValue
    error: StoredError | None
    fingerprint: str
    shape: str
    steps_done: int = 0

    @property
    def took(self) -> timedelta | None:
        """How long it took from its creation to its end; None before it has ended."""
        return None if self.ended_at is None else self.ended_at - self.created_at


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step of a run, as a store remembers it.

    Attributes:
        step: Slug of the step.
        status: The status of the step.
        reason: Why it was skipped; None if it was not.
        items: Number of items of a map step that has started; None for other steps, and before it has started.
        started_at: When its first attempt started, in UTC; None if none has.
        ended_at: When it ended; None before that.
        tasks: How many of its tasks have each status.
        error: Why it failed, or was skipped because it had failed; None otherwise.
    """

    step: str
    status: StepStatus
    reason: SkipReason | None
    items: int | None
    started_at: datetime | None
    ended_at: datetime | None
    tasks: Mapping[TaskStatus, int]
    error: StoredError | None

    @property
    def took(self) -> timedelta | None:
        """How long it took from the start of its first attempt to its end; None before it has ended."""
        return None if self.started_at is None or self.ended_at is None else self.ended_at - self.started_at


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task of a run, as a store remembers it.

    Attributes:
        step: Slug of the step.
        task_index: Index of the task in its step, from 0.
        status: The status of the task.
        attempt: Number of its newest attempt, from 1; 0 if none has started. An attempt that was interrupted, or whose
            run was given back, does not count: it begins again under the same number. So a queued task continues
            with attempt + 1.
        interruptions: How often its process died while it was executed.
        due: When it may start, if it is queued and has to wait, or when it times out, if it waits for a delivery;
            otherwise None.
        started_at: When its newest attempt started, in UTC; None if none has.
        ended_at: When it ended; None before that.
        output: Its output; None unless it has completed.
        cached_from: Identifier of the run whose output it has used again; None if it was executed.
    """

    step: str
    task_index: int
    status: TaskStatus
    attempt: int
    interruptions: int
    due: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    output: StoredValue | None
    cached_from: str | None = None


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """An attempt that failed or was interrupted, as a store remembers it.

    Attributes:
        step: Slug of the step.
        task_index: Index of the task in its step, from 0.
        attempt: Number of the attempt, from 1.
        kind: ``failed`` if the handler raised or timed out; ``interrupted`` if its process died.
        error: The exception; None if it was interrupted.
        started_at: When the attempt started, in UTC.
        ended_at: When it failed, or when the interruption was noticed.
    """

    step: str
    task_index: int
    attempt: int
    kind: Literal["failed", "interrupted"]
    error: StoredError | None
    started_at: datetime | None
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """A run that this process has claimed, and all that was known of it then.

    Tasks that were started when the last owner died are queued, and their interruptions are counted.

    Attributes:
        claim: The right to execute it.
        run: The run.
        steps: The steps that the store knows something of, in no particular order. A step without a record may have
            tasks.
        tasks: All tasks that were ever started or queued, in the order of their steps' slugs and of their indices.
    """

    claim: Claim
    run: RunRecord
    steps: Sequence[StepRecord] = ()
    tasks: Sequence[TaskRecord] = ()

"""`Turn`: what a worker and the database exchange together, and what that is about: tasks, and how they ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from uuid import UUID

    from typedflow.engines.pgflow._compiled import CompiledStep
    from typedflow.engines.pgflow._history import TaskHistory
    from typedflow.event import SkipReason


class TaskKey(NamedTuple):
    """What names a task.

    Attributes:
        run_id: Identifier of the run.
        step: Slug of the compiled step.
        task_index: Index of the task in its step, from 0.
    """

    run_id: UUID
    step: str
    task_index: int


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task that this worker has claimed.

    Attributes:
        key: Its run, step and index.
        step: Its compiled step.
        message: Identifier of its message.
        given: Its step input as pgflow makes it: an object of JSON by slug, or the item of a map.
        claims: How often it had been claimed before.
        history: What had happened to it before.
        claimed_at: Wall clock, in seconds since the epoch.
    """

    key: TaskKey
    step: CompiledStep
    message: int
    given: Any
    claims: int
    history: TaskHistory
    claimed_at: float

    @property
    def attempt(self) -> int:
        """Number of this attempt, from 1."""
        return self.history.attempts + 1

    @property
    def claim(self) -> int:
        """Number of this claim, from 1: with its key and its worker, what names it."""
        return self.claims + 1


class Completion(NamedTuple):
    """A task that has an output, or a mark in its place.

    Attributes:
        task: The task.
        output: Its output, as JSON.
        value: The output that its handler returned.
        error: The exception of its last attempt, if that has failed.
        skipped: Why its step is skipped, if it is.
        is_called: Whether its handler was called.
    """

    task: ClaimedTask
    output: str
    value: Any = None
    error: BaseException | None = None
    skipped: SkipReason | None = None
    is_called: bool = False


class Retry(NamedTuple):
    """A task that is queued again: it is tried again, or it was given back.

    Attributes:
        task: The task.
        history: What has happened to it.
        reason: That, for people.
        delay: For how many seconds no worker executes it.
        error: The exception of its attempt; None if the attempt did not end by itself.
    """

    task: ClaimedTask
    history: TaskHistory
    reason: str
    delay: float
    error: BaseException | None = None


class Exhausted(NamedTuple):
    """A task that has failed for good.

    Attributes:
        task: The task.
        history: What has happened to it.
        reason: That, for people.
        error: The exception of its last attempt.
    """

    task: ClaimedTask
    history: TaskHistory
    reason: str
    error: BaseException


Message: TypeAlias = tuple[int, dict[str, Any]]
"""A message of the queue: its identifier and its body, which names the task."""
Report: TypeAlias = Completion | Retry | Exhausted
"""What is said to the database about how an attempt ended."""


@dataclass
class Turn:
    """What is exchanged with the database together. It says what was done if the connection is lost in between.

    Attributes:
        reports: How attempts ended. Those that the database has are removed.
        messages: Messages that were read, and whose tasks are not claimed yet.
        accepted: The reports that the database took.
        late: Those that it did not take: the tasks do not belong to this worker any more.
        refused: Completions that the database cannot store, and why.
        claimed: The tasks that were claimed.
        waits: The messages of wait steps, which are not claimed.
        has_read: Whether there were messages, so that there may be more.
    """

    reports: list[Report]
    messages: list[Message] = field(default_factory=list)
    accepted: list[Report] = field(default_factory=list)
    late: list[Report] = field(default_factory=list)
    refused: list[tuple[Completion, str]] = field(default_factory=list)
    claimed: list[ClaimedTask] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    has_read: bool = False

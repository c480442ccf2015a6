"""`Store`: what remembers runs, for engines, the command line and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future
    from datetime import datetime, timedelta
    from typing import Self

    from typedflow.stores._cache_records import CachedOutput, CacheKey, CacheRecord
    from typedflow.stores._records import (
        Claim,
        ClaimedRun,
        FailureRecord,
        NewRun,
        RunRecord,
        StepRecord,
        TaskRecord,
        TaskStatus,
        Transition,
    )

RunFilter: TypeAlias = Literal[
    "started", "completed", "failed", "cancelled", "running", "interrupted", "retrying", "waiting"
]
"""The statuses of runs, and what a started run does: a living process executes it (``running``) or none does
(``interrupted``), a task of it waits for another attempt (``retrying``), a step of it waits for a delivery
(``waiting``)."""


@runtime_checkable
class Store(Protocol):
    """Remembers runs, with their steps, tasks and failures. It never sees a handler, and does not use trio.

    Every method may be called in any thread. The methods that return a future write: one thread of the store commits
    what they ask for, in their order, many together. What a future stands for is durable when it is done. Its
    callbacks are called in that thread. The other methods wait for their result.

    All of them raise a ``StoreError`` if the store cannot be read or written, and an ``UnknownRunError`` if there is no
    such run.

    Attributes:
        name: What messages call the store: the path of its file.
        max_value_bytes: The largest output or flow input that may be stored, in bytes; None for no limit.
    """

    name: str
    max_value_bytes: int | None

    # For engines

    def create(self, run: NewRun, transitions: Sequence[Transition] = ()) -> Future[ClaimedRun]:
        """Create a run that this process executes, and commit its first transitions with it.

        Raises (in the future):
            RunExistsError: The store knows the run already. The error has its `RunRecord`.
        """

    def claim(self, run_id: str) -> Future[ClaimedRun]:
        """Claim a run that has started and not ended, and that no living process executes.

        Tasks that were started are queued again. If the last owner died, instead of giving the run back, each of them
        has one interruption more. A cancellation that was requested is carried out instead, if no process executes it.

        Raises (in the future):
            RunClaimedError: A living process executes it; also this one. The error has its owner.
            RunEndedError: It has ended. The error has its `RunRecord`.
        """

    def commit(self, claim: Claim, transitions: Sequence[Transition]) -> Future[None]:
        """Commit transitions of a run, all or none. With the end of a run, the claim on it ends.

        Raises (in the future):
            RunLostError: Another process has claimed the run, or it was deleted. Nothing was written.
        """

    def reshape(self, claim: Claim, shape: str, fingerprint: str) -> Future[None]:
        """Record that a run continues with another shape of its flow.

        Args:
            claim: The right to execute the run.
            shape: The shape, as JSON.
            fingerprint: What distinguishes it from other shapes of the flow.

        Raises (in the future):
            RunLostError: Another process has claimed the run, or it was deleted. Nothing was written.
        """

    def release(self, claim: Claim) -> Future[None]:
        """Give a run back that has not ended: it is interrupted, and any process can resume it.

        Its started tasks are queued again, without an interruption. If the claim was lost, nothing happens.
        """

    def abandon(self, claim: Claim) -> Future[None]:
        """Leave a run as a process leaves it that dies: the next claim counts its interruptions. For tests."""

    def watch(self, claim: Claim, notify: Callable[[], object]) -> Callable[[], None]:
        """Call a function when another process has asked for something: a cancellation or a delivery.

        It is called in a thread of the store, within a fraction of a second, and also if this process has asked. It may
        be called without a reason. Read the run to find out.

        Returns:
            What ends it.
        """

    def look_up(
        self, claim: Claim, key: CacheKey, on_wait: Callable[[], object] | None = None
    ) -> Future[CachedOutput | None]:
        """Find the output of a task in the cache, or the right to compute it.

        If another task computes the same output, of this run or of another one, in this process or in another one, the
        future is done when that task has ended or when its process has died. A future that is cancelled has claimed
        nothing.

        Args:
            claim: The claim on the run of the task.
            key: What the output depends on.
            on_wait: Called in a thread of the store if another task computes the output, once or several times.

        Returns:
            (in the future) The cached output. None if there is none: then all others wait until a transition of this
            run has the key as its ``cache``, or until this run has no owner.

        Raises (in the future):
            RunLostError: Another process has claimed the run, or it was deleted.
        """

    # For all programs

    def runs(
        self,
        *,
        flow: str | None = None,
        status: RunFilter | None = None,
        since: datetime | timedelta | None = None,
        prefix: str | None = None,
        limit: int | None = None,
        before: str | None = None,
    ) -> Sequence[RunRecord]:
        """Return the newest runs first.

        Args:
            flow: Only runs of the flow with this slug.
            status: Only runs with this status, or that do this.
            since: Only runs that were created since then, or so long ago at most.
            prefix: Only runs whose identifier begins like this.
            limit: At most so many.
            before: Only runs that were created before this run, for the next page.
        """

    def run(self, run_id: str) -> RunRecord:
        """Return a run."""

    def revision(self) -> int:
        """Return a number that is another one if any process has committed anything since it was last asked for.

        It costs next to nothing, so that a program can ask many times a second. Compare it in one thread.
        """

    def steps(self, run_id: str) -> Sequence[StepRecord]:
        """Return the steps of a run that the store knows something of, in the order in which they started."""

    def tasks(
        self,
        run_id: str,
        *,
        step: str | None = None,
        status: TaskStatus | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Sequence[TaskRecord]:
        """Return tasks of a run, in the order of their steps' slugs and of their indices."""

    def failures(self, run_id: str, *, step: str | None = None, limit: int | None = None) -> Sequence[FailureRecord]:
        """Return the attempts of a run that failed or were interrupted, oldest first."""

    def cancel(self, run_id: str) -> RunRecord:
        """Cancel a run. Its process cancels its handlers within a second. If none executes it, it is cancelled now.

        Returns:
            The run: it is cancelled, or the cancellation is requested.

        Raises:
            RunEndedError: It has ended.
        """

    def retry(self, run_id: str, steps: Sequence[str] = ()) -> RunRecord:
        """Make a run that failed or was cancelled ready to be resumed. What has completed is kept.

        Its failed and cancelled tasks are queued again, with new attempts: their next one is the first. The steps that
        are named, and all that depend on them by the shape of the run, begin again; these may also have completed.

        Raises:
            RunClaimedError: A living process executes it.
            UnknownStepError: The run has no such step.
        """

    def deliver(self, run_id: str, step: str, value: object) -> None:
        """Deliver the output of a step that waits for it. When this returns, it is durable.

        Args:
            run_id: Identifier of the run.
            step: Slug of the wait step.
            value: The output. It is validated by the type that the shape of the run has for the step, without the code
                of the flow; ``flow.deliver`` validates with the type itself. A `StoredValue` is taken as it is.

        Raises:
            InvalidDeliveryError: The value is not of the type.
            DeliveryError: The step does not wait: it has its output, or the run has ended. The error says which.
            UnknownStepError: The run has no such step.
        """

    def delete(self, run_id: str) -> None:
        """Delete a run that has ended or that no living process executes. Its identifier is never used again.

        Raises:
            RunClaimedError: A living process executes it.
        """

    def prune(
        self,
        *,
        older_than: timedelta,
        status: RunFilter | None = None,
        flow: str | None = None,
        on_batch: Callable[[int], object] | None = None,
    ) -> int:
        """Delete runs that ended so long ago, in batches, and give the space back. A run that lives is never deleted.

        Cached outputs that have expired are deleted too, of all flows.

        Args:
            older_than: Only runs that ended longer ago. A run that has not ended is kept.
            status: Only runs with this status.
            flow: Only runs of the flow with this slug.
            on_batch: Called after each batch with the number of runs that were deleted so far.

        Returns:
            How many runs were deleted.
        """

    def cached(self, *, flow: str | None = None, step: str | None = None) -> Sequence[CacheRecord]:
        """Return what is cached, by flow and step, in the order of their slugs.

        Args:
            flow: Only outputs of the flow with this slug.
            step: Only outputs of steps with this slug.
        """

    def clear_cache(self, *, flow: str | None = None, step: str | None = None, expired: bool = False) -> int:
        """Delete cached outputs. The runs that have computed or used them keep theirs.

        Args:
            flow: Only outputs of the flow with this slug.
            step: Only outputs of steps with this slug.
            expired: Only outputs that have expired.

        Returns:
            How many were deleted.
        """

    def close(self) -> None:
        """Commit what was asked for, and close the store. Closing it twice does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

"""`RunLog`: what remembers runs, for programs that look at them and administer them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta
    from typing import Self

    from typedflow.stores._records import FailureRecord, RunRecord, StepRecord, TaskRecord, TaskStatus

RunFilter: TypeAlias = Literal[
    "started", "completed", "failed", "cancelled", "running", "interrupted", "retrying", "waiting"
]
"""The statuses of runs, and what a started run does: a living process executes it (``running``) or none does
(``interrupted``), a task of it waits for another attempt (``retrying``), a step of it waits for a delivery
(``waiting``)."""


@runtime_checkable
class RunLog(Protocol):
    """Remembers runs, with their steps, tasks and failures: a store, or the engine on Postgres.

    Every method may be called in any thread, and waits for its result. All of them raise a ``StoreError``, or an
    ``EngineError``, if the runs cannot be read or written, and an ``UnknownRunError`` if there is no such run.

    Attributes:
        name: What messages call it: the path of a file, or the address of a database without a password.
        max_value_bytes: The largest output or flow input that may be stored, in bytes; None for no limit.
    """

    name: str
    max_value_bytes: int | None

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

    def close(self) -> None:
        """Commit what was asked for, and close it. Closing it twice does nothing."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

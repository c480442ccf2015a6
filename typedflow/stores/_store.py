"""`Store`: what remembers runs, for engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from typedflow.stores._run_log import RunLog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from typedflow.stores._cache_records import CachedOutput, CacheKey, CacheRecord
    from typedflow.stores._records import (
        Claim,
        ClaimedRun,
        NewRun,
        Transition,
    )


@runtime_checkable
class Store(RunLog, Protocol):
    """Remembers runs that an engine executes, with its cache. It never sees a handler, and does not use trio.

    Every method may be called in any thread. The methods that return a future write: one thread of the store commits
    what they ask for, in their order, many together. What a future stands for is durable when it is done. Its
    callbacks are called in that thread. The other methods wait for their result.
    """

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

"""Cuts off a run as if its process had died, so that a test can resume it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Final

from typedflow.exceptions import TypedflowError, UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from typedflow.engines._run_options import ResumeOptions
    from typedflow.flow import Flow
    from typedflow.stores import Claim, ClaimedRun, NewRun, Store, Transition

_ENDS: Final = {"completed", "failed", "retrying"}


async def cut_off(
    flow: Flow[Any, Any],
    flow_input: Any,
    *,
    store: Store,
    after: str | None = None,
    before: str | None = None,
    run_id: str | None = None,
    **options: Unpack[ResumeOptions],
) -> str:
    """Run a flow, and cut the run off at a point, as if its process had been killed there. Return its run_id.

    The store knows what it would know after a kill. Handlers that are under way are cancelled, and what they do from
    then on is not stored. Resume it with ``await flow.resume(run_id, store=store)``, and see that nothing that had
    completed is executed again::

        run_id = await cut_off(flow, {"url": "..."}, store=MemoryStore(), after="download")
        outputs = await flow.resume(run_id, store=store)

    Args:
        flow: The flow.
        flow_input: The flow input.
        store: What remembers the run.
        after: Slug of a step: the run is cut off when it has completed, before anything follows from that.
        before: Slug of a step: the run is cut off when a handler of it has ended, before that is stored.
        run_id: Identifier of the run.
        **options: See `typedflow.ResumeOptions`.

    Raises:
        TypeError: Neither or both of ``after`` and ``before`` are given.
        UnknownStepError: The flow has no such step.
        AssertionError: The run ended before it reached that point.
    """
    slug = after if before is None else before
    if slug is None or (after is not None and before is not None):
        raise TypeError('cut_off() needs one of after="step" and before="step".')
    slugs = tuple(step.slug for step in flow.definition.steps)
    if slug not in slugs:
        raise UnknownStepError(flow.definition.slug, slug, slugs)
    is_map = flow.definition[slug].over is not None
    ends = ("step" if is_map else "task", {"completed"}) if before is None else ("task", _ENDS)

    def is_point(changes: Sequence[Transition]) -> bool:
        return any(each.subject == ends[0] and each.status in ends[1] and each.step == slug for each in changes)

    mortal = MortalStore(store, is_point, is_stored=before is None)
    try:
        await flow.run(flow_input, run_id=run_id, store=mortal, **options)
    except CutOffError:
        return mortal.run_id
    raise AssertionError(f'flow "{flow.definition.slug}": the run completed without an execution of step "{slug}".')


class CutOffError(TypedflowError):
    """A run was cut off for a test. Nothing that it does is stored any more."""

    def __str__(self) -> str:
        return "the run was cut off for a test."


class MortalStore:
    """A store for one run, which stops to remember it at some point, as if the process had died.

    Args:
        store: What remembers the run until then.
        is_point: Returns whether that is so, given the transitions of a commit.
        is_stored: Whether that commit is still stored.

    Attributes:
        run_id: Identifier of the run.
        commits: How many commits were stored.
        is_cut: Whether the run was cut off.
    """

    def __init__(self, store: Store, is_point: Callable[[Sequence[Transition]], bool], *, is_stored: bool) -> None:
        self.run_id = ""
        self.commits = 0
        self.is_cut = False
        self._store = store
        self._is_point = is_point
        self._is_stored = is_stored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def create(self, run: NewRun, transitions: Sequence[Transition] = ()) -> Future[ClaimedRun]:
        """Create the run."""
        self.run_id = run.run_id
        return self._cut(lambda: self._store.create(run, transitions), transitions)

    def claim(self, run_id: str) -> Future[ClaimedRun]:
        """Claim the run."""
        self.run_id = run_id
        return self._store.claim(run_id)

    def commit(self, claim: Claim, transitions: Sequence[Transition]) -> Future[None]:
        """Commit transitions, unless the run was cut off."""
        return self._cut(lambda: self._store.commit(claim, transitions), transitions)

    def release(self, claim: Claim) -> Future[None]:
        """Give the run back, unless it was cut off: then it seems to belong to a process that has died."""
        return self._store.abandon(claim) if self.is_cut else self._store.release(claim)

    def _cut(self, write: Callable[[], Future[Any]], transitions: Sequence[Transition]) -> Future[Any]:
        was_cut = self.is_cut
        self.commits += bool(transitions)
        self.is_cut |= bool(transitions) and self._is_point(transitions)
        if not self.is_cut:
            return write()
        if not was_cut and self._is_stored:
            write().result()
        return _failed()


def _failed() -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(CutOffError())
    return future

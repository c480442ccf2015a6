"""Runs a flow with a store, cuts the run off after some commits as if its process had died, and resumes it."""

from __future__ import annotations

import math
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Unpack
from unittest import mock

import trio
from typing_extensions import override

from tests.conformance.runner import Outcome, ended
from typedflow.engines._local import clock
from typedflow.engines._local.runs import execute, resume
from typedflow.listeners import inline
from typedflow.stores import MemoryStore
from typedflow.testing import CutOffError, VirtualClock
from typedflow.testing._cut_off import MortalStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from concurrent.futures import Future

    from typedflow import Event, FlowDefinition, RunOptions
    from typedflow.stores import Store, Transition

_RESUMED = {"max_concurrency", "listeners", "resources"}


class DyingStore(MortalStore):
    """Stores so many commits of a run, unless one of them ends it, and no more.

    The last commit still succeeds, so its events are heard. Whoever hears them has to cancel the run.
    """

    def __init__(self, store: Store, commits: int) -> None:
        super().__init__(store, lambda _: self.commits >= commits, is_stored=True)

    @override
    def _cut(self, write: Callable[[], Future[Any]], transitions: Sequence[Transition]) -> Future[Any]:
        if self.is_cut:
            return super()._cut(write, transitions)
        if not any(change.subject == "run" for change in transitions):
            self.commits += bool(transitions)
            self.is_cut = bool(transitions) and self._is_point(transitions)
        return write()


class CuttingOff:
    """Runs flows, each of them cut off after the same number of commits, and resumed.

    Args:
        commits: How many commits are stored before that.
        open_store: Opens a store for each run.
    """

    def __init__(self, commits: int, open_store: Callable[[], Store] = MemoryStore) -> None:
        self._commits = commits
        self._open_store = open_store

    def __call__(
        self,
        definition: FlowDefinition,
        flow_input: object = None,
        *,
        cancel_after: float = math.inf,
        **options: Unpack[RunOptions],
    ) -> Outcome:
        """Run a flow, cut the run off, and resume it."""
        with self._open_store() as store, _virtual_wall_clock():
            dying = DyingStore(store, self._commits)
            scope = trio.CancelScope()
            heard: list[Event] = []

            def hear(event: Event) -> None:
                if dying.is_cut:
                    scope.cancel()
                is_end_of_run = event.subject == "run" and event.status != "started"
                if not dying.is_cut or (event.status != "cancelled" and not is_end_of_run):
                    heard.append(event)  # the others show how the process died

            async def begin() -> Any:
                with scope:
                    return await execute(definition, flow_input, **_heard_by(hear, options), store=dying)

            outcome = _lived(begin, cancel_after, 0.0)
            if not dying.is_cut:
                outcome.events.extend(heard)
                return outcome
            first, heard[:] = _without_interrupted(heard), []
            others: Any = {name: value for name, value in options.items() if name in _RESUMED}

            async def go_on() -> Any:
                return await resume(definition, dying.run_id, store, **_heard_by(heard.append, others))

            outcome = _lived(go_on, max(0.0, cancel_after - outcome.took), outcome.took)
            outcome.events.extend([*first, *heard[1:]])  # the run has started once
            return outcome


def _heard_by(listener: Callable[[Event], object], options: RunOptions) -> Any:
    return {**options, "listeners": [inline(listener), *options.get("listeners", ())]}


def _lived(work: Callable[[], Awaitable[Any]], cancel_after: float, now: float) -> Outcome:
    """Return how a run ended in one process, whose virtual clock begins at some time."""
    outcome = Outcome("cancelled")

    async def run() -> None:
        with trio.move_on_after(cancel_after):
            try:
                outcome.outputs = await work() or {}
                outcome.status = "completed"
            except CutOffError:
                pass

    virtual = VirtualClock()
    virtual.jump(now)
    return ended(run, outcome, virtual)


def _without_interrupted(events: Sequence[Event]) -> list[Event]:
    """Leave out the attempts that have not ended: they are executed again."""
    ends = {(each.step, each.task_index, each.attempt) for each in events if each.status != "started"}
    return [
        each
        for each in events
        if each.parent is None
        and (each.subject != "task" or each.status != "started" or (each.step, each.task_index, each.attempt) in ends)
    ]


@contextmanager
def _virtual_wall_clock() -> Iterator[None]:
    """Let the wall clock be trio's, so that delays go on where they were."""
    with mock.patch.object(clock, "time", SimpleNamespace(time=trio.current_time)):
        yield

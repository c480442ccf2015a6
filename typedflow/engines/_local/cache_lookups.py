"""`CacheLookups`: the tasks of a run that are looked up in the cache of its store before they start."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from typedflow.engines._cache_keys import CacheKeys
from typedflow.engines._calls_elsewhere import begin_elsewhere, end_elsewhere
from typedflow.exceptions import StoredValueError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from typedflow.engines._encoding import Encoding
    from typedflow.engines._local.journal import Journal
    from typedflow.engines._local.schedule import Schedule
    from typedflow.engines._tasks.plan import PlannedStep, Task
    from typedflow.stores import CachedOutput, CacheKey, Claim, Store


class CacheLookups:
    """Looks tasks up in the cache of a store, one look-up for each attempt.

    A task whose output is there completes without having started. Any other one is ready again, and no other task
    computes its output meanwhile. Until the store has answered, a task takes up none of the run's places: the task that
    it waits for may need one.

    Args:
        store: The store.
        encoding: How its values are stored.
        schedule: The state of the run.
        journal: What commits the transitions of the run.
        on_answer: Called after each answer, in trio.
    """

    def __init__(
        self,
        store: Store,
        encoding: Encoding,
        *,
        schedule: Schedule,
        journal: Journal,
        on_answer: Callable[[], object],
    ) -> None:
        self._store = store
        self._keys = CacheKeys(encoding.definition, schedule.flow_input)
        self._encoding = encoding
        self._schedule = schedule
        self._journal = journal
        self._on_answer = on_answer
        self._token = trio.lowlevel.current_trio_token()
        self._unasked: list[Task] = []
        self._asked: dict[Task, Future[CachedOutput | None]] = {}
        self._counted: set[Task] = set()
        self._answered: dict[Task, CacheKey] = {}

    def may_start(self, task: Task) -> bool:
        """Return whether a task may start now: its output is not in the cache. If not, it is looked up."""
        if task in self._answered or not self._is_needed(task):
            return True
        self._unasked.append(task)
        self.ask()
        return False

    def begin(self, task: Task) -> None:
        """Have the output of a task that starts cached when the task completes."""
        if (key := self._answered.pop(task, None)) is not None:
            self._journal.transitions.cache_keys[task[0].slug, task[1]] = key

    def ask(self) -> None:
        """Look up the tasks that wait for it, as soon as the store knows the run."""
        claim = self._journal.claim
        if claim is None:
            self._journal.create()
        if claim is None or self._journal.error is not None:
            return
        unasked, self._unasked = self._unasked, []
        try:
            for task in unasked:
                self._ask(claim, task)
        except Exception as error:  # noqa: BLE001  another store may raise anything
            self._journal.fail(error)

    def _ask(self, claim: Claim, task: Task) -> None:
        step, index, _ = task
        key = self._keys.key(step.definition, index, self._schedule.outputs)
        future = self._store.look_up(claim, key, partial(self._call, self._uncount, task))
        self._asked[task] = future
        begin_elsewhere()
        self._counted.add(task)
        future.add_done_callback(partial(self._call, self._answer, task, key))

    def forget(self, step: PlannedStep) -> None:
        """Look up the tasks of a step no longer: its output is not needed any more."""
        self._unasked = [task for task in self._unasked if task[0] is not step]
        for task in [task for task in self._asked if task[0] is step]:
            self._cancel(task)
        for task in [task for task in self._answered if task[0] is step]:
            self._journal.give_up(task, self._answered.pop(task))

    def stop(self) -> None:
        """Look up nothing any more."""
        self._unasked.clear()
        for task in list(self._asked):
            self._cancel(task)

    def _cancel(self, task: Task) -> None:
        self._asked.pop(task).cancel()
        self._uncount(task)

    def _call(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call a function in trio, from a thread of the store."""
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(function, *arguments)

    def _uncount(self, task: Task) -> None:
        """Let a virtual clock move, although the store has not answered yet: it waits for another task."""
        if task in self._counted:
            self._counted.discard(task)
            end_elsewhere()

    def _answer(self, task: Task, key: CacheKey, future: Future[CachedOutput | None]) -> None:
        self._uncount(task)
        if self._asked.pop(task, None) is None:  # it was forgotten, but perhaps too late
            if not future.cancelled() and future.exception() is None and future.result() is None:
                self._journal.give_up(task, key)
                self._on_answer()
            return
        if (error := future.exception()) is not None:
            self._journal.fail(error)
            return
        found = future.result()
        if found is None or not self._use(task, found):
            self._answered[task] = key
            self._schedule.ready.append(task)
        self._on_answer()

    def _is_needed(self, task: Task) -> bool:
        return self._schedule.statuses[task[0].index] in {"created", "started"}

    def _use(self, task: Task, found: CachedOutput) -> bool:
        """Complete a task with a cached output. Return False if it cannot be decoded: its codec is missing."""
        try:
            output = self._encoding.output_from_store(task[0].slug, found.output)
        except StoredValueError:
            return False
        self._journal.transitions.keep(task, found.output)
        self._schedule.complete_from_cache(task, output, found.run_id)
        return True

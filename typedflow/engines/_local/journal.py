"""The journal of a run that a store remembers."""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

import trio

from typedflow.engines._calls_elsewhere import begin_elsewhere, end_elsewhere
from typedflow.engines._local import waiting
from typedflow.engines._local.calls_from_store import CallsFromStore
from typedflow.engines._local.stored_transitions import StoredTransitions
from typedflow.engines._stored_error import stored_error
from typedflow.exceptions import DeliveryError, RunLostError, StoredValueError, StoreError
from typedflow.stores import NewRun, Transition

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from contextvars import Context

    from typedflow.engines._encoding import Encoding
    from typedflow.engines._local.schedule import Schedule
    from typedflow.engines._tasks.plan import PlannedStep, Task
    from typedflow.event import Event
    from typedflow.stores import CacheKey, Claim, ClaimedRun, Store, StoredValue


T = TypeVar("T")


class Journal:
    """Commits what happens in a run, before any other process or listener can know of it.

    The schedule makes its transitions in memory and never waits. The journal keeps what would show them: it holds each
    task that starts until its start, and all that happened before, is committed; only then its handler may be called.
    Listeners receive an event when it is committed. One commit at a time is under way, and the next one takes all that
    has happened meanwhile. So "a completed, and b started" is one commit, however fast the disk is.

    To hold back the transitions themselves was tried before: the end of a step was one commit, and the start of its
    dependents another, so a chain took twice as long. tests/conformance shows that every case gives the same events,
    and tests/checks/kills that no handler starts too early.

    Attributes:
        startable: Tasks whose handlers may be called now, with the context variables for them.
        error: Why a commit failed; None if none has. Nothing is committed any more.
        transitions: Makes transitions of the events.

    Args:
        store: What remembers the run.
        encoding: How its values are stored.
        schedule: The state of the run.
        run: The claim on it, or the run itself if it is yet to be created.
        emit: Gives an event to the listeners.
        on_commit: Called after each commit, in trio, also if it failed.
        on_delivery: Called in trio with the slug of a wait step whose output was delivered.
    """

    def __init__(
        self,
        store: Store,
        encoding: Encoding,
        schedule: Schedule,
        run: Claim | NewRun,
        *,
        emit: Callable[[Event], object] | None,
        on_commit: Callable[[], object],
        on_delivery: Callable[[str], object],
    ) -> None:
        self.startable: deque[tuple[Task, Context]] = deque()
        self.error: BaseException | None = None
        self.transitions = StoredTransitions(store, encoding, schedule)
        self._store = store
        self._encoding = encoding
        self._schedule = schedule
        self._run = run
        self._emit = emit
        self._on_commit = on_commit
        self._on_delivery = on_delivery
        self._looking = 0
        self._expired: deque[tuple[Task, BaseException]] = deque()
        self._token = trio.lowlevel.current_trio_token()
        self._calls = CallsFromStore.of_this_program()
        self._pending = _Batch()
        self._committing: _Batch | None = None
        self._idle = trio.lowlevel.ParkingLot()
        self._cancel: Callable[[], object] | None = None
        self._stop_watching: Callable[[], None] | None = None

    @property
    def claim(self) -> Claim | None:
        """The claim on the run; None until it is created."""
        return None if isinstance(self._run, NewRun) else self._run

    def on_cancel(self, cancel: Callable[[], object]) -> None:
        """Call a function in trio when the run is cancelled in its store, also from another process."""
        self._cancel = cancel
        self._watch()

    # What happens

    def give_up(self, task: Task, key: CacheKey) -> None:
        """Record that a task that was looked up in the cache will not start. Others may compute its output."""
        step, index, attempt = task
        cancelled = Transition("task", "cancelled", time.time(), step.slug, index, attempt - 1, cache=key)
        self._pending.transitions.append(cancelled)

    def record(self, event: Event, context: Context) -> None:
        """Record a transition. Its listeners receive the event when it is committed."""
        if self.error is not None:
            if self._emit is not None:
                context.run(self._emit, event)
            return
        transition = self.transitions.of(event)
        if transition is not None:
            self._pending.transitions.append(transition)
        if self._emit is not None:
            self._pending.events.append((event, context))

    def queue(self, step: PlannedStep, now: float) -> None:
        """Record that the condition of a step is met, and when its start delay is over."""
        due = now + step.options.start_delay if step.options.start_delay else None
        self._pending.transitions.append(Transition("task", "queued", now, step.slug, 0, 1, due=due))

    def hold(self, task: Task, context: Context) -> None:
        """Hold a task that has started until that is committed."""
        self._pending.tasks.append((task, context))

    def expire(self, task: Task, error: BaseException) -> None:
        """Let a wait step fail, because its timeout is over. If its output is in the store by then, that counts."""
        self._expired.append((task, error))
        self.submit()

    def held(self) -> list[Task]:
        """Take all tasks that have started, and whose handlers have not been called."""
        batches = [batch for batch in (self._committing, self._pending) if batch is not None]
        found = [task for batch in batches for task, _ in batch.tasks]
        for batch in batches:
            batch.tasks.clear()
        found[:0] = [task for task, _ in self.startable]
        self.startable.clear()
        return found

    # Commits

    def submit(self) -> None:
        """Have all that has happened committed, unless a commit is under way: then when it has ended."""
        if self._committing is not None or self.error is not None:
            return
        batch = self._pending
        if batch:
            self._pending = _Batch()
        elif self._expired and not self._schedule.is_over:
            batch = _Expiry(*self._expired.popleft())
        else:
            return
        self._committing = batch
        begin_elsewhere()
        try:
            future: Future[Any]
            if isinstance(self._run, NewRun):
                future = self._store.create(self._run, batch.transitions)
            else:
                future = self._store.commit(self._run, batch.transitions)
        except BaseException as error:  # noqa: BLE001  a store may raise anything
            self._end_commit(batch, None, error)
        else:
            future.add_done_callback(partial(self._call_back, batch))

    def create(self) -> None:
        """Have the run created with the next commit, although nothing has happened in it."""
        self._pending.is_needed = True

    async def flush(self) -> None:
        """Wait until all that has happened is committed, or a commit has failed."""
        self.submit()
        while self._committing is not None:
            await self._idle.park()
            self.submit()

    async def release(self) -> None:
        """Give the run back if it has not ended: any process may resume it immediately."""
        self._cancel = None
        if self._stop_watching is not None:
            self._stop_watching()
        while self._looking:
            await self._idle.park()
        if isinstance(self._run, NewRun) or isinstance(self.error, RunLostError):
            return
        if self.transitions.has_ended and self.error is None:
            return
        with suppress(Exception):  # if the store cannot be written, the claim ends with its lease
            await committed(self._store.release(self._run))

    def _watch(self) -> None:
        if not isinstance(self._run, NewRun):
            self._stop_watching = self._store.watch(self._run, self._look)
            if self._schedule.plan.deliveries:
                self._look_soon()

    def _look(self) -> None:
        """Look whether the run was cancelled, or delivered to it. Called in a thread of the store."""
        run_id = self._schedule.events.run_id
        with suppress(StoreError, trio.RunFinishedError):
            if self._store.run(run_id).cancel_requested_at is not None:
                self._token.run_sync_soon(self._end_for_good)
            for slug in self._schedule.deliveries.missing():
                for task in self._store.tasks(run_id, step=slug, status="completed"):
                    self._token.run_sync_soon(partial(self.receive, slug, cast("StoredValue", task.output)))

    def _look_soon(self) -> None:
        """Look in a thread, because the store may be busy. `release` waits for it."""
        self._looking += 1
        begin_elsewhere()
        trio.lowlevel.start_thread_soon(self._look, lambda _: self._token.run_sync_soon(self._end_look))

    def _end_look(self) -> None:
        end_elsewhere()
        self._looking -= 1
        self._idle.unpark_all()

    def receive(self, slug: str, stored: StoredValue) -> None:
        """Take what the store has accepted for a wait step, unless it was taken before."""
        schedule = self._schedule
        if slug not in schedule.deliveries.missing():
            return
        try:
            schedule.deliveries.accept(slug, self._encoding.output_from_store(slug, stored))
        except StoredValueError as error:
            waiting.fail(schedule, schedule.plan.by_slug[slug], error)
        self._on_delivery(slug)

    def _end_for_good(self) -> None:
        if self._cancel is not None:
            self.transitions.is_cancelling = True
            self._cancel()

    def _call_back(self, batch: _Batch, future: Future[Any]) -> None:
        """Continue in trio, from the thread of the store."""
        self._calls.call_soon(partial(self._end_commit, batch, future))

    def _end_commit(self, batch: _Batch, future: Future[Any] | None, error: BaseException | None = None) -> None:
        end_elsewhere()
        self._committing = None
        error = future.exception() if future is not None else error
        if isinstance(batch, _Expiry) and isinstance(error, DeliveryError):
            self._look_soon()
            batch.is_late = True
            error = None
        if error is None:
            try:
                self._follow(batch, future)
            except BaseException as raised:  # noqa: BLE001  a KeyboardInterrupt of a listener; the run raises it
                error = raised
        if error is not None:
            self._interrupt(error)
        self._idle.unpark_all()
        self._on_commit()

    def fail(self, error: BaseException) -> None:
        """End the run, because its store could not be asked."""
        if self.error is None:
            self._interrupt(error)
            self._on_commit()

    def _interrupt(self, error: BaseException) -> None:
        self.error = error.with_traceback(None)
        self._schedule.interrupt(self.error)

    def _follow(self, batch: _Batch, future: Future[Any] | None) -> None:
        """Let listeners know what is committed, and release the tasks that were held."""
        if isinstance(self._run, NewRun) and future is not None:
            created: ClaimedRun = future.result()
            self._run = created.claim
            self._watch()
        for event, context in batch.events:
            context.run(self._emit, event)  # type: ignore[arg-type]  # there are none without it
        self.startable.extend(batch.tasks)
        batch.tasks.clear()
        if isinstance(batch, _Expiry) and not batch.is_late:
            waiting.fail(self._schedule, batch.task[0], batch.error)


class _Batch:
    """What is committed together."""

    __slots__ = ("events", "is_needed", "tasks", "transitions")

    def __init__(self) -> None:
        self.is_needed = False
        self.transitions: list[Transition] = []
        self.events: list[tuple[Event, Context]] = []
        self.tasks: list[tuple[Task, Context]] = []

    def __bool__(self) -> bool:
        return bool(self.transitions or self.events or self.tasks) or self.is_needed


class _Expiry(_Batch):
    """The failure of a wait step whose timeout is over.

    Attributes:
        task: Its task.
        error: Why it fails.
        is_late: Whether its output was delivered before.
    """

    __slots__ = ("error", "is_late", "task")

    def __init__(self, task: Task, error: BaseException) -> None:
        super().__init__()
        self.task = task
        self.error = error
        self.is_late = False
        step, index, attempt = task
        failed = Transition("task", "failed", time.time(), step.slug, index, attempt, error=stored_error(error))
        self.transitions.append(failed)


async def committed(future: Future[T]) -> T:
    """Wait until a store has committed something, and return its result. It is not interrupted by a cancellation."""
    has_ended = trio.Event()
    token = trio.lowlevel.current_trio_token()

    def call_back(_: object) -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(has_ended.set)

    begin_elsewhere()
    try:
        future.add_done_callback(call_back)
        with trio.CancelScope(shield=True):
            await has_ended.wait()
    finally:
        end_elsewhere()
    return future.result()

"""Makes the events of a run, and gives them to what consumes them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from typedflow.engines._run_id import new_run_id
from typedflow.engines._tasks.surrounding import surrounding_of
from typedflow.event import Event, new_event

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from typedflow.engines._listening import Listeners
    from typedflow.engines._local.clock import Clock
    from typedflow.engines._tasks.plan import PlannedStep, Task
    from typedflow.event import SkipReason, Status, Subject

Consumer: TypeAlias = "Callable[[Event], object]"
"""Receives each event."""


class Recorder(Protocol):
    """Receives each transition before others can know of it: the journal of a stored run."""

    def record(self, event: Event, context: Context) -> None:
        """Record a transition, and pass its event on when that is committed."""

    def queue(self, step: PlannedStep, now: float) -> None:
        """Record that a step will start, perhaps after its start delay."""

    def expire(self, task: Task, error: BaseException) -> None:
        """Record that nothing was delivered to a wait step, unless it was delivered meanwhile."""


# A handler in a thread may ask for the identifier of its run, too.
_lock: Final = threading.Lock()


class Emitter:
    """Makes an event of each transition of one run.

    The identifier of a run that the caller did not name is made when it is first asked for: it takes a twentieth of the
    time of a short run, and many runs do not need it.

    Attributes:
        consumer: Receives each event, in the context of the run's caller or of the task that starts. May be None.
        journal: Receives each event instead of the consumer, if a store remembers the run.
        listeners: The listeners of the run, which also receive the events of the runs that its handlers start; None
            when the run has ended.
        context: The context variables of the run's caller.
        parent: The task whose handler has started the run, if one has.
    """

    __slots__ = ("_clock", "_flow", "_run_id", "consumer", "context", "journal", "listeners", "parent")

    def __init__(
        self, flow: str, run_id: str | None, consumer: Consumer | None, clock: Clock, context: Context
    ) -> None:
        self.consumer = consumer
        self.journal: Recorder | None = None
        self.listeners: Listeners | None = None
        surrounding = surrounding_of(context)
        self.parent = None if surrounding is None else surrounding.parent()
        self._flow = flow
        self._run_id = run_id if run_id is not None or consumer is None else new_run_id()
        self._clock = clock
        self.context = context

    @property
    def run_id(self) -> str:
        """Identifier of the run: the caller's, or a UUID."""
        with _lock:
            if self._run_id is None:
                self._run_id = new_run_id()
            return self._run_id

    def emit(  # noqa: PLR0917  called for every event, and keyword-only parameters cost time
        self,
        subject: Subject,
        status: Status,
        step: PlannedStep | None = None,
        task_index: int | None = None,
        attempt: int | None = None,
        error: BaseException | None = None,
        reason: SkipReason | None = None,
        delay: float | None = None,
        items: int | None = None,
        output: object = None,
        input_: object = None,
        context: Context | None = None,
        cached_from: str | None = None,
    ) -> None:
        """Give an event to the journal or to the consumer."""
        consumer = self.consumer
        if consumer is None:
            return
        clock = self._clock
        slug = None if step is None else step.slug
        event = new_event(Event, (
            subject, status, self._flow, self._run_id, slug, task_index, attempt, clock.time, clock.monotonic, error,
            reason, delay, items, output, input_, self.parent, cached_from,
        ))  # fmt: skip
        context = self.context if context is None else context
        if self.journal is None:
            context.run(consumer, event)
        else:
            self.journal.record(event, context)

    def queue(self, step: PlannedStep) -> None:
        """Have the journal record that a step will start, perhaps after its start delay. There is no event for that."""
        if self.journal is not None:
            self.journal.queue(step, self._clock.time)

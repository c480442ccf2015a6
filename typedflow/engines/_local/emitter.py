"""Makes the events of a run, and gives them to what consumes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from typedflow.event import Event, new_event

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Context

    from typedflow.engines._local.clock import Clock
    from typedflow.engines._local.plan import PlannedStep
    from typedflow.event import SkipReason, Status, Subject

Consumer: TypeAlias = "Callable[[Event], object]"
"""Receives an event before anything follows from it. True holds back the end of an attempt or a skip: see
`Schedule.proceed`."""


class Emitter:
    """Makes an event of each transition of one run.

    Attributes:
        consumer: Receives each event, in the context of the run's caller or of the task that starts. May be None.
        context: The context variables of the run's caller.
    """

    __slots__ = ("_clock", "_flow", "_run_id", "consumer", "context")

    def __init__(self, flow: str, run_id: str, consumer: Consumer | None, clock: Clock, context: Context) -> None:
        self.consumer = consumer
        self._flow = flow
        self._run_id = run_id
        self._clock = clock
        self.context = context

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
    ) -> bool:
        """Give an event to the consumer. Return whether the consumer holds it back."""
        consumer = self.consumer
        if consumer is None:
            return False
        clock = self._clock
        slug = None if step is None else step.slug
        event = new_event(Event, (
            subject, status, self._flow, self._run_id, slug, task_index, attempt, clock.time, clock.monotonic, error,
            reason, delay, items, output, input_,
        ))  # fmt: skip
        return (self.context if context is None else context).run(consumer, event) is True

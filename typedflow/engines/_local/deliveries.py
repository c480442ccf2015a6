"""What was delivered to the wait steps of a run, and what may still be."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from typedflow.engines._delivery import no_wait_step
from typedflow.exceptions import DeliveryError, UnknownStepError

if TYPE_CHECKING:
    from typedflow.engines._local.emitter import Emitter
    from typedflow.engines._tasks.plan import Plan


# One for all runs, because to make one for each takes a hundredth of the time of a short run.
_lock: Final = threading.Lock()


class Deliveries:
    """The deliveries of one run.

    Any thread may deliver. So it is decided here, under a lock, and not in the schedule whether a delivery counts: what
    was accepted is used, also if the timeout of the step ends in the same moment.
    """

    __slots__ = ("_events", "_plan", "_refused", "_taken", "_values")

    def __init__(self, plan: Plan, events: Emitter) -> None:
        self._plan = plan
        self._events = events
        self._values: dict[str, Any] = {}
        self._taken: set[str] = set()
        self._refused: dict[str, str] = {}

    def validated(self, slug: str, value: object) -> Any:
        """Return a value for a wait step as pydantic validates it.

        Raises:
            UnknownStepError: The flow has no such step.
            DeliveryError: It is not a wait step.
            InvalidDeliveryError: The value is not of the type that the step declares.
        """
        plan = self._plan
        if slug not in plan.by_slug:
            raise UnknownStepError(plan.flow, slug, tuple(plan.by_slug))
        run_id = self._events.run_id
        if slug not in plan.deliveries:
            raise DeliveryError(None, run_id, slug, no_wait_step(plan.deliveries))
        return plan.deliveries[slug](run_id, value)

    def put(self, slug: str, value: object) -> None:
        """Accept the output of a wait step, also before the step begins to wait.

        Raises:
            UnknownStepError: The flow has no such step.
            DeliveryError: The step does not wait. The error says why.
            InvalidDeliveryError: The value is not of the type that the step declares.
        """
        valid = self.validated(slug, value)
        with _lock:
            why = "its output was delivered already." if slug in self._values else self._refused.get(slug)
            if why is not None:
                raise DeliveryError(None, self._events.run_id, slug, why)
            self._values[slug] = valid

    def accept(self, slug: str, value: object) -> None:
        """Accept what the store of the run has accepted."""
        with _lock:
            self._values.setdefault(slug, value)

    def missing(self) -> list[str]:
        """List the wait steps to which nothing was delivered."""
        return [slug for slug in self._plan.deliveries if slug not in self._values]

    def is_there(self, slug: str) -> bool:
        """Return whether there is a delivery for a step, which it did not take yet."""
        return slug in self._values and slug not in self._taken

    def take(self, slug: str) -> Any:
        """Return what was delivered to a step."""
        self._taken.add(slug)
        return self._values[slug]

    def refuse(self, slug: str, why: str) -> bool:
        """Accept nothing more for a step. Return False if its output was delivered already."""
        with _lock:
            if slug not in self._values:
                self._refused.setdefault(slug, why)
            return slug not in self._values

    def refuse_all(self, why: str) -> None:
        """Accept nothing more for any step."""
        for slug in self._plan.deliveries:
            self.refuse(slug, why)

"""What a store is given of the events of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.engines._stored_error import stored_error
from typedflow.stores import Transition

if TYPE_CHECKING:
    from typedflow.engines._encoding import Encoding
    from typedflow.engines._local.schedule import Schedule
    from typedflow.engines._tasks.plan import Task
    from typedflow.event import Event
    from typedflow.stores import CacheKey, Store, StoredError, StoredValue


class StoredTransitions:
    """Makes transitions, as they are stored, of the events of one run.

    Attributes:
        is_cancelling: Whether the run is cancelled for good. Otherwise, a cancellation only interrupts it.
        has_ended: Whether the run has ended for good.
        cache_keys: Under what tasks were looked up in the cache, by slug and index. Their outputs are cached.

    Args:
        store: What remembers the run.
        encoding: How its values are stored.
        schedule: The state of the run.
    """

    def __init__(self, store: Store, encoding: Encoding, schedule: Schedule) -> None:
        self.is_cancelling = False
        self.has_ended = False
        self.cache_keys: dict[tuple[str | None, int | None], CacheKey] = {}
        self._store = store
        self._encoding = encoding
        self._schedule = schedule
        self._encoded: dict[tuple[str | None, int | None], StoredValue] = {}
        self._last_error: tuple[BaseException, StoredError] | None = None

    def encode(self, task: Task, output: object) -> None:
        """Encode the output of a task that will complete.

        Raises:
            UnstorableValueError: It cannot be stored.
        """
        step, index, _ = task
        self._encoded[step.slug, index] = self._encoding.output_to_store(step.slug, output, self._store.max_value_bytes)

    def keep(self, task: Task, output: StoredValue) -> None:
        """Use again what is stored of an output, for a task that will complete."""
        self._encoded[task[0].slug, task[1]] = output

    def of(self, event: Event) -> Transition | None:
        """Return what is stored of an event; None if nothing is."""
        subject, status, step = event.subject, event.status, event.step
        if subject == "task":
            return self._of_task(event)
        if subject == "run":
            self.has_ended = status != "started" and self.ends_for_good(status)
            return Transition("run", status, event.time, error=self._error(event)) if self.has_ended else None
        planned = self._schedule.plan.by_slug[step or ""]
        is_of_map = planned.is_map and status in {"started", "completed"}
        if status == "skipped" or is_of_map or (status == "failed" and self.ends_for_good(status)):
            error, reason, items = self._error(event), event.reason, event.items
            return Transition("step", status, event.time, step, error=error, reason=reason, items=items)
        return None  # what its only task says

    def _of_task(self, event: Event) -> Transition | None:
        status, step, index = event.status, event.step, event.task_index
        output = self._encoded.pop((step, index), None) if self._encoded else None
        key = self.cache_keys.pop((step, index), None) if self.cache_keys and status != "started" else None
        schedule = self._schedule
        if schedule.plan.by_slug[step or ""].validate_delivery is not None and status in {"completed", "failed"}:
            return None  # the store knows it from the delivery, or from `expire`
        if status == "cancelled":
            is_needed = schedule.statuses[schedule.plan.by_slug[step or ""].index] == "started"
            if is_needed and not self.ends_for_good(status):
                return None  # it begins again when the run is resumed
        elif status == "failed" and not self.ends_for_good(status):
            return None
        if status != "completed":
            output = None
        due = None if event.delay is None else event.time + event.delay
        error = self._error(event)
        return Transition(
            "task",
            status,
            event.time,
            step,
            index,
            event.attempt,
            output,
            error,
            due=due,
            cache=key,
            cached_from=event.cached_from,
        )

    def ends_for_good(self, status: str) -> bool:
        """Return whether what ends with this status has ended, and does not continue when the run is resumed."""
        if status == "completed" or self.is_cancelling:
            return True
        is_interrupted = self._schedule.is_interrupted
        return not is_interrupted and (status == "failed" or self._schedule.failure is not None)

    def _error(self, event: Event) -> StoredError | None:
        error = event.error
        if error is None:
            return None
        if self._last_error is None or self._last_error[0] is not error:
            self._last_error = error, stored_error(error)
        return self._last_error[1]

"""`Flights`: the tasks that a worker executes."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from typedflow.engines._tasks.task_call import TaskCall
    from typedflow.engines.pgflow._turn import ClaimedTask, TaskKey


class Room:
    """How many more tasks a worker may execute, whose flows share it.

    Attributes:
        size: How many it may execute in all.
        free: How many more.
    """

    def __init__(self, size: int) -> None:
        self.size = self.free = size

    @property
    def is_left(self) -> bool:
        """Whether one more task may be executed."""
        return self.free > 0

    def take(self, most: int) -> int:
        """Reserve as many as there are, and return how many that is."""
        taken = max(0, min(most, self.free))
        self.free -= taken
        return taken

    def give_back(self, count: int) -> None:
        """Return some that are not needed any more."""
        self.free += count


@dataclass(eq=False)
class Flight:
    """A task that is executed, or about to be.

    Attributes:
        task: The task.
        call: Its call.
        mark: What is stored in the place of its output, if its step is skipped meanwhile.
        extended_at: When its message was last kept from other workers, by the monotonic clock.
    """

    task: ClaimedTask
    call: TaskCall
    mark: str | None = None
    extended_at: float = field(default_factory=time.monotonic)


class Flights:
    """The tasks that a worker executes for one flow, until the database knows how they ended.

    Everything is called in trio, but for `listed`.
    """

    def __init__(self) -> None:
        self._flights: dict[TaskKey, Flight] = {}

    def listed(self) -> list[Flight]:
        """List them, in any thread."""
        return list(self._flights.copy().values())

    def begin(self, task: ClaimedTask, call: TaskCall) -> Flight:
        """Add a task. If it was taken from this worker and is here again, its earlier attempt is dropped."""
        if task.key in self._flights:
            self._flights[task.key].call.drop()
        flight = self._flights[task.key] = Flight(task, call)
        return flight

    def end(self, task: ClaimedTask) -> None:
        """Remove a task."""
        flight = self._flights.get(task.key)
        if flight is not None and flight.task is task:
            del self._flights[task.key]

    def drop(self, key: TaskKey, claim: int) -> None:
        """Cancel a task whose outcome is not needed any more, unless it was claimed again meanwhile."""
        flight = self._flights.get(key)
        if flight is not None and flight.task.claim == claim:
            flight.call.drop()

    def drop_run(self, run_id: UUID) -> None:
        """Cancel the tasks of a run, whose outcomes are not needed any more."""
        for key, flight in self._flights.items():
            if key.run_id == run_id:
                flight.call.drop()

    def skip(self, run_id: UUID, step: str, mark: str | None) -> None:
        """Cancel the tasks of a step that is skipped. A mark is stored in the place of their outputs."""
        for key, flight in self._flights.items():
            if key[:2] == (run_id, step):
                flight.mark = mark
                flight.call.drop()

"""`SkippedMaps`: the maps whose other items are not executed, because one has used up its attempts."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from typedflow.engines.pgflow._values import Skipped, to_jsonb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from typedflow.engines._tasks.plan import Plan
    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._queue import FlowQueue
    from typedflow.engines.pgflow._turn import ClaimedTask

_MOST_KEPT: Final = 1000


class SkippedMaps:
    """The maps of runs that a worker has skipped, of those that the database does not skip.

    All of their tasks are completed with a mark. A notification says so, and as it may be missed, the table is asked
    for each batch that is claimed.

    Args:
        compiled: The flow.
        plan: The plan of the flow.
    """

    def __init__(self, compiled: CompiledFlow, plan: Plan) -> None:
        self._marks: dict[str, str] = {}
        for step in compiled.steps:
            mode = plan.by_slug[step.step].options.when_exhausted
            if step.role == "map" and step.when_exhausted is None and mode in {"skip", "skip_cascade"}:
                self._marks[step.slug] = to_jsonb(Skipped("handler_failed", mode == "skip_cascade"))
        self._skipped: OrderedDict[tuple[UUID, str], str] = OrderedDict()

    def add(self, run_id: UUID, slug: str) -> str | None:
        """Note that a map of a run is skipped. Return the mark for its tasks; None if that is not for workers to do."""
        mark = self._marks.get(slug)
        if mark is not None:
            self._skipped[run_id, slug] = mark
            if len(self._skipped) > _MOST_KEPT:
                self._skipped.popitem(last=False)
        return mark

    def is_skipped(self, run_id: UUID, slug: str) -> bool:
        """Return whether a map of a run is known to be skipped."""
        return (run_id, slug) in self._skipped

    def mark_of(self, task: ClaimedTask) -> str | None:
        """Return the mark for a task, if its map is skipped."""
        return self._skipped.get((task.key.run_id, task.key.step))

    def find(self, connection: Connection, queue: FlowQueue, tasks: Sequence[ClaimedTask]) -> None:
        """Ask the table about the maps of tasks. It blocks."""
        maps = {(task.key.run_id, task.key.step) for task in tasks if task.key.step in self._marks}
        if unknown := maps - self._skipped.keys():
            for found in queue.skipped_maps(connection, unknown):
                self.add(*found)

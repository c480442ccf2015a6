"""`Waits`: what a worker does with the messages of wait steps, whose tasks no worker executes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from typedflow.engines.pgflow import _statements
from typedflow.engines.pgflow._deliveries import complete_delivered
from typedflow.engines.pgflow._history import TaskHistory
from typedflow.engines.pgflow._turn import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from typedflow.engines.pgflow._compiled import CompiledStep
    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._queue import FlowQueue
    from typedflow.engines.pgflow._turn import Turn

_LONGEST: Final = 24 * 3600


class Waits:
    """Puts the messages of wait steps aside until their timeouts are over: a delivery completes the task without them.

    A worker claims such a task only to test its condition, and when its timeout is over.

    Args:
        queue: What the worker asks of the database.
        steps: The compiled wait steps, by slug.
        timeouts: For how many seconds each waits, by slug.
    """

    def __init__(self, queue: FlowQueue, steps: Mapping[str, CompiledStep], timeouts: Mapping[str, float]) -> None:
        self._queue = queue
        self._steps = steps
        self._timeouts = timeouts
        self._decided = [slug for slug, step in steps.items() if step.is_decided]

    def settle(self, connection: Connection, turn: Turn) -> None:
        """Complete the steps to which something was delivered, and claim or put aside the others."""
        if not turn.waits:
            return
        self.complete(connection)
        rows: Sequence[tuple[Any, ...]] = connection.execute(
            _statements.WAITING, (self._queue.flow, turn.waits)
        ).fetchall()
        claimable: list[int] = []
        delays: dict[int, int] = {}
        for message, slug, error_message, waited in rows:
            left = self._timeouts[slug] - waited
            is_undecided = self._steps[slug].is_decided and not TaskHistory.of(error_message).is_waiting
            if left <= 0 or is_undecided:
                claimable.append(message)
            else:
                delays[message] = min(math.ceil(left), _LONGEST) if left < math.inf else _LONGEST
        if delays:
            connection.execute(_statements.SET_VTS, (self._queue.flow, list(delays), list(delays.values())))
            self.complete(connection)  # what was delivered meanwhile: its message was just put aside again
        self._queue.claim_messages(connection, turn, claimable)
        turn.waits = []

    def complete(self, connection: Connection, run_id: UUID | None = None) -> None:
        """Complete the steps to which something was delivered."""
        if complete_delivered(connection, self._queue.flow, self._decided, run_id):
            connection.execute(_statements.NOTIFY, (self._queue.channel, ""))

    def complete_undecided(self, connection: Connection, turn: Turn) -> None:
        """Complete what was delivered while a worker had claimed the step to test its condition."""
        for report in turn.accepted:
            if isinstance(report, Retry) and report.task.step.role == "wait":
                self.complete(connection, report.task.key.run_id)

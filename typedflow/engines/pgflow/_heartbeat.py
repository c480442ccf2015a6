"""`Heartbeat`: says that a worker lives, notices what others have decided about its tasks, and takes over lost ones."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from typedflow.engines.pgflow import _statements
from typedflow.engines.pgflow._lasting_connection import LastingConnection, LostConnectionError
from typedflow.engines.pgflow._queue import VISIBILITY, FlowQueue
from typedflow.engines.pgflow._turn import Retry, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any
    from uuid import UUID

    from typedflow.engines.pgflow._database import Connection, Database
    from typedflow.engines.pgflow._features import Features
    from typedflow.engines.pgflow._flow_worker import FlowWorker
    from typedflow.engines.pgflow._lasting_connection import Outages
    from typedflow.engines.pgflow._turn import ClaimedTask

_logger = logging.getLogger("typedflow")
# How often a worker asks whether its tasks are still needed, in seconds, unless heartbeats are more frequent.
_LOOK: Final = 1.5


class Heartbeat:
    """The heartbeat of a worker, in a thread of its own: a handler that blocks trio's loop does not stop it.

    Args:
        database: The database.
        features: What its pgflow can do.
        workers: The worker's parts, one for each flow.
        call_soon: Calls a function in trio, with arguments.
        interval: Seconds between two heartbeats.
        lost_after: After how many seconds without a heartbeat a worker counts as lost.
        outages: Logs that the database cannot be reached.
        on_beat: Called with each heartbeat, in the thread.

    Attributes:
        last: When the last heartbeat reached the database, by the monotonic clock.
        error: Why it has ended, if it could not continue: the database has refused a statement.
    """

    def __init__(
        self,
        database: Database,
        features: Features,
        workers: Sequence[FlowWorker],
        call_soon: Callable[..., object],
        *,
        interval: float,
        lost_after: float,
        outages: Outages,
        on_beat: Callable[[], object],
    ) -> None:
        self.last = time.monotonic()
        self.error: BaseException | None = None
        self._workers = workers
        self._features = features
        self._call_soon = call_soon
        self._interval = interval
        self._lost_after = lost_after
        self._outages = outages
        self._on_beat = on_beat
        self._connection = LastingConnection(database, outages)
        self._is_over = threading.Event()
        self._last_wall = time.time()
        self._may_reap_from = 0.0

    def stop(self) -> None:
        """End the thread. It may be called in any."""
        self._is_over.set()

    def run(self) -> None:
        """Beat until `stop` is called."""
        next_beat = 0.0
        try:
            while not self._is_over.is_set():
                is_due = time.monotonic() >= next_beat
                try:
                    if is_due:
                        self._connection.use(self._beat)
                        next_beat = time.monotonic() + self._interval
                    self._connection.use(self._look)
                    if is_due:
                        self._connection.use(self._reap)
                except LostConnectionError:
                    next_beat = 0.0
                self._is_over.wait(self._connection.delay or min(_LOOK, self._interval))
            self._end()
        except BaseException as error:  # noqa: BLE001  raised by the worker, which must not continue without a heartbeat
            self.error = error
            for worker in self._workers:
                self._call_soon(worker.give_back)
        finally:
            self._outages.forget(self._connection)
            self._connection.close()

    def _beat(self, connection: Connection) -> None:
        """Say that the worker lives, and keep its messages from other workers."""
        by_id = {worker.worker_id: worker for worker in self._workers}
        known: dict[UUID, bool] = dict(connection.execute(_statements.BEAT, (list(by_id),)).fetchall())
        now, wall = time.monotonic(), time.time()
        if max(now - self.last, wall - self._last_wall) > self._lost_after / 2 + self._interval:
            # The database, the network or this machine stood still. Others may have had no chance to beat either.
            self._may_reap_from = now + self._lost_after
        self.last, self._last_wall = now, wall
        for worker_id, worker in by_id.items():
            if worker_id not in known:
                worker.queue.register_anew(connection)
            elif known[worker_id]:
                self._call_soon(worker.stop)
            self._extend(connection, worker, now)
        self._on_beat()

    @staticmethod
    def _extend(connection: Connection, worker: FlowWorker, now: float) -> None:
        """Keep the messages of tasks that take long from other workers."""
        flights = [flight for flight in worker.flights.listed() if now > flight.extended_at + VISIBILITY / 3]
        if flights:
            messages = [flight.task.message for flight in flights]
            connection.execute(_statements.EXTEND, (messages, worker.queue.flow, worker.worker_id, VISIBILITY))
        for flight in flights:
            flight.extended_at = now

    def _look(self, connection: Connection) -> None:
        """Drop the tasks that are not needed any more: their runs or steps have ended, or others have them."""
        flights = [(worker, flight) for worker in self._workers for flight in worker.flights.listed()]
        if not flights:
            return
        rows = [(*flight.task.key, flight.task.claim, worker.worker_id) for worker, flight in flights]
        given = [list(column) for column in zip(*rows, strict=True)]
        needed = {place - 1 for (place,) in connection.execute(_statements.STILL_NEEDED, given).fetchall()}
        for place, (worker, flight) in enumerate(flights):
            if place not in needed:
                self._call_soon(worker.flights.drop, flight.task.key, flight.task.claim)

    def _reap(self, connection: Connection) -> None:
        """Queue the tasks again that a lost worker has executed, also one of pgflow's own."""
        if time.monotonic() < self._may_reap_from:
            return
        for worker in self._workers:
            flow = worker.queue.flow
            with connection.transaction():
                ((may_reap,),) = connection.execute(_statements.MAY_REAP, (flow, self._lost_after)).fetchall()
                if may_reap:
                    self._reap_flow(connection, worker)

    def _reap_flow(self, connection: Connection, worker: FlowWorker) -> None:
        by_worker: dict[UUID | None, list[ClaimedTask]] = {}
        for worker_id, task in worker.queue.lost_tasks(connection, self._lost_after):
            by_worker.setdefault(worker_id, []).append(task)
        for worker_id, tasks in by_worker.items():
            queue = FlowQueue(worker.compiled, worker_id)
            turn = Turn([worker.execution.interrupted(task) for task in tasks])
            queue.complete_and_read(connection, turn, 0)
            queue.queue_again(connection, turn)
            queue.exhaust(connection, turn)
            for report in turn.accepted:
                task = report.task
                _logger.warning(
                    'flow "%s", run %s, step "%s", task %d: its worker was lost%s',
                    queue.flow,
                    task.key.run_id,
                    task.step.step,
                    task.key.task_index,
                    ", so it is executed again" if isinstance(report, Retry) else ", for the last time",
                )

    def _end(self) -> None:
        """Say that the worker has stopped, if the database has a place for that."""
        if self._features.stopped_workers:
            try:
                self._connection.use(lambda opened: opened.execute(_statements.STOP, (self._ids(),)))
            except LostConnectionError:
                return

    def _ids(self) -> list[Any]:
        return [worker.worker_id for worker in self._workers]

"""`FlowWorker`: executes the tasks of one flow, in this process."""

from __future__ import annotations

import contextvars
import logging
import math
import time
from contextlib import suppress
from functools import partial
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import UUID, uuid4

import trio

from typedflow.engines.pgflow._flights import Flights
from typedflow.engines.pgflow._lasting_connection import LastingConnection, LostConnectionError
from typedflow.engines.pgflow._pacing import Pacing
from typedflow.engines.pgflow._queue import FlowQueue
from typedflow.engines.pgflow._skipped_maps import SkippedMaps
from typedflow.engines.pgflow._step_inputs import StepInputs
from typedflow.engines.pgflow._task_events import TaskEvents
from typedflow.engines.pgflow._task_execution import TaskExecution
from typedflow.engines.pgflow._turn import Completion, Retry, Turn
from typedflow.engines.pgflow._waits import Waits
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._listening import Listeners
    from typedflow.engines._tasks.places import Places
    from typedflow.engines._tasks.plan import Plan
    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._database import Connection, Database
    from typedflow.engines.pgflow._flights import Flight, Room
    from typedflow.engines.pgflow._lasting_connection import Outages
    from typedflow.engines.pgflow._turn import ClaimedTask, Message, Report

T = TypeVar("T")
_logger = logging.getLogger("typedflow")
# How many tasks are claimed together at most.
_BATCH: Final = 50
# How long a worker that has nothing to do waits for a notification, in seconds: pgflow's own workers send none.
_POLL: Final = 1.0
_LISTEN_FOR: Final = 0.5
# How long handlers that are cancelled may take to end before their tasks are given back, in seconds.
_PATIENCE: Final = 1.0
# How often to look for tasks that this worker has claimed without knowing it, in seconds: the answer got lost.
_LOOK_FOR_UNKNOWN: Final = 30.0


class FlowWorker:
    """Executes the tasks of one flow, in this process.

    Args:
        database: The database.
        definition: The flow.
        plan: The plan of the flow.
        compiled: The flow as it is deployed.
        room: How many tasks it may execute concurrently.
        places: Where handlers are called that run on asyncio or in processes.
        listeners: The listeners of the worker.
        outages: Logs that the database cannot be reached.

    Attributes:
        worker_id: Identifier of the worker, a UUID.
        compiled: The flow as it is deployed.
        queue: What it asks of the database.
        execution: Executes its tasks.
        is_settled: Set when the database knows how all tasks ended.
        flights: Its tasks.
    """

    def __init__(
        self,
        database: Database,
        definition: FlowDefinition,
        plan: Plan,
        compiled: CompiledFlow,
        *,
        room: Room,
        places: Places,
        listeners: Listeners,
        outages: Outages,
    ) -> None:
        self.worker_id = uuid4()
        self.compiled = compiled
        self.queue = FlowQueue(compiled, self.worker_id)
        self.flights = Flights()
        self._database = database
        self._outages = outages
        self._connection = LastingConnection(database, outages)
        self._inputs = StepInputs(plan, definition, room.size)
        self._skipped_maps = SkippedMaps(compiled, plan)
        self._pacing = Pacing(compiled, plan, room.size, self._skipped_maps.is_skipped)
        waits = {step.slug: step for step in compiled.steps if step.role == "wait"}
        self._waits = Waits(self.queue, waits, {slug: plan.by_slug[slug].timeout for slug in waits})
        self._events = TaskEvents(definition.slug, listeners)
        context = contextvars.copy_context()
        context.run(places.hand_down)
        self._context = context
        self.execution = TaskExecution(
            definition, plan, self._inputs, places, self._events, context=context, read_outputs=self._read_outputs
        )
        self._room = room
        self._reports: list[Report] = []
        self._ended: list[ClaimedTask] = []
        self._messages: list[Message] = []
        self._due: list[float] = []
        self._executing = 0
        self._news = trio.Event()
        self.is_settled = trio.Event()
        self._is_stopping = False
        self._scope = trio.CancelScope()
        self._next_look = time.monotonic() + _LOOK_FOR_UNKNOWN
        self._threads = trio.CapacityLimiter(4)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Execute tasks until `stop` is called, and then those that were claimed.

        Args:
            task_status: Receives that the worker is known to the database, and listens.

        Raises:
            EngineError: The database cannot be reached when it begins, or refuses a statement.
        """
        try:
            await self._persistently(self._connection, self.queue.register)
            async with trio.open_nursery() as nursery:
                await nursery.start(self._listen)
                task_status.started()
                with self._scope:
                    async with trio.open_nursery() as tasks:
                        await self._take_turns(tasks)
                nursery.cancel_scope.cancel()
        finally:
            self._outages.forget(self._connection)
            with trio.CancelScope(shield=True):
                await self._in_thread(self._connection.close)

    def stop(self) -> None:
        """Claim no more tasks, and end when those that are executed have ended. Called in trio."""
        self._is_stopping = True
        self._news.set()

    def give_back(self) -> None:
        """Cancel the tasks that are executed, and let other workers execute them. Called in trio."""
        self.stop()
        self._scope.cancel()

    async def _take_turns(self, tasks: trio.Nursery) -> None:
        try:
            while not (self._is_stopping and not self._executing and not self._reports):
                self._news = trio.Event()
                wanted = 0 if self._is_stopping else self._room.take(_BATCH)
                turn, is_lost = await self._exchange(wanted)
                self._room.give_back(wanted - len(turn.claimed))
                for task in turn.claimed:
                    self._begin(task, tasks)
                if is_lost:
                    await trio.sleep(self._connection.delay)
                elif not turn.claimed and not turn.has_read and not self._reports:
                    delay = self._pacing.delay if self._room.is_left else _POLL
                    with trio.move_on_after(min(_POLL, delay, self._seconds_to_retry())):
                        await self._news.wait()
        except (trio.Cancelled, EngineError):
            with trio.CancelScope(shield=True), suppress(EngineError):
                await self._give_all_back()
            raise
        finally:
            self.is_settled.set()

    async def _exchange(self, wanted: int) -> tuple[Turn, bool]:
        """Report how attempts ended, and claim tasks. Return what came of it, and whether the connection was lost."""
        turn = Turn(self._reports, self._messages)
        for (
            task
        ) in self._ended:  # no earlier: the next item of a map starts when the database knows that this has ended
            self._pacing.end(task)
        self._reports, self._ended = [], []
        is_lost = False
        flow_inputs: dict[UUID, Any] = {}
        try:
            with trio.CancelScope(shield=True):  # what was claimed must be known
                await self._in_thread(self._connection.use, self._take_turn, turn, wanted, flow_inputs)
        except LostConnectionError:
            is_lost, self._next_look = True, time.monotonic()
        self._messages = turn.messages
        self._inputs.add_runs(flow_inputs)
        self._reports = turn.reports + self._reports
        for completion, reason in turn.refused:
            self._reports.append(self.execution.refused(completion.task, reason))
        self._settle(turn)
        return turn, is_lost

    def _settle(self, turn: Turn) -> None:
        """Forget the tasks that the database knows the end of, and emit it."""
        for report in turn.accepted:
            self.flights.end(report.task)
            self._events.accepted(report)
            if isinstance(report, Retry) and report.delay > 0:
                heappush(self._due, trio.current_time() + math.ceil(report.delay))
            if isinstance(report, Completion) and report.skipped == "handler_failed":
                self._skip(report.task.key.run_id, report.task.key.step)
        for report in turn.late:
            self.flights.end(report.task)
            self._events.late(report)

    def _seconds_to_retry(self) -> float:
        """Return after how many seconds the next task is due that this worker has queued again."""
        now = trio.current_time()
        while self._due and self._due[0] <= now:
            heappop(self._due)
        return self._due[0] - now if self._due else math.inf

    def _skip(self, run_id: UUID, slug: str) -> None:
        """Execute no more tasks of a step that is skipped."""
        self.flights.skip(run_id, slug, self._skipped_maps.add(run_id, slug))
        self._news.set()

    def _take_turn(self, connection: Connection, turn: Turn, wanted: int, flow_inputs: dict[UUID, Any]) -> None:
        """Report, and claim tasks.

        A run that fails ends others, so outputs come first. What such a run or a step that is skipped does not need any
        more is not claimed.
        """
        queue = self.queue
        if time.monotonic() >= self._next_look:
            self._look_for_unknown(connection, turn)
            self._next_look = time.monotonic() + _LOOK_FOR_UNKNOWN
        turn.messages += self._pacing.release(wanted - len(turn.claimed) - len(turn.messages))
        read = queue.complete_and_read(connection, turn, wanted - len(turn.claimed) - len(turn.messages))
        turn.messages += self._pacing.admit(read)
        queue.queue_again(connection, turn)
        queue.exhaust(connection, turn)
        queue.claim(connection, turn)
        self._waits.settle(connection, turn)
        self._skipped_maps.find(connection, queue, turn.claimed)
        if missing := self._inputs.missing_runs(turn.claimed):
            flow_inputs |= queue.inputs_of_runs(connection, list(missing))
        self._waits.complete_undecided(connection, turn)

    def _look_for_unknown(self, connection: Connection, turn: Turn) -> None:
        """Give back what this worker has claimed without knowing it, because the answer got lost."""
        known = {(flight.task.key, flight.task.claim) for flight in self.flights.listed()}
        known |= {(report.task.key, report.task.claim) for report in turn.reports}
        unknown = [task for task in self.queue.claimed_tasks(connection) if (task.key, task.claim) not in known]
        turn.reports += map(_given_back, unknown)

    def _begin(self, task: ClaimedTask, tasks: trio.Nursery) -> None:
        """Execute a task, if that is needed and possible."""
        if (mark := self._skipped_maps.mark_of(task)) is not None:
            self._reports.append(Completion(task, mark))
        elif self._inputs.missing_runs([task]):  # the connection was lost before they were read
            self._reports.append(_given_back(task))
        else:
            flight = self.flights.begin(task, self.execution.begin(task))
            self._pacing.begin(task)
            self._executing += 1
            self._context.copy().run(tasks.start_soon, self._execute, flight)
            return
        self._room.give_back(1)

    async def _execute(self, flight: Flight) -> None:
        report: Report | None = None
        try:
            report = await self.execution.report(flight.task, flight.call)
        except BaseException:  # the worker was cancelled, or Ctrl-C was raised in the handler
            report = _given_back(flight.task)
            raise
        finally:
            self._executing -= 1
            self._room.give_back(1)
            self._ended.append(flight.task)
            if report is None and flight.mark is not None:
                report = Completion(flight.task, flight.mark)
            if report is None:
                self.flights.end(flight.task)
            else:
                self._reports.append(report)
            self._news.set()

    async def _give_all_back(self) -> None:
        """Report what has ended, and give back the rest: after a moment also what a thread still executes."""
        with trio.move_on_after(_PATIENCE):
            while self._executing:
                self._news = trio.Event()
                await self._news.wait()
        reported = {report.task.key for report in self._reports}
        self._reports += [
            _given_back(flight.task) for flight in self.flights.listed() if flight.task.key not in reported
        ]
        with trio.move_on_after(_PATIENCE):
            while self._reports:
                _, is_lost = await self._exchange(0)
                if is_lost:
                    await trio.sleep(self._connection.delay)

    async def _read_outputs(self, run_id: UUID, steps: Sequence[str]) -> Mapping[str, list[Any]]:
        def read() -> dict[str, list[Any]]:
            with self._database.connection() as connection:
                return self.queue.outputs_of_steps(connection, run_id, steps)

        while True:
            try:
                return await self._in_thread(read)
            except EngineError as error:  # the connection was lost, which the turns say
                _logger.debug("reading outputs of run %s: %s", run_id, error)
                await trio.sleep(_POLL)

    async def _listen(self, task_status: trio.TaskStatus[None]) -> None:
        """Wake up when there may be tasks, and drop those of runs that have ended."""
        channel = f'listen "{self.queue.channel}"'
        connection = LastingConnection(self._database, self._outages, lambda opened: opened.execute(channel))
        try:
            await self._persistently(connection, _ready)
            task_status.started()
            while True:
                try:
                    payloads = await self._in_thread(connection.use, _notifications)
                except LostConnectionError:
                    await trio.sleep(connection.delay)
                    payloads = [""]
                for payload in payloads:
                    self._heed(payload)
        finally:
            self._outages.forget(connection)
            with trio.CancelScope(shield=True):
                await self._in_thread(connection.close)

    def _heed(self, payload: str) -> None:
        """Do what a notification says: a run has ended, a map is skipped, or there may be tasks."""
        match payload.split():
            case ["run", run_id]:
                self.flights.drop_run(UUID(run_id))
            case ["skip", run_id, slug]:
                self._skip(UUID(run_id), slug)
            case _:
                self._news.set()

    async def _persistently(self, connection: LastingConnection, function: Callable[[Connection], T]) -> T:
        while True:
            try:
                return await self._in_thread(connection.use, function)
            except LostConnectionError:
                await trio.sleep(connection.delay)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await trio.to_thread.run_sync(partial(function, *arguments), limiter=self._threads)


def _given_back(task: ClaimedTask) -> Retry:
    return Retry(task, task.history.given_back(), "its worker was stopped", 0.0)


def _ready(_: Connection) -> None:
    """Do nothing: the connection is open, and listens."""


def _notifications(connection: Connection) -> list[str]:
    """Wait for notifications, for a moment at most: a cancellation cannot interrupt this."""
    return [notification.payload for notification in connection.notifies(timeout=_LISTEN_FOR, stop_after=1)]

"""`FlowWorker`: executes the tasks of one flow, in this process."""

from __future__ import annotations

import contextvars
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar
from uuid import UUID, uuid4

import trio

from typedflow.engines._tasks.places import Places
from typedflow.engines.pgflow._queue import Completion, Exhausted, FlowQueue, Retry
from typedflow.engines.pgflow._step_inputs import StepInputs
from typedflow.engines.pgflow._task_execution import TaskExecution

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._tasks.plan import Plan
    from typedflow.engines._tasks.task_call import TaskCall
    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._database import Connection, Database
    from typedflow.engines.pgflow._queue import ClaimedTask, TaskKey
    from typedflow.engines.pgflow._task_execution import Result

T = TypeVar("T")
# How many tasks are claimed together at most.
_BATCH: Final = 50
# How long a worker that has nothing to do waits for a notification, in seconds: pgflow's own workers send none.
_POLL: Final = 1.0
_LISTEN_FOR: Final = 0.5


class _Claimed(NamedTuple):
    tasks: list[ClaimedTask]
    waits: list[int]
    flow_inputs: dict[UUID, Any]


class FlowWorker:
    """Executes the tasks of one flow, in this process.

    Args:
        database: The database.
        definition: The flow.
        plan: The plan of the flow.
        compiled: The flow as it is deployed.
        max_concurrency: How many tasks may be executed concurrently.

    Attributes:
        worker_id: Identifier of the worker, a UUID.
    """

    def __init__(
        self,
        database: Database,
        definition: FlowDefinition,
        plan: Plan,
        compiled: CompiledFlow,
        *,
        max_concurrency: int = 100,
    ) -> None:
        self.worker_id = uuid4()
        self._database = database
        self._inputs = StepInputs(plan, definition)
        self._queue = FlowQueue(compiled, self.worker_id)
        self._places = Places()
        self._execution = TaskExecution(
            definition,
            plan,
            self._inputs,
            self._places,
            context=contextvars.copy_context(),
            read_outputs=self._read_outputs,
        )
        self._max_concurrency = max_concurrency
        self._results: deque[Result] = deque()
        self._calls: dict[TaskKey, TaskCall] = {}
        self._news = trio.Event()
        self._is_stopping = False
        self._threads = trio.CapacityLimiter(4)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Execute tasks until `stop` is called, and then those that were claimed.

        Args:
            task_status: Started when the worker is known to the database.

        Raises:
            EngineError: The database cannot be reached.
        """
        connection = await self._in_thread(self._database.connect)
        try:
            await self._ask(self._queue.register, connection)
            task_status.started()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._listen)
                await self._take_turns(connection, nursery)
                nursery.cancel_scope.cancel()
        finally:
            with trio.CancelScope(shield=True):
                await self._in_thread(connection.close)
                await self._places.close()

    def stop(self) -> None:
        """Claim no more tasks, and end when those that are executed have ended."""
        self._is_stopping = True
        self._news.set()

    def drop(self, run_id: UUID) -> None:
        """Cancel the tasks of a run, whose outcomes are not needed any more."""
        for key, call in self._calls.items():
            if key.run_id == run_id:
                call.drop()

    async def _take_turns(self, connection: Connection, nursery: trio.Nursery) -> None:
        while not self._is_stopping or self._calls or self._results:
            self._news = trio.Event()
            results = list(self._results)
            self._results.clear()
            room = 0 if self._is_stopping else min(_BATCH, self._max_concurrency - len(self._calls))
            claimed: _Claimed = await self._ask(self._take_turn, connection, results, room)
            self._inputs.add_runs(claimed.flow_inputs)
            for task in claimed.tasks:
                call = self._calls[task.key] = self._execution.begin(task)
                nursery.start_soon(self._execute, task, call)
            if not claimed.tasks and not self._results:
                with trio.move_on_after(_POLL):
                    await self._news.wait()

    def _take_turn(self, connection: Connection, results: Sequence[Result], room: int) -> _Claimed:
        """Report results, and claim tasks. A run that fails ends others, so outputs come first."""
        completions = [each for each in results if isinstance(each, Completion)]
        tasks, waits = self._queue.take_turn(connection, completions, room)
        self._queue.retry(connection, [each for each in results if isinstance(each, Retry)])
        self._queue.exhaust(connection, [each for each in results if isinstance(each, Exhausted)])
        missing = self._inputs.missing_runs(tasks)
        return _Claimed(tasks, waits, self._queue.inputs_of_runs(connection, list(missing)) if missing else {})

    async def _execute(self, task: ClaimedTask, call: TaskCall) -> None:
        try:
            result = await self._execution.result(task, call)
        finally:
            del self._calls[task.key]
        if result is not None:
            self._results.append(result)
        self._news.set()

    async def _read_outputs(self, run_id: UUID, steps: Sequence[str]) -> Mapping[str, list[Any]]:
        def read() -> dict[str, list[Any]]:
            with self._database.connection() as connection:
                return self._queue.outputs_of_steps(connection, run_id, steps)

        return await self._in_thread(read)

    async def _listen(self) -> None:
        """Wake up when there may be tasks, and drop those of runs that have ended."""
        connection = await self._in_thread(self._database.connect)
        try:
            await self._ask(connection.execute, f'listen "{self._queue.channel}"')
            while True:
                for payload in await self._ask(_notifications, connection):
                    if payload.startswith("run "):
                        self.drop(UUID(payload.removeprefix("run ")))
                    self._news.set()
        finally:
            with trio.CancelScope(shield=True):
                await self._in_thread(connection.close)

    async def _ask(self, function: Callable[..., T], *arguments: Any) -> T:
        with self._database.errors():
            return await self._in_thread(function, *arguments)

    async def _in_thread(self, function: Callable[..., T], *arguments: Any) -> T:
        return await trio.to_thread.run_sync(partial(function, *arguments), limiter=self._threads)


def _notifications(connection: Connection) -> list[str]:
    """Wait for notifications, for a moment at most: a cancellation cannot interrupt this."""
    return [notification.payload for notification in connection.notifies(timeout=_LISTEN_FOR, stop_after=1)]

"""Runs flows on pgflow: a client and a worker in one trio program, on a virtual clock, and a real database.

The time of the database passes with that clock: before each turn of the worker, its messages are made visible earlier
by as much as the clock has jumped. A turn also notifies the client, which a real one hears of by Postgres. So nothing
waits for real time, and the clock stands still while the database is asked.
"""

from __future__ import annotations

import math
from threading import Timer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import trio
import trio.testing
from typing_extensions import override

from tests.conformance.runner import Outcome, ended
from tests.pgflow import database
from typedflow import RemoteError, RunCancelledError
from typedflow._exception_group import ungrouped
from typedflow.engines._stored_error import stored_error
from typedflow.engines.pgflow import PgflowEngine, PgflowWorker, _flow_worker
from typedflow.engines.pgflow import _task_execution as execution_module
from typedflow.engines.pgflow import _worker as worker_module
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._flow_worker import FlowWorker
from typedflow.listeners import inline
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack
    from uuid import UUID

    from typedflow import Event, FlowDefinition, RunOptions
    from typedflow.engines.pgflow._database import Connection
    from typedflow.engines.pgflow._turn import Turn
    from typedflow.stores import StoredError

# How long a case may take, in real seconds. Without that, one whose run does not end would not end either.
_LONGEST = 5.0
_DELETE = (
    "select pgmq.drop_queue(%s::text) where exists (select from pgmq.list_queues() where queue_name = %s)",
    *(
        f"delete from pgflow.{table} where flow_slug = %s and %s <> ''"  # noqa: S608
        for table in ("step_tasks", "step_states", "runs", "deps", "steps", "flows")
    ),
    "delete from typedflow.flows where flow_slug = %s and %s <> ''",
)


class _Clock(VirtualClock):
    """A virtual clock that stands still while a thread asks the database."""

    @override
    def stands_still(self) -> bool:
        return trio.testing.active_thread_count() > 0 or super().stands_still()


class _Watcher:
    """Notifies the handles of an engine after each turn of the worker."""

    def __init__(self) -> None:
        self.watched: dict[UUID, list[Callable[[], object]]] = {}

    def watch(self, run_id: UUID, notify: Callable[[], object], *, only_its_end: bool = False) -> Callable[[], None]:
        assert not only_its_end
        self.watched.setdefault(run_id, []).append(notify)
        return lambda: self.watched[run_id].remove(notify)

    def close(self) -> None:
        pass

    def notify_all(self) -> None:
        for notifies in self.watched.values():
            for notify in list(notifies):
                notify()


class _Heartbeat:
    """Stands for the heartbeat, which would be a thread in real time."""

    error = None

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def run(self) -> None:
        pass

    def stop(self) -> None:
        pass


def on_pgflow(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    cancel_after: float = math.inf,
    **options: Unpack[RunOptions],
) -> Outcome:
    """Run it on pgflow, and cancel it by its handle."""
    return _Case(database(), definition, flow_input, cancel_after, options).outcome()


class _Case:
    def __init__(
        self, address: str, definition: FlowDefinition, flow_input: object, cancel_after: float, options: Any
    ) -> None:
        self._address = address
        self._flow: Any = SimpleNamespace(definition=definition)
        self._flow_input = flow_input
        self._cancel_after = cancel_after
        self._options = options
        self._clock = _Clock()
        self._watcher = _Watcher()
        self._has_given_up = False
        self._raised: dict[tuple[str, str], BaseException] = {}
        self._outcome = Outcome("cancelled")

    def outcome(self) -> Outcome:
        """Run the flow, and return how that ended."""
        with (
            mock.patch.object(worker_module, "FlowWorker", self._worker_type()),
            mock.patch.object(worker_module, "Heartbeat", _Heartbeat),
            mock.patch.object(execution_module, "stored_error", self._stored),
            PgflowEngine(self._address) as engine,
        ):
            self._delete_flow()
            engine._client.watcher = self._watcher  # type: ignore[assignment]  # noqa: SLF001
            return ended(lambda: self._run(engine), self._outcome, self._clock)

    def _delete_flow(self) -> None:
        slug = self._flow.definition.slug
        with Database(self._address) as database, database.connection() as connection, connection.transaction():
            for statement in _DELETE:
                connection.execute(statement.encode(), (slug, slug))

    async def _run(self, engine: PgflowEngine) -> None:
        resources = {"resources": self._options["resources"]} if "resources" in self._options else {}
        most = self._options.get("max_concurrency") or 1000
        worker = PgflowWorker(self._address, [self._flow], max_concurrency=most, **resources)
        engine.deploy(self._flow)
        token = trio.lowlevel.current_trio_token()
        try:
            async with trio.open_nursery() as nursery:
                guard = Timer(_LONGEST, token.run_sync_soon, [self._give_up, nursery.cancel_scope])
                guard.start()
                nursery.start_soon(worker.run)
                await self._follow(engine)
                worker.stop()
        except BaseExceptionGroup as group:
            failure: BaseException | None = ungrouped(group)
        else:
            failure = None
        finally:
            guard.cancel()
        assert not self._has_given_up, f"the run did not end within {_LONGEST:g} s"
        if failure is not None:
            failure.__cause__ = self._original(failure.__cause__)
            raise failure

    def _stored(self, error: BaseException) -> StoredError:
        stored = stored_error(error)
        self._raised[stored.type, stored.message] = error
        return stored

    def _original(self, error: BaseException | None) -> BaseException | None:
        """Return what a handler raised, for what the client knows of it from the database."""
        return self._raised.get((error.type_name, error.message), error) if isinstance(error, RemoteError) else error

    def _give_up(self, scope: trio.CancelScope) -> None:
        self._has_given_up = True
        scope.cancel()

    async def _follow(self, engine: PgflowEngine) -> None:
        outcome = self._outcome
        options = {name: self._options[name] for name in ("run_id", "timeout") if self._options.get(name) is not None}
        with trio.move_on_after(self._cancel_after) as starting:
            async with engine.start(self._flow, self._flow_input, listeners=self._listeners(), **options) as handle:
                starting.deadline = math.inf
                try:
                    with trio.move_on_after(self._cancel_after) as waiting:
                        await handle.outputs()
                    if waiting.cancelled_caught:
                        await trio.to_thread.run_sync(handle.cancel)
                        self._watcher.notify_all()
                    outcome.outputs = await handle.outputs()
                    outcome.status = "completed"
                except RunCancelledError:
                    pass

    def _listeners(self) -> list[Any]:
        def record(event: Event) -> None:
            now, error = self._clock.current_time(), self._original(event.error)
            self._outcome.events.append(event._replace(monotonic=now, error=error))

        return [inline(record), *self._options.get("listeners", ())]

    def _worker_type(self) -> type[FlowWorker]:
        case = self

        class Worker(FlowWorker):
            """Moves the time of the database on, and notifies the client itself."""

            _moved_to = 0.0

            @override
            async def _listen(self, task_status: trio.TaskStatus[None]) -> None:
                task_status.started()
                await trio.sleep_forever()

            @override
            async def _exchange(self, wanted: int) -> tuple[Turn, bool]:
                found = await super()._exchange(wanted)
                case._watcher.notify_all()
                _flow_worker._POLL = await self._in_thread(self._connection.use, _until_next, self.queue.flow)  # noqa: SLF001
                for run_id in case._watcher.watched:
                    ended = await self._in_thread(self._connection.use, _has_ended, run_id)
                    if ended:
                        self.flights.drop_run(run_id)
                return found

            @override
            def _take_turn(self, connection: Connection, turn: Turn, wanted: int, flow_inputs: Any) -> None:
                now = case._clock.current_time()
                passed, self._moved_to = now - self._moved_to, now
                if passed:
                    queue = f"pgmq.q_{self.queue.flow.lower()}"
                    move = f"update {queue} set vt = vt - make_interval(secs => %s)"  # noqa: S608  the flow's own queue
                    connection.execute(move.encode(), (passed,))
                super()._take_turn(connection, turn, wanted, flow_inputs)

        return Worker


def _until_next(connection: Connection, flow: str) -> float:
    """Return for how long no task is due, in seconds."""
    query = f"select extract(epoch from min(vt) - clock_timestamp())::float from pgmq.q_{flow.lower()}"  # noqa: S608
    row = connection.execute(query.encode()).fetchone()
    return math.inf if row is None or row[0] is None else max(row[0], 0.0)


def _has_ended(connection: Connection, run_id: UUID) -> bool:
    row = connection.execute("select status <> 'started' from pgflow.runs where run_id = %s", (run_id,)).fetchone()
    return row == (True,)

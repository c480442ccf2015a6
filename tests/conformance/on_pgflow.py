"""Runs a flow on pgflow: deploys it, executes its tasks by a worker in the same trio program, and watches the run."""

from __future__ import annotations

import math
from contextlib import suppress
from functools import cache
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Unpack
from unittest import mock

import trio

from tests.conformance.database_clock import DatabaseClock, Watcher
from tests.conformance.runner import Outcome, ended
from tests.pgflow import database
from typedflow import RemoteError, ResourcesError, RunCancelledError, RunTimeoutError, StepFailedError
from typedflow._exception_group import ungrouped
from typedflow.engines._stored_error import stored_error
from typedflow.engines.pgflow import PgflowEngine, PgflowWorker, _flow_worker, _pacing, _run_state, _statements
from typedflow.engines.pgflow._database import Database
from typedflow.listeners import inline

if TYPE_CHECKING:
    from typedflow import Event, FlowDefinition, RunOptions
    from typedflow.engines.pgflow._database import Connection

# What a run may have taken in the database before its timeout began, in seconds.
_NOISE = 0.2
_NUMBERS = count(1)


def on_pgflow(
    definition: FlowDefinition,
    flow_input: object = None,
    *,
    cancel_after: float = math.inf,
    **options: Unpack[RunOptions],
) -> Outcome:
    """Run it on pgflow, and cancel it by its handle."""
    address, slug = database(), definition.slug
    with (
        mock.patch.object(_flow_worker, "_POLL", math.inf),
        mock.patch.object(_flow_worker, "_LISTEN_FOR", 0.02),
        mock.patch.object(_run_state, "_DECIDING", math.inf),
        Database(address) as opened,
    ):
        with opened.connection() as connection:
            _forget(connection, slug)
        return _Program(address, _engine(address), definition, options).outcome(flow_input, cancel_after)


@cache
def _engine(address: str) -> PgflowEngine:
    """Return the client of all cases: one of its own for each would have to wait for its watcher to end."""
    engine = PgflowEngine(address)
    engine._client.watcher = Watcher()  # type: ignore[assignment]  # noqa: SLF001
    return engine


def _forget(connection: Connection, flow: str) -> None:
    """Delete a flow with its runs, so that another one may have its slug."""
    if connection.execute(_statements.HAS_FLOW, (flow,)).fetchone() is not None:
        for statement in _statements.DELETE_FLOW_BY_TABLE:
            connection.execute(statement, (flow,))
    connection.execute("delete from typedflow.flows where flow_slug = %s", (flow,))


class _Program:
    """A trio program that has a worker and a client.

    Args:
        address: The database.
        engine: The client.
        definition: The flow.
        options: The options of the run.
    """

    def __init__(self, address: str, engine: PgflowEngine, definition: FlowDefinition, options: Any) -> None:
        self._engine = engine
        self._outcome = Outcome("cancelled")
        self._ready = trio.Event()
        self._raised: list[tuple[str | None, BaseException]] = []
        self._took = 0.0
        self._listeners = tuple(options.pop("listeners", ()))
        if options.get("max_concurrency", 0) is None:
            del options["max_concurrency"]
        working = {name: options.pop(name) for name in ("max_concurrency", "resources") if name in options}
        self._options = options
        self._flow: Any = SimpleNamespace(definition=definition)
        self._worker = PgflowWorker(address, [self._flow], listeners=[inline(self._keep_error)], **working)
        self._worker.on_beat = self._on_beat
        watcher: Any = engine._client.watcher  # noqa: SLF001
        self._clock = DatabaseClock(address, definition.slug, self._worker, watcher)

    def outcome(self, flow_input: object, cancel_after: float) -> Outcome:
        """Run it, and return how that ended."""

        async def program() -> None:
            self._token = trio.lowlevel.current_trio_token()
            async with trio.open_nursery() as nursery:
                self._clock.on_stuck = nursery.cancel_scope.cancel
                nursery.start_soon(self._work, nursery)
                with trio.move_on_after(cancel_after) as starting:
                    await self._ready.wait()
                if starting.cancelled_caught:
                    nursery.cancel_scope.cancel()
                    return
                await self._watch(flow_input, cancel_after)
                self._worker.stop()

        try:
            start = 1e6 * next(_NUMBERS)  # limits are those of a process: what earlier cases have done is long past
            now = SimpleNamespace(perf_counter=lambda: start + self._clock.current_time())
            with mock.patch.object(_pacing, "time", now):
                ended(program, self._outcome, self._clock)
        except BaseExceptionGroup as group:
            raise ungrouped(group) from None
        finally:
            self._clock.close()
        assert not self._clock.is_stuck, f"the run hangs: {self._outcome.events.words}"
        self._outcome.took = self._took
        self._restore_errors()
        return self._outcome

    async def _work(self, nursery: trio.Nursery) -> None:
        try:
            await self._worker.run()
        except ResourcesError as error:
            self._outcome.resources_error = error
            nursery.cancel_scope.cancel()

    async def _watch(self, flow_input: object, cancel_after: float) -> None:
        outcome = self._outcome
        listeners = [inline(self._hear), *self._listeners]
        try:
            async with self._engine.start(self._flow, flow_input, listeners=listeners, **self._options) as handle:
                self._clock.begin()
                with trio.move_on_after(cancel_after) as waiting:
                    await handle.outputs()
                if waiting.cancelled_caught:
                    handle.cancel()
                outcome.outputs = await handle.outputs()
                outcome.status = "completed"
        except RunCancelledError:
            pass
        except StepFailedError as error:
            outcome.status, outcome.error = "failed", error
        except RunTimeoutError as error:
            outcome.status, outcome.timed_out = "failed", error
        finally:
            self._took = _snapped(trio.current_time())

    def _on_beat(self) -> None:
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._ready.set)

    def _keep_error(self, event: Event) -> None:
        if event.error is not None:
            self._raised.append((event.step, event.error))

    def _hear(self, event: Event) -> None:
        self._outcome.events.append(event._replace(monotonic=_snapped(trio.current_time())))

    def _restore_errors(self) -> None:
        """Put the exceptions that handlers raised in the place of those that say the same of them."""
        outcome = self._outcome
        if outcome.error is not None:
            outcome.error.__cause__ = self._original(outcome.error.step, outcome.error.__cause__)
        outcome.events[:] = [
            event if event.parent is not None else event._replace(error=self._original(event.step, event.error))
            for event in outcome.events
        ]

    def _original(self, step: str | None, error: BaseException | None) -> BaseException | None:
        if isinstance(error, RemoteError):
            for slug, raised in reversed(self._raised):
                stored = stored_error(raised)
                if (
                    step in {slug, None}
                    and stored.type == error.type_name
                    and stored.message[:1000] == error.message[:1000]
                ):
                    return raised
        return error


def _snapped(time: float) -> float:
    """Return a time without the milliseconds that the database had spent before a timeout of the run was set."""
    return float(round(time)) if abs(time - round(time)) < _NOISE else time

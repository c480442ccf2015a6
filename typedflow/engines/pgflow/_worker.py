"""`PgflowWorker`: executes the tasks of flows, in this process."""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import trio

from typedflow._exception_group import ungrouped
from typedflow._quantity import in_seconds, is_whole
from typedflow._text import quoted
from typedflow.engines._cancellation import without_cancelled
from typedflow.engines._listening import Listeners
from typedflow.engines._programs.entry import awaitable, blocking
from typedflow.engines._resources import ResourcesSource
from typedflow.engines._tasks.places import Places
from typedflow.engines._tasks.plan import Plan
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import ensure_deployed
from typedflow.engines.pgflow._engine import address_of
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._flights import Room
from typedflow.engines.pgflow._flow_worker import FlowWorker
from typedflow.engines.pgflow._heartbeat import Heartbeat
from typedflow.engines.pgflow._lasting_connection import Outages
from typedflow.exceptions import InvalidOptionError, InvalidResourcesError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow._quantity import Duration
    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._engine import PgflowEngine
    from typedflow.event import Listener

_logger = logging.getLogger("typedflow")
_NOT_GIVEN: Final = object()
_DURATION: Final = "a duration above 0 (seconds or a timedelta)"


class PgflowWorker:
    """Executes the tasks of flows whose runs are in a Postgres database. Any number of workers may share the tasks.

    ``await PgflowWorker("postgresql://...", [flow]).run()`` works in trio and in asyncio. It executes tasks until
    `stop` is called, or until it is cancelled: then it gives back what it has begun.

    Args:
        engine: The database: a `PgflowEngine`, a URL ``postgresql://...``, or keywords and values as libpq takes them.
        flows: The flows.
        max_concurrency: How many tasks may be executed concurrently, of all flows together.
        resources: What handlers share, if the flows declare resources, as for a run. They are opened when the worker
            starts, and closed when it ends.
        listeners: Callables that receive the events of the tasks that this worker executes. It does not know when runs
            and steps start and end, so there are no events of these.
        heartbeat: How often the worker says that it lives, in seconds.
        lost_after: After how many seconds without a heartbeat other workers take its tasks over.

    Attributes:
        name: What messages call the database: its address, without a password.
        on_beat: Called in a thread with each heartbeat that has reached the database. It may be set before the worker
            runs.
        is_settled: Set when the database knows how all tasks ended, or that they were given back.

    Raises:
        EngineError: The address is not valid.
        InvalidOptionError: An option is not valid.
        InvalidResourcesError: The resources are missing, or cannot be what the flows declare.
    """

    def __init__(
        self,
        engine: PgflowEngine | str,
        flows: Iterable[Any],
        *,
        max_concurrency: int = 100,
        resources: Any = _NOT_GIVEN,
        listeners: Iterable[Listener] = (),
        heartbeat: Duration = 5.0,
        lost_after: Duration = 15.0,
    ) -> None:
        self.is_settled = threading.Event()
        self._definitions = _checked(flows)
        name = self._definitions[0].slug
        if not is_whole(max_concurrency):
            raise InvalidOptionError(name, "max_concurrency", max_concurrency, "a whole number of at least 1")
        self._interval, self._lost_after = (
            _seconds(name, "heartbeat", heartbeat),
            _seconds(name, "lost_after", lost_after),
        )
        if self._lost_after < 2 * self._interval:
            raise InvalidOptionError(name, "lost_after", lost_after, "at least two heartbeats")
        self._database = Database(address_of(engine), purpose="typedflow worker")
        self._resources = _source(self._definitions, resources)
        self._listeners = tuple(listeners)
        self._max_concurrency = max_concurrency
        self.name = self._database.name
        self.on_beat: Callable[[], object] = _do_nothing
        self._workers: Sequence[FlowWorker] = ()
        self._heartbeat: Heartbeat | None = None
        self._nursery: trio.Nursery | None = None
        self._token: trio.lowlevel.TrioToken | None = None
        self._stops: list[float | None] = []

    @property
    def heartbeat_age(self) -> float:
        """For how many seconds no heartbeat has reached the database; infinity if the worker does not run."""
        return math.inf if self._heartbeat is None else time.monotonic() - self._heartbeat.last

    @property
    def is_alive(self) -> bool:
        """Whether a heartbeat has reached the database lately, so that no other worker takes its tasks over."""
        return self.heartbeat_age < self._lost_after

    def run(self) -> Awaitable[None]:
        """Execute tasks until `stop` is called, and then those that were claimed.

        Raises:
            EngineError: The database cannot be reached when the worker starts, or has refused a statement.
            UndeployableError: pgflow cannot express one of the flows.
            DeployedShapeError: The database has another shape of one of the flows.
            ResourcesError: The resources could not be opened or closed.
        """
        return awaitable(self._run, self._definitions[0].slug, "run")

    def run_sync(self) -> None:
        """Like `run`, for programs that are not async. It blocks this thread."""
        blocking(self._run, self._definitions[0].slug, "run")

    def stop(self, grace: Duration | None = None) -> None:
        """Claim no more tasks, and end when those that are executed have ended. It may be called in any thread.

        Args:
            grace: After how many seconds the rest is cancelled and given back, so that other workers execute it; 0 for
                immediately. None waits for it.
        """
        self._stops.append(None if grace is None else in_seconds(grace))
        if self._token is not None:
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._obey)

    def _obey(self) -> None:
        stops, self._stops = self._stops, []
        for worker in self._workers:
            if stops:
                worker.stop()
        for grace in stops:
            if grace is not None and self._nursery is not None:
                self._nursery.start_soon(self._give_back_after, grace)

    async def _give_back_after(self, grace: float) -> None:
        await trio.sleep(grace)
        for worker in self._workers:
            worker.give_back()

    async def _run(self) -> None:
        inherited = Places.inherited()
        places = inherited or Places()
        try:
            if self._resources is None:
                await self._work(places, None)
            else:
                opened = self._opened_on_asyncio(places) if self._resources.is_for_asyncio else None
                await self._resources.use(partial(self._work, places), opened)
        except BaseException as error:
            other = without_cancelled(error)
            if other is None:
                raise
            other = ungrouped(other)
            try:
                raise other  # without the groups that the nurseries have made
            finally:
                del other
        finally:
            self._token = self._heartbeat = self._nursery = None
            with trio.CancelScope(shield=True):
                if inherited is None:
                    await places.close()
                await trio.to_thread.run_sync(self._database.close)

    @staticmethod
    def _opened_on_asyncio(places: Places) -> Any:
        from typedflow.engines._tasks.asyncio_resources import (  # noqa: PLC0415  asyncio is slow to import
            opened_on_asyncio,
        )

        return partial(opened_on_asyncio, places)

    async def _work(self, places: Places, resources: Any) -> None:
        deployed, features = await trio.to_thread.run_sync(self._deployed)
        outages, room = Outages(self._database.name), Room(self._max_concurrency)
        listeners = Listeners(self._definitions[0].slug, self._listeners)
        self._workers = [
            FlowWorker(
                self._database,
                definition,
                await Plan.of(definition),
                compiled,
                room=room,
                places=places,
                listeners=listeners,
                outages=outages,
            )
            for definition, compiled in zip(self._definitions, deployed, strict=True)
        ]
        for worker, definition in zip(self._workers, self._definitions, strict=True):
            worker.execution.resources = resources
            _warn_of_caches(definition)
        self._token = token = trio.lowlevel.current_trio_token()

        def call_soon(function: Callable[..., object], *arguments: Any) -> None:
            with suppress(trio.RunFinishedError):
                token.run_sync_soon(function, *arguments)

        self._heartbeat = heartbeat = Heartbeat(
            self._database,
            features,
            self._workers,
            call_soon,
            interval=self._interval,
            lost_after=self._lost_after,
            outages=outages,
            on_beat=self.on_beat,
        )
        thread = threading.Thread(target=heartbeat.run, name="typedflow heartbeat", daemon=True)
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                async with trio.open_nursery() as working:
                    for worker in self._workers:
                        await working.start(worker.run)
                    thread.start()
                    self._obey()
                    working.start_soon(self._settle)
                nursery.cancel_scope.cancel()
        finally:
            self._nursery = None
            heartbeat.stop()
            with trio.CancelScope(shield=True):
                if thread.ident is not None:
                    await trio.to_thread.run_sync(thread.join)
                await listeners.drain("of this worker")
        if heartbeat.error is not None:
            raise heartbeat.error

    async def _settle(self) -> None:
        for worker in self._workers:
            await worker.is_settled.wait()
        self.is_settled.set()

    def _deployed(self) -> tuple[list[CompiledFlow], Features]:
        """Return the flows as they are deployed, and what the database can do."""
        flows = [ensure_deployed(self._database, definition) for definition in self._definitions]
        with self._database.connection() as connection:
            return flows, Features.of(connection)


def _do_nothing() -> None:
    """Do nothing."""


def _warn_of_caches(definition: FlowDefinition) -> None:
    cached = [step.slug for step in definition.steps if step.options.cache is not None]
    if cached:
        _logger.warning(
            'Flow "%s": the cache of %s has no effect in a worker. Only a store has one.',
            definition.slug,
            quoted(cached),
        )


def _checked(flows: Iterable[Any]) -> list[FlowDefinition]:
    definitions: list[FlowDefinition] = [flow.definition for flow in flows]
    if not definitions:
        raise TypeError("a worker needs at least one flow")
    slugs = [definition.slug for definition in definitions]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise InvalidOptionError(slug, "flows", slugs, "flows with different slugs")
    return definitions


def _seconds(name: str, option: str, value: Duration) -> float:
    seconds = in_seconds(value)
    if seconds is None or not 0 < seconds < math.inf:
        raise InvalidOptionError(name, option, value, _DURATION)
    return seconds


def _source(definitions: Sequence[FlowDefinition], resources: Any) -> ResourcesSource | None:
    """Return what opens the resources that the flows share; None if they declare none."""
    declaring = [definition for definition in definitions if definition.resources is not None]
    options = {} if resources is _NOT_GIVEN else {"resources": resources}
    if not declaring:
        return ResourcesSource.of(definitions[0], options)
    first = declaring[0]
    for other in declaring[1:]:
        if other.resources != first.resources:
            reason = f'flow "{first.slug}" declares others. Give each of them a worker of its own.'
            raise InvalidResourcesError(other.slug, reason)
    return ResourcesSource.of(first, options)

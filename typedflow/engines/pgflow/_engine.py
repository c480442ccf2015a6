"""`PgflowEngine`: runs flows on pgflow, in a Postgres database, by workers on any number of machines."""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from typedflow._hidden_frames import HIDDEN_FRAMES
from typedflow._quantity import in_seconds
from typedflow.engines._listening import Listeners
from typedflow.engines._programs.entry import awaitable, blocking, entered
from typedflow.engines._run_options import check_from_steps, check_run_options
from typedflow.engines.pgflow._client import Client
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy
from typedflow.engines.pgflow._handle import PgflowRun
from typedflow.engines.pgflow._run_id import run_uuid
from typedflow.engines.pgflow._runs import PgflowRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta
    from typing import Self
    from uuid import UUID

    from typedflow import Flow  # from here, so that checkers without the plugin see their own Flow
    from typedflow._definition.flow import FlowDefinition
    from typedflow._quantity import Duration
    from typedflow.engines.pgflow._deploy import Deployment
    from typedflow.event import Listener
    from typedflow.stores import RunFilter, RunLog, RunRecord

Input = TypeVar("Input")
Steps_co = TypeVar("Steps_co", covariant=True)


class PgflowEngine:
    """Runs flows on pgflow's SQL functions in a Postgres database. Workers on any machines execute the tasks.

    It may be used in any thread, and by many runs concurrently. It is a context manager, async or not, which closes
    its connections.

    Attributes:
        name: The address of the database, without a password.

    Args:
        address: A connection string: a URL ``postgresql://user:password@host:port/name``, or libpq's keywords.

    Raises:
        EngineError: The address is not valid.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._database = Database(address)
        self._client = Client(self._database)
        self.name = self._database.name

    async def run(
        self,
        flow: Flow[Input, Steps_co],
        flow_input: Input,
        *,
        run_id: str | None = None,
        timeout: Duration | None = None,  # noqa: ASYNC109  the run is ended, too
        listeners: Iterable[Listener] = (),
    ) -> Steps_co:
        """Run a flow, and return the outputs of all steps by slug, when workers have executed them.

        A ``run_id`` that the database knows does not start another run: its outputs are returned when it has completed.
        So a program may be started again. A cancellation stops waiting, and the run continues.

        Args:
            flow: The flow, which must be deployed.
            flow_input: The flow input. pydantic validates it strictly before anything starts.
            run_id: Identifier of the run. One that is not a UUID becomes one, always the same. Default: a new UUID.
            timeout: Longest duration of the run since its start, in seconds or as a timedelta. When it is over, the run
                ends, if this program still waits. Default: no limit.
            listeners: Callables that receive every `typedflow.Event` of the run. Default: none.

        Raises:
            InvalidInputError: The input is not of the flow's input type.
            NotDeployedError: The database does not have the flow.
            DeployedShapeError: The database has another shape of the flow.
            StepFailedError: A step failed. The cause is a `typedflow.RemoteError`.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled.
            DifferentInputError: There is a run with this ``run_id`` and another flow input.
            EngineError: The database cannot be reached.
            RuntimeError: Neither trio nor asyncio is running.
        """
        definition = _checked(flow, run_id, timeout)

        async def program() -> Any:
            start = partial(self._client.start, definition, flow_input, run_id)
            async with self._watched(definition, start, timeout, listeners) as run:
                return await run.outputs()

        with HIDDEN_FRAMES:
            outputs: Steps_co = await awaitable(program, definition.slug, "run")
        return outputs

    def run_sync(
        self,
        flow: Flow[Input, Steps_co],
        flow_input: Input,
        *,
        run_id: str | None = None,
        timeout: Duration | None = None,
        listeners: Iterable[Listener] = (),
    ) -> Steps_co:
        """Run a flow as `run` does, and block until the run has ended. For programs that are not async.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `run` instead.
        """
        with HIDDEN_FRAMES:
            method = partial(self.run, flow, flow_input, run_id=run_id, timeout=timeout, listeners=listeners)
            outputs: Steps_co = blocking(method, flow.definition.slug, "run")
        return outputs

    def start(
        self,
        flow: Flow[Input, Steps_co],
        flow_input: Input,
        *,
        run_id: str | None = None,
        timeout: Duration | None = None,
        listeners: Iterable[Listener] = (),
    ) -> AbstractAsyncContextManager[PgflowRun[Steps_co]]:
        """Start a run, and return a context manager that gives its handle.

        Leaving the ``async with`` block stops watching, and the run continues. Use ``run.cancel()`` to end it.

        Args:
            flow: As in `run`.
            flow_input: As in `run`.
            run_id: As in `run`.
            timeout: As in `run`.
            listeners: As in `run`.

        Raises:
            StepFailedError: A step failed before the block was left, which did not await the outputs. Raised where it
                ends. The others are those of `run`.
        """
        definition = _checked(flow, run_id, timeout)
        start = partial(self._client.start, definition, flow_input, run_id)
        watched = partial(self._watched, definition, start, timeout, listeners, reads_all=True)
        return entered(watched, definition.slug)

    def attach(
        self, flow: Flow[Any, Steps_co], run_id: str, *, listeners: Iterable[Listener] = ()
    ) -> AbstractAsyncContextManager[PgflowRun[Steps_co]]:
        """Return a context manager that gives the handle of a run that another program may have started.

        Args:
            flow: The flow.
            run_id: Identifier of the run.
            listeners: As in `run`.

        Raises:
            UnknownRunError: There is no such run.
            EngineError: The database cannot be reached.
        """
        definition = _checked(flow, run_id, None)
        watched = partial(self._watched, definition, lambda: run_uuid(run_id), None, listeners, reads_all=True)
        return entered(watched, definition.slug)

    async def retry(self, flow: Flow[Any, Steps_co], run_id: str, *, from_steps: Sequence[str] = ()) -> Steps_co:
        """Start a new run with the input of another one, which reuses every task that completed there (pgflow's #658).

        Args:
            flow: The flow.
            run_id: Identifier of the other run.
            from_steps: Slugs of steps that begin again, with all that depend on them.

        Raises:
            UnknownRunError: There is no such run.
            OtherFlowError: It is a run of another flow.
            UnknownStepError: The flow has no such step. The others are those of `run`.
        """
        definition = _checked(flow, run_id, None)
        check_from_steps(definition.slug, from_steps)

        async def program() -> Any:
            start = partial(self._client.retry_flow, definition, run_uuid(run_id), from_steps)
            async with self._watched(definition, start, None, ()) as run:
                return await run.outputs()

        with HIDDEN_FRAMES:
            outputs: Steps_co = await awaitable(program, definition.slug, "retry")
        return outputs

    def retry_sync(self, flow: Flow[Any, Steps_co], run_id: str, *, from_steps: Sequence[str] = ()) -> Steps_co:
        """Retry a run as `retry` does, and block until the new run has ended.

        Raises:
            RuntimeError: It was called inside a trio program, which must await `retry` instead.
        """
        with HIDDEN_FRAMES:
            method = partial(self.retry, flow, run_id, from_steps=from_steps)
            outputs: Steps_co = blocking(method, flow.definition.slug, "retry")
        return outputs

    def deploy(self, flow: Flow[Any, Any], *, replace: bool = False) -> Deployment:
        """Put a flow into the database, as ``typedflow engine deploy`` does. This blocks for moments.

        Args:
            flow: The flow.
            replace: Whether a flow with the same slug and another shape is deleted first, with all of its runs.

        Raises:
            UndeployableError: pgflow cannot express the flow.
            NotStorableError: The flow input or an output can never be stored.
            DeployedShapeError: The database has another shape of the flow.
            EngineError: The database cannot be reached.
        """
        with HIDDEN_FRAMES:
            return deploy(self._database, flow.definition, replaces=replace)

    def cancel(self, run_id: str) -> None:
        """Cancel a run, wherever its handlers are. If it has ended, nothing happens. This blocks for moments.

        Raises:
            UnknownRunError: There is no such run.
            EngineError: The database cannot be reached.
        """
        self._client.cancel(run_uuid(run_id))

    def deliver(self, flow: Flow[Any, Any], run_id: str, slug: str, value: Any) -> None:
        """Deliver the output of a wait step, which may begin to wait later. This blocks for moments.

        Args:
            flow: The flow.
            run_id: Identifier of the run.
            slug: Slug of the wait step.
            value: The output. pydantic validates it strictly. The mypy plugin checks its type.

        Raises:
            UnknownRunError: There is no such run.
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares. The step still waits.
            DeliveryError: The step does not wait: it has its output already, was skipped or timed out, it is not a wait
                step, or the run has ended.
            UnstorableValueError: The database cannot keep the value.
            EngineError: The database cannot be reached.
        """
        self._client.deliver(flow.definition, run_uuid(run_id), slug, value)

    def runs(
        self,
        *,
        flow: str | None = None,
        status: RunFilter | None = None,
        since: datetime | timedelta | None = None,
        limit: int | None = None,
    ) -> Sequence[RunRecord]:
        """Return runs, newest first, also those that other programs have started. This blocks for moments.

        Args:
            flow: Only runs of this flow.
            status: Only runs of this status.
            since: Only runs that were started since this time, or within this time before now.
            limit: At most so many.

        Raises:
            EngineError: The database cannot be reached.
        """
        return self.run_log.runs(flow=flow, status=status, since=since, limit=limit)

    @property
    def run_log(self) -> RunLog:
        """The runs with their steps, tasks and failures, for programs that look at them and administer them."""
        return PgflowRuns(self._database)

    def close(self) -> None:
        """Close the connections. Closing twice does nothing."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    @asynccontextmanager
    async def _watched(
        self,
        definition: FlowDefinition,
        start: Callable[[], UUID],
        timeout: Duration | None,  # noqa: ASYNC109  as in `run`
        listeners: Iterable[Listener],
        *,
        reads_all: bool = False,
    ) -> AsyncIterator[PgflowRun[Any]]:
        receivers = Listeners(definition.slug, listeners)
        run_id = await self._client.in_thread(start)
        watched = PgflowRun.watched(
            self._client,
            definition,
            run_id,
            receivers,
            within=in_seconds(timeout),
            only_its_end=not (reads_all or receivers),
        )
        async with watched as run:
            yield run


def address_of(engine: PgflowEngine | str) -> str:
    """Return the address of the database of an engine, with its password, or an address as it is."""
    return engine if isinstance(engine, str) else engine._address  # noqa: SLF001  of a class of this module


def _checked(flow: Flow[Any, Any], run_id: str | None, timeout: object) -> FlowDefinition:
    with HIDDEN_FRAMES:
        definition: FlowDefinition = flow.definition
        check_run_options(definition.slug, {"run_id": run_id, "timeout": timeout})
    return definition

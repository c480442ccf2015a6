"""`PgflowRun`: the handle on a run that workers execute."""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import trio

from typedflow._exception_group import ungrouped
from typedflow._outputs import Outputs
from typedflow.engines._event_stream import EventStream
from typedflow.engines._failure_copy import copy_to_raise
from typedflow.engines._step_statuses import StepStatuses
from typedflow.engines._waiters import Waiters
from typedflow.engines.pgflow._failures import failure_of
from typedflow.engines.pgflow._run_state import RunState
from typedflow.exceptions import EngineError, UnknownRunError, UnknownStepError
from typedflow.outputs import CompletedOutputs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._listening import Listeners
    from typedflow.engines.pgflow._client import Client
    from typedflow.event import RunStatus

Steps_co = TypeVar("Steps_co", covariant=True)
# A transaction may become visible after a later one, so each look reads again what changed shortly before the last one.
_OVERLAP: Final = 10
# After a look that took long, the next one waits: this many times as long as it took.
_REST: Final = 3.0
# For how long a database may not answer until that is raised, and how often it is asked meanwhile, in seconds.
_PATIENCE: Final = 60.0
_RETRY: Final = 0.5


class PgflowRun(Generic[Steps_co]):
    """A handle on a run that workers execute, within the ``async with`` that watches it.

    Attributes:
        flow: Slug of the flow.
        run_id: Identifier of the run, a UUID.
        events: Every `typedflow.Event` of the run. Each ``async for`` over them begins with the first event.
    """

    def __init__(self, client: Client, definition: FlowDefinition, run_id: UUID, listeners: Listeners) -> None:
        self.flow = definition.slug
        self.run_id = str(run_id)
        self.events = EventStream[str]()
        self._client = client
        self._definition = definition
        self._uuid = run_id
        self._state = RunState(definition, self.run_id)
        self._listeners = listeners
        self._end = Waiters()
        self._news = trio.Event()
        self._token = trio.lowlevel.current_trio_token()
        self._failure_is_known = False

    @property
    def status(self) -> RunStatus:
        """The status of the run, when it was last read."""
        return self._state.status

    @property
    def steps(self) -> StepStatuses[Steps_co]:
        """The status of each step, by slug, in the order of definition, when it was last read."""
        return StepStatuses(self.flow, self._state.statuses())

    async def outputs(self) -> Steps_co:
        """Wait until the run has ended, and return the outputs of all steps by slug.

        Raises:
            StepFailedError: A step failed.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled.
        """
        await self._end.wait_until(lambda: self.status != "started")
        self._raise_unless_completed()
        outputs: Any = Outputs(self.flow, {step.slug: self._state.output(step.slug) for step in self._definition.steps})
        return outputs  # type: ignore[no-any-return]  # Steps describes this dict; only the plugin can know

    async def output(self, slug: str) -> Any:
        """Wait until a step has ended, and return its output; None if it was skipped. The run may continue.

        Args:
            slug: Slug of the step.

        Raises:
            UnknownStepError: The flow has no such step.
            StepFailedError: The step failed, or another one did before this one could complete.
            RunTimeoutError: The run took longer than its timeout.
            RunCancelledError: The run was cancelled.
        """
        if slug not in self._definition:
            raise UnknownStepError(self.flow, slug, tuple(step.slug for step in self._definition.steps))
        if not await self.events.step_has_output(slug):
            await self._end.wait_until(lambda: self.status != "started")
            self._raise_unless_completed()
        return self._state.output(slug)

    @property
    def completed_outputs(self) -> CompletedOutputs:
        """The outputs of the steps that had completed when the run was last read, by slug."""
        return CompletedOutputs(self.flow, [step.slug for step in self._definition.steps], self._state.completed())

    def cancel(self) -> None:
        """Cancel the run, wherever its handlers are. This does nothing once the run has ended. It blocks for moments.

        Raises:
            EngineError: The database cannot be reached.
        """
        self._client.cancel(self._uuid)
        self._notify()

    def interrupt(self) -> None:
        """Do nothing: workers execute the run, and it does not end with this handle."""

    def deliver(self, slug: str, value: Any) -> None:
        """Deliver the output of a wait step. It may be delivered before the step begins to wait. It blocks for moments.

        Args:
            slug: Slug of the wait step.
            value: The output. pydantic validates it strictly. The mypy plugin checks its type.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidDeliveryError: The value is not of the type that the step declares. The step still waits.
            DeliveryError: The step does not wait: it has its output already, was skipped or timed out, it is not a wait
                step, or the run has ended.
            UnstorableValueError: The database cannot keep the value.
            EngineError: The database cannot be reached.
        """
        self._client.deliver(self._definition, self._uuid, slug, value)

    def _raise_unless_completed(self) -> None:
        self._failure_is_known = True
        if self.status != "completed":
            error = failure_of(self._definition, self._state, self.run_id)
            error.outputs = self.completed_outputs
            raise copy_to_raise(error)

    @classmethod
    @asynccontextmanager
    async def watched(
        cls,
        client: Client,
        definition: FlowDefinition,
        run_id: UUID,
        listeners: Listeners,
        *,
        within: float | None = None,
        only_its_end: bool = False,
    ) -> AsyncIterator[PgflowRun[Any]]:
        """Give a handle on a run, which is read whenever it changes until the context is left or the run has ended.

        Args:
            client: What asks the database.
            definition: The flow.
            run_id: Identifier of the run.
            listeners: What receives its events.
            within: How long the run may take, in seconds; None for no limit.
            only_its_end: Whether it is read only when it has ended.

        Raises:
            UnknownRunError: There is no such run.
            StepFailedError: A step failed, and `outputs` was not called. Raised where the context ends.
        """
        run = cls(client, definition, run_id, listeners)
        raised: BaseException | None = None
        unwatch = client.watcher.watch(run_id, run._notify, only_its_end=only_its_end)
        try:
            if within is not None or not only_its_end:
                await run._look()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run._follow)
                if within is not None:
                    nursery.start_soon(run._end_after, within)
                try:
                    yield run
                except BaseException as error:  # noqa: BLE001  raised below, without the group that the nursery makes
                    raised = error
                nursery.cancel_scope.cancel()
        except BaseException as error:  # noqa: BLE001  as above
            raised = raised or ungrouped(error)
        finally:
            unwatch()
            if listeners:
                await listeners.drain(run.run_id)
        try:
            if raised is not None:
                raise raised
        finally:
            del raised  # its traceback holds this frame
        if run.status == "failed" and not run._failure_is_known:
            run._raise_unless_completed()

    async def _follow(self) -> None:
        lost_at: float | None = None
        while self.status == "started":
            await self._news.wait()
            began = trio.current_time()
            try:
                await self._look()
                lost_at = None
            except EngineError:  # the database restarts, perhaps
                lost_at = began if lost_at is None else lost_at
                if began > lost_at + _PATIENCE:
                    raise
                await trio.sleep(_RETRY)
                self._news.set()
            with trio.move_on_after(_REST * (trio.current_time() - began)):
                await trio.sleep_forever()

    async def _look(self) -> None:
        self._news = trio.Event()
        rows = await self._client.in_thread(partial(self._client.read, self._uuid, self._state.read_at, _OVERLAP))
        if rows is None:
            raise UnknownRunError(self._client.name, self.run_id)
        for event in self._state.update(rows):
            self.events.append(event)
            if self._listeners:
                self._listeners.emit(event)
        if self.status != "started":
            self._end.wake_all()

    async def _end_after(self, within: float) -> None:
        await trio.sleep(max(within - self._state.age, 0.0))
        if self.status == "started":
            await self._client.in_thread(partial(self._client.time_out, self._uuid, within))
            self._news.set()

    def _wake(self) -> None:
        self._news.set()

    def _notify(self) -> None:
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._wake, idempotent=True)

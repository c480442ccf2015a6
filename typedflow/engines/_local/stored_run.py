"""How a run in a store begins: it is created, resumed, or has ended already."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from typedflow._definition.shape import fingerprint, shape_of
from typedflow._definition.storable import check_storable
from typedflow.engines._encoding import Encoding
from typedflow.engines._local import clock
from typedflow.engines._local.journal import committed
from typedflow.engines._local.restored import restored_steps
from typedflow.engines._resumable import check_resumable
from typedflow.engines._run_id import new_run_id
from typedflow.exceptions import (
    DifferentInputError,
    OtherFlowError,
    RunCancelledError,
    RunEndedError,
    RunExistsError,
    RunTimeoutError,
    StepFailedError,
)
from typedflow.stores import NewRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._local.restored import RestoredStep
    from typedflow.engines._tasks.plan import Plan
    from typedflow.stores import Claim, RunRecord, StepRecord, Store, TaskRecord


@dataclass(slots=True)
class StoredRun:
    """A run in a store.

    Attributes:
        store: The store.
        encoding: How its values are stored.
        run_id: Identifier of the run.
        run: What the journal needs: the claim on it, or the run if it is created with its first commit. None if it has
            ended.
        record: What the store knew of it; None if it is new.
        steps: What is known of its steps, by slug.
        failure: With what it ended, if it failed or was cancelled.
        deadline: Wall clock at which it times out; None for never.
    """

    store: Store
    encoding: Encoding
    run_id: str
    run: Claim | NewRun | None
    record: RunRecord | None = None
    steps: Mapping[str, RestoredStep] = field(default_factory=dict)
    failure: StepFailedError | RunTimeoutError | RunCancelledError | None = None
    deadline: float | None = None


async def begin(
    store: Store,
    definition: FlowDefinition,
    plan: Plan,
    flow_input: object,
    *,
    run_id: str | None,
    time_limit: float | None,
    at_once: bool,
) -> StoredRun:
    """Create a run, or resume the one that has this identifier.

    Args:
        store: The store.
        definition: The flow.
        plan: The plan of the flow.
        flow_input: The validated flow input.
        run_id: Identifier of the run; None for a new one.
        time_limit: Longest duration of the run, in seconds.
        at_once: Whether the store must know the run when this returns. Otherwise, it is created with its first commit.

    Raises:
        NotStorableError: The flow input or an output can never be stored.
        UnstorableValueError: The flow input cannot be stored.
        DifferentInputError: There is a run with this identifier and another flow input.
        RunExistsError: There is a run of another flow with this identifier.
        RunClaimedError: A living process executes it.
        StoreError: The store cannot be read or written.
    """
    check_storable(definition)
    encoding = Encoding.of(definition)
    now = clock.wall_clock()
    new = NewRun(
        run_id=run_id or new_run_id(),
        flow=definition.slug,
        input=encoding.input_to_store(flow_input, store.max_value_bytes),
        shape=shape_of(definition),
        fingerprint=fingerprint(definition),
        created_at=now,
        deadline=None if time_limit is None else now + time_limit,
    )
    if run_id is None and not at_once:
        return StoredRun(store, encoding, new.run_id, new, deadline=new.deadline)
    try:
        created = await committed(store.create(new))
    except RunExistsError as error:
        if error.run is None or error.run.flow != definition.slug:
            raise
        existing = error.run
    else:
        return StoredRun(store, encoding, new.run_id, created.claim, deadline=new.deadline)
    inputs = (existing.input, new.input)
    if existing.input != new.input and len({encoding.canonical("run", each) for each in inputs}) == 2:
        raise DifferentInputError(store.name, definition.slug, new.run_id)
    return await take_up(store, definition, plan, existing)


async def find(store: Store, definition: FlowDefinition, plan: Plan, run_id: str) -> tuple[StoredRun, Any]:
    """Resume a run that is interrupted, or find out how it has ended. Return it, and its flow input.

    Raises:
        NotStorableError: The flow input or an output can never be stored.
        UnknownRunError: The store has no such run.
        OtherFlowError: It is a run of another flow.
        ShapeMismatchError: The flow has changed, so that it cannot resume the run.
        RunClaimedError: A living process executes it.
        StoreError: The store cannot be read or written.
    """
    check_storable(definition)
    record: RunRecord = await read(partial(store.run, run_id))
    if record.flow != definition.slug:
        raise OtherFlowError(store.name, definition.slug, run_id, record.flow)
    stored = await take_up(store, definition, plan, record)
    return stored, stored.encoding.input_from_store(record.input)


async def retry(store: Store, definition: FlowDefinition, run_id: str, steps: Sequence[str]) -> None:
    """Make a run ready to be resumed, if the flow can resume it then. Otherwise, it stays as it has ended.

    Raises:
        UnknownStepError: The run has no such step; the others are those of `find`.
    """
    check_storable(definition)
    record: RunRecord = await read(partial(store.run, run_id))
    await read(partial(check_resumable, store, definition, record, steps))
    await read(partial(store.retry, run_id, steps))


async def take_up(store: Store, definition: FlowDefinition, plan: Plan, record: RunRecord) -> StoredRun:
    """Resume a run that is interrupted, or return how it has ended.

    Raises:
        ShapeMismatchError: The flow has changed, so that it cannot resume the run.
        RunClaimedError: A living process executes it.
        StoreError: The store cannot be read or written.
    """
    encoding = Encoding.of(definition)
    stored = StoredRun(store, encoding, record.run_id, None, record)
    if record.status == "started":
        try:
            claimed = await committed(store.claim(record.run_id))
        except RunEndedError as error:
            stored.record = record = error.run
        else:
            stored.run, stored.record = claimed.claim, claimed.run
            stored.deadline = None if claimed.run.deadline is None else claimed.run.deadline.timestamp()
            try:
                await _check_shape(store, definition, claimed.run, claimed.claim)
                stored.steps = restored_steps(plan, encoding, claimed.steps, claimed.tasks)
            except BaseException:  # the flow has changed, or an output cannot be decoded
                await committed(store.release(claimed.claim))
                raise
            return stored
    await _check_shape(store, definition, record)
    steps: Sequence[StepRecord] = await read(partial(store.steps, record.run_id))
    tasks: Sequence[TaskRecord] = await read(partial(store.tasks, record.run_id))
    stored.steps = restored_steps(plan, encoding, steps, tasks)
    stored.failure = await read(partial(_failure, store, record, steps))
    return stored


def timeout_of(record: RunRecord) -> float | None:
    """Return the timeout of a run, in seconds; None if it has none. Its times are stored in whole microseconds."""
    return None if record.deadline is None else round((record.deadline - record.created_at).total_seconds(), 5)


async def read(reading: Callable[[], Any]) -> Any:
    """Read a store in a thread, which a cancellation does not interrupt."""
    return await trio.to_thread.run_sync(reading)


async def _check_shape(store: Store, definition: FlowDefinition, record: RunRecord, claim: Claim | None = None) -> None:
    """Check that a flow can resume a run that may have been started with another shape of it.

    Args:
        store: The store.
        definition: The flow.
        record: The run.
        claim: The right to execute the run, which then continues with the shape that the flow has now.

    Raises:
        ShapeMismatchError: It cannot.
    """
    if record.fingerprint == fingerprint(definition):
        return
    await read(partial(check_resumable, store, definition, record))
    if claim is not None:
        await committed(store.reshape(claim, shape_of(definition), fingerprint(definition)))


def _failure(
    store: Store, record: RunRecord, steps: Sequence[StepRecord]
) -> StepFailedError | RunTimeoutError | RunCancelledError | None:
    """Return the exception with which a run ended, as its process raised it, but without its cause."""
    flow, run_id = record.flow, record.run_id
    if record.status == "completed":
        return None
    if record.status == "cancelled":
        return RunCancelledError(flow, run_id)
    failed = next((step for step in steps if step.status == "failed"), None)
    if failed is None:
        running = tuple(step.step for step in steps if step.status == "cancelled")
        return RunTimeoutError(flow, run_id, timeout_of(record) or 0.0, running)
    failures = [each for each in store.failures(run_id, step=failed.step) if each.kind == "failed"]
    error = failures[-1].error if failures else failed.error
    reason = "" if error is None else f"{error.type}: {error.message}"
    attempt, index = (failures[-1].attempt, failures[-1].task_index) if failures else (0, 0)
    failure = StepFailedError(flow, failed.step, attempt, reason, None if failed.items is None else index)
    for note in () if error is None else error.notes:
        failure.add_note(note)
    return failure

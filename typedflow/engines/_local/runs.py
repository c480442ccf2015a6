"""Runs a flow from its beginning, or from where another process has left it, to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from typedflow.engines._local.execution import Execution
from typedflow.exceptions import UndeliverableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._run_options import ResumeOptions, RunOptions
    from typedflow.stores import Store


async def execute(definition: FlowDefinition, flow_input: object, /, **options: Unpack[RunOptions]) -> dict[str, Any]:
    """Run a flow, each step as soon as its own dependencies have ended, and return the outputs by slug.

    Args:
        definition: The flow.
        flow_input: The flow input, which is validated before anything starts.
        **options: See `RunOptions`.

    Raises:
        InvalidInputError: The input is not of the flow's input type.
        InvalidOptionError: An option is not valid.
        InvalidResourcesError: The resources are missing, or not of the class that the flow declares.
        FlowDefinitionError: pydantic cannot validate a declared type.
        ResourcesError: The resources could not be opened or closed.
        UndeliverableError: The flow has a wait step, and nothing can deliver to this run.
        StepFailedError: A step failed. All others were cancelled and have cleaned up.
        RunTimeoutError: The run took longer than its timeout, and was cancelled.
    """
    execution = await Execution.prepare(definition, flow_input, options)
    if (waits := execution.schedule.plan.deliveries) and options.get("store") is None:
        raise UndeliverableError(definition.slug, next(iter(waits)))
    await execution.run()
    return execution.outputs()


async def resume(
    definition: FlowDefinition, run_id: str, store: Store, /, **options: Unpack[ResumeOptions]
) -> dict[str, Any]:
    """Resume a run that was interrupted, and return the outputs by slug. If it has ended, return how.

    Args:
        definition: The flow.
        run_id: Identifier of the run.
        store: What remembers it.
        **options: See `ResumeOptions`.

    Raises:
        UnknownRunError: The store has no such run.
        ShapeMismatchError: The flow has changed, so that it cannot resume the run.
        RunClaimedError: A living process executes it.
        StoreError: The store cannot be read or written.
        StepFailedError: A step failed; the others are those of `execute`.
    """
    from typedflow.engines._local.stored_execution import StoredExecution  # noqa: PLC0415  others do not need it

    execution = await StoredExecution.resume(definition, run_id, store, options)
    await execution.run()
    return execution.outputs()


async def retry(
    definition: FlowDefinition, run_id: str, steps: Sequence[str], store: Store, /, **options: Unpack[ResumeOptions]
) -> dict[str, Any]:
    """Resume a run that failed or was cancelled, and return the outputs by slug. If it is refused, nothing changes.

    Args:
        definition: The flow.
        run_id: Identifier of the run.
        steps: Steps that begin again, with all that depend on them.
        store: What remembers it.
        **options: See `ResumeOptions`.

    Raises:
        UnknownStepError: The run has no such step.
        UnknownRunError: The store has no such run; the others are those of `resume`.
    """
    from typedflow.engines._local.stored_execution import StoredExecution  # noqa: PLC0415  others do not need it

    execution = await StoredExecution.resume(definition, run_id, store, options, retried_from=steps)
    await execution.run()
    return execution.outputs()

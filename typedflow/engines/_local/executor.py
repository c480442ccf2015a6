"""Runs a flow definition in a trio nursery, in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typedflow.engines._local.execution import Execution

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.flow import FlowDefinition
    from typedflow.event import Listener


async def execute(
    definition: FlowDefinition,
    flow_input: object,
    *,
    max_concurrency: int | None = None,
    listeners: Iterable[Listener] = (),
) -> dict[str, Any]:
    """Run every step of a flow, each as soon as its own dependencies are done, and return their outputs by slug.

    Args:
        definition: The flow.
        flow_input: Its input, validated before anything starts.
        max_concurrency: How many tasks may be executed at once; None for no limit but those of map steps.
        listeners: Called with every event in order. One that raises is logged and heard no more in this run.

    Raises:
        InvalidInputError: The input is not of the flow's input type.
        InvalidOptionError: ``max_concurrency`` or ``listeners`` is none that there can be.
        FlowDefinitionError: A declared type is none that pydantic can validate.
        StepFailedError: A step failed; all others have been cancelled and have cleaned up.
    """
    execution = await Execution.of(definition, flow_input, max_concurrency=max_concurrency, listeners=listeners)
    await execution.run()
    return execution.all_outputs()

"""A call of `Flow.run` or `Flow.run_sync`: what is read of its outputs."""

from mypy.checker import TypeChecker
from mypy.plugin import MethodContext
from mypy.types import Type

from typedflow_mypy import reads
from typedflow_mypy.flow_type import as_flow, check_read, known_steps


def result(ctx: MethodContext) -> Type:
    """Return what is declared; a step that the flow has not is told in words of the flow."""
    flow = as_flow(ctx.type)
    assert isinstance(ctx.api, TypeChecker)
    if flow is not None:
        check_read(ctx.api, flow, ctx.context)
    steps = known_steps(flow) if flow is not None else None
    if steps is not None:
        reads.explain_outputs(ctx.api, steps.items)
    return ctx.default_return_type

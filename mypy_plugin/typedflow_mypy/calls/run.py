"""A call of `Flow.run`, `Flow.run_sync` or `Flow.start`: what is read of its outputs."""

from mypy.checker import TypeChecker
from mypy.plugin import MethodContext
from mypy.types import Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.model.flow_type import called_on, known_steps


def result(ctx: MethodContext) -> Type:
    """Return what is declared; a step that the flow has not is told in words of the flow."""
    flow = called_on(ctx)
    steps = known_steps(flow)
    if flow is not None and steps is not None:
        assert isinstance(ctx.api, TypeChecker)
        undeclared_reads.explain_outputs(ctx.api, flow, steps.items)
    return ctx.default_return_type

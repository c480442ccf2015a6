"""A call of `Flow.run`, `Flow.run_sync` or `Flow.start`: what is read of its outputs."""

from mypy.plugin import MethodContext
from mypy.types import Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.model.flow_type import called_on, known_steps


def result(ctx: MethodContext) -> Type:
    """Return what is declared; a step that the flow has not is told in words of the flow."""
    flow = called_on(ctx)
    steps = known_steps(flow)
    if flow is not None and steps is not None:
        checker = checker_of(ctx)
        undeclared_reads.explain_outputs(checker, flow, steps.items)
    return ctx.default_return_type

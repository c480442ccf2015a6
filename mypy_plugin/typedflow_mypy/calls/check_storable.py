"""A call of `Flow.check_storable`."""

from mypy.plugin import MethodContext
from mypy.types import Type

from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.model.flow_type import called_on
from typedflow_mypy.rules import not_storable


def result(ctx: MethodContext) -> Type:
    """Report what of the flow can never be stored."""
    flow = called_on(ctx)
    if flow is not None:
        not_storable.check_storable(checker_of(ctx), flow, ctx.context)
    return ctx.default_return_type

"""A call of `Flow.run` or `Flow.run_sync`: what is read of its outputs."""

from mypy.checker import TypeChecker
from mypy.maptype import map_instance_to_supertype
from mypy.plugin import MethodContext
from mypy.types import Instance, Type, TypedDictType, get_proper_type

from typedflow_mypy import fullnames, reads


def result(ctx: MethodContext) -> Type:
    """Return what is declared; a step that the flow has not is told in words of the flow."""
    if isinstance(ctx.type, Instance):
        assert isinstance(ctx.api, TypeChecker)
        explain(ctx.api, ctx.type)
    return ctx.default_return_type


def explain(checker: TypeChecker, flow: Instance) -> None:
    """Have reads of steps that a flow has not told in words of the flow."""
    base = next((info for info in flow.type.mro if info.fullname == fullnames.FLOW), None)
    steps = get_proper_type(map_instance_to_supertype(flow, base).args[1]) if base is not None else None
    if isinstance(steps, TypedDictType):
        reads.explain_outputs(checker, steps.items)

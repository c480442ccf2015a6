"""A call of `Flow.leaf_outputs`: the outputs of the leaf steps alone."""

from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import CallableType, FunctionLike, Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import as_flow, as_of_flow, called_on, known_steps


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Want the outputs of this flow, and not of another."""
    declared = as_of_flow(ctx.default_signature)
    assert isinstance(declared, CallableType)
    steps = known_steps(as_flow(ctx.type))
    return declared if steps is None else declared.copy_modified(arg_types=[steps])


def result(ctx: MethodContext) -> Type:
    """Return a TypedDict of the leaf steps' outputs, or what is declared if the type does not say which they are."""
    flow = called_on(ctx)
    steps = known_steps(flow)
    if flow is None or steps is None:
        return ctx.default_return_type
    leaves = FlowNotes.of(flow).leaves(steps.items)
    if leaves is None:
        return ctx.default_return_type
    checker = checker_of(ctx)
    undeclared_reads.explain_outputs(checker, flow, leaves, "leaf step")
    return typed_dict(checker, {slug: steps.items[slug] for slug in leaves})

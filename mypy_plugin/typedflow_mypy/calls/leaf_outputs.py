"""The leaf steps of a flow: which they are, kept beside the type of the flow, and the outputs of them alone."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import FunctionLike, Instance, Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_type import as_flow, called_on, known_steps
from typedflow_mypy.model.notes import note, noted
from typedflow_mypy.model.step_call import StepCall

_LEAVES: Final = "leaf steps"


def with_leaves(checker: TypeChecker, call: StepCall, flow: Instance) -> Instance:
    """Note in a new flow's type which steps no step depends on, if that is known of the flow it extends."""
    before = _leaves(call.flow)
    if before is None or call.slug.value is None or not call.knows_input:
        return flow
    dependencies = {dependency.value for dependency in call.dependencies or ()}
    slugs = [*(slug for slug in before if slug not in dependencies), call.slug.value]
    return note(checker, flow, _LEAVES, ",".join(slugs))


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Want the outputs of this flow, and not of another."""
    declared = ctx.default_signature
    steps = known_steps(as_flow(ctx.type))
    return declared if steps is None else declared.copy_modified(arg_types=[steps])


def result(ctx: MethodContext) -> Type:
    """Return a TypedDict of the leaf steps' outputs, or what is declared if the type does not say which they are."""
    flow = called_on(ctx)
    steps = known_steps(flow)
    slugs = _leaves(flow) if flow is not None else None
    if flow is None or steps is None or slugs is None:
        return ctx.default_return_type
    checker = checker_of(ctx)
    undeclared_reads.explain_outputs(checker, flow, slugs, "leaf step")
    return typed_dict(checker, {slug: steps.items[slug] for slug in slugs if slug in steps.items})


def _leaves(flow: Instance) -> list[str] | None:
    slugs = noted(flow, _LEAVES)
    if slugs is not None:
        return slugs.split(",")
    steps = known_steps(flow)
    return [] if steps is not None and not steps.items else None

"""A call of `Flow` itself: the flow's slug and its input type."""

from mypy.messages import format_type
from mypy.plugin import FunctionContext, FunctionSigContext
from mypy.types import FunctionLike, Instance, Type, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, checker_of, object_type
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import as_flow
from typedflow_mypy.model.resources import put_resources
from typedflow_mypy.model.step_call import Slug
from typedflow_mypy.outputs import usable
from typedflow_mypy.rules import options, wiring
from typedflow_mypy.rules import resources as resources_rules
from typedflow_mypy.source import input_type
from typedflow_mypy.source.step_options import options_of


def signature(ctx: FunctionSigContext) -> FunctionLike:
    """Let the input type be any that pydantic can validate, and not a class alone."""
    checker = checker_of(ctx)
    given = options_of(checker, ctx.context) or {}
    declared = options.check_options(checker, ctx.context, given, _name(_slug(ctx)), ctx.default_signature)
    flow = get_proper_type(declared.ret_type)
    if not isinstance(flow, Instance) or len(ctx.args) < 2 or len(ctx.args[1]) != 1:
        return declared
    flow_input = input_type.special_form(checker, ctx.args[1][0])
    if flow_input is None:
        if (value := input_type.value(checker, ctx.args[1][0])) is None:
            return declared
        shown = format_type(value, checker.options)
        report(
            checker,
            f"The input of {_name(_slug(ctx))} must be a type, and this is a value of type {shown}",
            ctx.args[1][0],
            errorcodes.UNUSABLE,
        )
        flow_input = ERRONEOUS
    anything = object_type(checker)
    return declared.copy_modified(
        arg_types=[declared.arg_types[0], anything, *declared.arg_types[2:]],
        ret_type=flow.copy_modified(args=[flow_input, flow.args[1]]),
        variables=[],
    )


def result(ctx: FunctionContext) -> Type:
    """Return the type of the flow, having checked what it is made of."""
    checker = checker_of(ctx)
    options.retract_given_twice(checker, ctx.context)
    slug = _slug(ctx)
    if slug is not None and slug.value is not None:
        wiring.check_slug(checker, "a flow", slug)
    flow = as_flow(ctx.default_return_type)
    resources = resources_rules.declared_resources(checker, ctx.context, _name(slug))
    if flow is not None and ctx.args[1] and (why_not := usable.why_not(flow.args[0])):
        report(checker, f"The input of {_name(slug)} cannot be used: {why_not}", ctx.args[1][0], errorcodes.UNUSABLE)
    if flow is None or slug is None or slug.value is None or flow is not ctx.default_return_type:
        return ctx.default_return_type
    return put_resources(FlowNotes.made_of(slug.value, {}).put_in(checker, flow), resources)


def _slug(ctx: FunctionSigContext | FunctionContext) -> Slug | None:
    checker = checker_of(ctx)
    return Slug.at(checker, ctx.args[0][0]) if len(ctx.args[0]) == 1 else None


def _name(slug: Slug | None) -> str:
    return "this flow" if slug is None or slug.value is None else f'flow "{slug.value}"'

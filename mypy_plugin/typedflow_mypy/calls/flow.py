"""A call of `Flow` itself: the flow's slug and its input type."""

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.plugin import FunctionContext, FunctionSigContext
from mypy.types import AnyType, FunctionLike, Instance, Type, TypeOfAny, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.flow_type import SLUG, as_flow
from typedflow_mypy.model.notes import note
from typedflow_mypy.model.step_call import Slug
from typedflow_mypy.outputs import storable
from typedflow_mypy.rules import options, wiring
from typedflow_mypy.source import input_type


def signature(ctx: FunctionSigContext) -> FunctionLike:
    """Let the input type be any that pydantic can validate, and not a class alone."""
    assert isinstance(ctx.api, TypeChecker)
    declared = options.checked(ctx.api, ctx.context, _name(_slug(ctx)), ctx.default_signature)
    flow = get_proper_type(declared.ret_type)
    if not isinstance(flow, Instance) or len(ctx.args) < 2 or len(ctx.args[1]) != 1:
        return declared
    flow_input = input_type.special_form(ctx.api, ctx.args[1][0])
    if flow_input is None:
        if (value := input_type.value(ctx.api, ctx.args[1][0])) is None:
            return declared
        shown = format_type(value, ctx.api.options)
        report(
            ctx.api,
            f"The input of {_name(_slug(ctx))} must be a type, and this is a value of type {shown}",
            ctx.args[1][0],
            errorcodes.NOT_STORABLE,
        )
        flow_input = AnyType(TypeOfAny.from_error)
    anything = ctx.api.named_generic_type("builtins.object", [])
    return declared.copy_modified(
        arg_types=[declared.arg_types[0], anything, *declared.arg_types[2:]],
        ret_type=flow.copy_modified(args=[flow_input, flow.args[1]]),
        variables=[],
    )


def result(ctx: FunctionContext) -> Type:
    """Return the type of the flow, having checked what it is made of."""
    assert isinstance(ctx.api, TypeChecker)
    slug = _slug(ctx)
    if slug is not None and slug.value is not None:
        wiring.check_slug(ctx.api, "a flow", slug)
    flow = as_flow(ctx.default_return_type)
    if flow is not None and ctx.args[1] and (why_not := storable.why_not(flow.args[0], ctx.api.options)):
        place = ctx.args[1][0]
        report(ctx.api, f"The input of {_name(slug)} can never be stored: {why_not}", place, errorcodes.NOT_STORABLE)
    if flow is None or slug is None or slug.value is None or flow is not ctx.default_return_type:
        return ctx.default_return_type
    return note(ctx.api, flow, SLUG, slug.value)


def _slug(ctx: FunctionSigContext | FunctionContext) -> Slug | None:
    assert isinstance(ctx.api, TypeChecker)
    return Slug.at(ctx.api, ctx.args[0][0]) if len(ctx.args[0]) == 1 else None


def _name(slug: Slug | None) -> str:
    return "this flow" if slug is None or slug.value is None else f'flow "{slug.value}"'

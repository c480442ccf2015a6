"""A call of `Flow.include`: the steps of two flows of one input type."""

from mypy.checker import TypeChecker
from mypy.messages import format_type_distinctly
from mypy.nodes import CallExpr, Expression
from mypy.plugin import MethodContext, MethodSigContext
from mypy.subtypes import is_subtype
from mypy.types import FunctionLike, Instance, NoneType, Type, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import UNKNOWN, checker_of, type_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import first_ten
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.flow_type import as_flow, called_on, check_read, known_steps
from typedflow_mypy.model.resources import put_resources, resources_of
from typedflow_mypy.rules.unused_flow import check_used
from typedflow_mypy.source import reassignment


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Let the other flow have any input type that takes what this flow's takes: `result` compares the two."""
    declared = ctx.default_signature
    arguments = [_any_flow(each) if as_flow(ctx.type) is not None else each for each in declared.arg_types]
    return declared.copy_modified(arg_types=arguments)


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow with the steps of both."""
    checker = checker_of(ctx)
    check_used(checker, ctx.context)
    flow, call = called_on(ctx), ctx.context
    place = ctx.args[0][0] if ctx.args and len(ctx.args[0]) == 1 else None
    other = None if place is None else as_flow(type_of(checker, place))
    if flow is None or other is None or place is None or not isinstance(call, CallExpr):
        return ctx.default_return_type
    flow = reassignment.flow_before(checker, call, flow)
    other = reassignment.held_flow(checker, place, other)
    check_read(checker, other, place)
    joined = _joined(checker, flow, other, place)
    reassignment.follow_reassignment(checker, call, joined)
    return joined


def _joined(checker: TypeChecker, flow: Instance, other: Instance, place: Expression) -> Instance:
    steps, others = known_steps(flow), known_steps(other)
    if not is_subtype(flow.args[0], other.args[0], options=checker.options):
        given, expected = format_type_distinctly(flow.args[0], other.args[0], options=checker.options)
        message = (
            f"{_title(other, 'The other flow')} cannot be included: its input type is {expected}, and that of "
            f"{_name(flow, 'this flow')} is {given}; both must have the same input type"
        )
        report(checker, message, place, errorcodes.PART)
    flow = put_resources(flow, _resources(checker, flow, other, place))
    if steps is None or others is None:
        return flow.copy_modified(args=[flow.args[0], UNKNOWN])
    if clashing := [slug for slug in others.items if slug in steps.items]:
        message = (
            f"{_title(other, 'The other flow')} cannot be included: it and {_name(flow, 'this flow')} have "
            f"{'a step' if len(clashing) == 1 else 'steps'} {first_ten(clashing)}; choose other slugs in one of them"
        )
        report(checker, message, place, errorcodes.DUPLICATE_STEP)
    notes, other_notes = FlowNotes.of(flow), FlowNotes.of(other)
    outputs = typed_dict(checker, {**others.items, **steps.items})
    declared = FlowNotes.made_of(notes.slug, {**other_notes.steps, **notes.steps})
    return declared.put_in(checker, flow.copy_modified(args=[flow.args[0], outputs]))


def _resources(checker: TypeChecker, flow: Instance, other: Instance, place: Expression) -> Type | None:
    """The resources of both flows: the narrower type of theirs."""
    own, others = resources_of(flow), resources_of(other)
    if own is None or others is None or isinstance(get_proper_type(others), NoneType):
        return own
    if isinstance(get_proper_type(own), NoneType) or is_subtype(others, own, options=checker.options):
        return others
    if not is_subtype(own, others, options=checker.options):
        given, expected = format_type_distinctly(own, others, options=checker.options)
        message = (
            f"{_title(other, 'The other flow')} cannot be included: its resources are of type {expected}, and those of "
            f"{_name(flow, 'this flow')} of type {given}; give both the same class"
        )
        report(checker, message, place, errorcodes.PART)
    return own


def _any_flow(declared: Type) -> Type:
    flow = as_flow(declared)
    return declared if flow is None else flow.copy_modified(args=[UNKNOWN, UNKNOWN])


def _name(flow: Instance, otherwise: str) -> str:
    slug = FlowNotes.of(flow).slug
    return otherwise if slug is None else f'flow "{slug}"'


def _title(flow: Instance, otherwise: str) -> str:
    name = _name(flow, otherwise)
    return name[0].upper() + name[1:]

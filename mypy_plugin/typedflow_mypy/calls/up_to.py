"""A call of `Flow.up_to`: the steps that are named, and their ancestors."""

from mypy.checker import TypeChecker
from mypy.nodes import ARG_POS, CallExpr
from mypy.plugin import MethodContext
from mypy.types import Instance, Type, TypedDictType

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import first_ten
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_notes import Declared, FlowNotes
from typedflow_mypy.model.flow_type import called_on, known_steps
from typedflow_mypy.model.step_call import Slug
from typedflow_mypy.rules import wiring
from typedflow_mypy.rules.unused_flow import check_used
from typedflow_mypy.source import reassignment


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow of these steps, or the flow as it is if the type does not say what they need."""
    checker = checker_of(ctx)
    check_used(checker, ctx.context)
    flow, call = called_on(ctx), ctx.context
    if flow is None or not isinstance(call, CallExpr):
        return ctx.default_return_type
    flow = reassignment.flow_before(checker, call, flow)
    steps = known_steps(flow)
    slugs = _slugs(checker, call)
    if steps is None or slugs is None or not _are_known(checker, call, slugs, steps):
        return flow
    part = _part(checker, flow, steps, slugs)
    reassignment.follow_reassignment(checker, call, part)
    return part


def _slugs(checker: TypeChecker, call: CallExpr) -> list[Slug] | None:
    """Read the slugs, having reported those that cannot be read from the source; None if there are such."""
    slugs = [Slug.at(checker, place) for place in call.args]
    if any(kind != ARG_POS for kind in call.arg_kinds):
        message = "The slugs of up_to() must be written out, so that the type checker knows the steps of the part"
        report(checker, message, call, errorcodes.NOT_LITERAL)
        return None
    unread = [slug for slug in slugs if slug.value is None]
    for slug in unread:
        wiring.check_slug(checker, "a step", slug)
    return None if unread else slugs


def _are_known(checker: TypeChecker, call: CallExpr, slugs: list[Slug], steps: TypedDictType) -> bool:
    """Return whether there are slugs, each of a step of the flow, having reported what is wrong."""
    if not slugs:
        has = f"the flow has {first_ten(steps.items)}" if steps.items else "the flow has no steps"
        report(checker, f"up_to() needs the slug of at least one step; {has}", call, errorcodes.PART)
    unknown = [slug for slug in slugs if slug.value not in steps.items]
    for slug in unknown:
        message = undeclared_reads.describe_unknown_step(steps.items, str(slug.value))
        report(checker, message, slug.place, errorcodes.UNKNOWN_STEP)
    return bool(slugs) and not unknown


def _part(checker: TypeChecker, flow: Instance, steps: TypedDictType, slugs: list[Slug]) -> Instance:
    notes = FlowNotes.of(flow)
    declared = notes.steps
    wanted: set[str] = set()
    open_slugs = [str(slug.value) for slug in slugs]
    while open_slugs:
        slug = open_slugs.pop()
        depends_on = declared.get(slug, Declared()).depends_on
        if depends_on is None:
            return flow
        if slug not in wanted:
            wanted.add(slug)
            open_slugs += depends_on
    outputs = typed_dict(checker, {slug: output for slug, output in steps.items.items() if slug in wanted})
    part = FlowNotes.made_of(notes.slug, {slug: step for slug, step in declared.items() if slug in wanted})
    return part.put_in(checker, flow.copy_modified(args=[flow.args[0], outputs]))

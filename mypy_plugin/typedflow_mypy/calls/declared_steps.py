"""A step of a flow that a call names: ``flow.replace("website", ...)`` and ``run_step(flow, "website", ...)``."""

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Expression
from mypy.types import Instance, Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS
from typedflow_mypy.lib.optional import without_none
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.element import element
from typedflow_mypy.model.flow_notes import FlowNotes, handler_output
from typedflow_mypy.model.step_call import ITEM, Slug, StepCall
from typedflow_mypy.rules import wiring


def declared_step(flow: Instance, slug: Slug, handler: Expression, call: CallExpr) -> StepCall:
    """Return the call that added the step that another call names, as far as the flow's type says it."""
    step = FlowNotes.of(flow).step(slug.value)
    dependencies = None
    if step.depends_on is not None:
        dependencies = tuple(Slug(dependency, slug.place) for dependency in step.depends_on)
    over = None if step.over is None else Slug(step.over, slug.place)
    beside = tuple(Slug(key, slug.place) for key in step.keys if key != ITEM) if step.keys else None
    return StepCall(flow, slug, handler, dependencies, call, call, over, beside, frozenset(step.required))


def check_slug(checker: TypeChecker, call: StepCall) -> None:
    """Report a slug that is not that of a step of the flow."""
    slug = call.slug.value
    if slug is None:
        wiring.check_slug(checker, "a step", call.slug)
    elif call.steps is not None and not call.is_step(slug):
        message = undeclared_reads.describe_unknown_step(call.steps.items, slug)
        report(checker, message, call.slug.place, errorcodes.UNKNOWN_STEP)


def declared_output(call: StepCall) -> Type:
    """Return what the handler of a step of the flow returns; anything if that is not known."""
    outputs = call.steps.items if call.steps is not None else {}
    slug = call.slug.value or ""
    step = call.notes.step(slug)
    returned = handler_output(outputs.get(slug, ERRONEOUS), step.skip)
    if call.over is None:
        return returned
    each = element(returned) or ERRONEOUS
    return without_none(each) if step.fills_in else each

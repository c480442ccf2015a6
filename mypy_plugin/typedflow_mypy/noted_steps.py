"""What each step of a flow depends on, noted in the flow's type, which has the outputs alone."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Expression
from mypy.types import AnyType, Instance, Type, TypeOfAny

from typedflow_mypy import errorcodes, graph, reads
from typedflow_mypy.call import Slug, StepCall
from typedflow_mypy.diagnostics import report
from typedflow_mypy.flow_type import known_steps
from typedflow_mypy.notes import note, noted

_STEPS: Final = "steps"


def with_step(checker: TypeChecker, call: StepCall, flow: Instance) -> Instance:
    """Note in a new flow's type what its last step depends on, besides what is noted of the steps before."""
    before = noted(call.flow, _STEPS)
    depends_on = ",".join(str(dependency.value) for dependency in call.dependencies or ())
    new = f"{call.slug.value}:{depends_on}" if call.is_known else ""
    steps = ";".join(filter(None, [before, new]))
    return note(checker, flow, _STEPS, steps) if steps else flow


def dependencies(flow: Instance, slug: str) -> tuple[str, ...] | None:
    """Return what a step depends on; None if the flow's type does not say it."""
    for step in (noted(flow, _STEPS) or "").split(";"):
        name, _, depends_on = step.partition(":")
        if name == slug:
            return tuple(depends_on.split(",")) if depends_on else ()
    return None


def of_step(flow: Instance, slug: Slug, handler: Expression, call: CallExpr) -> StepCall:
    """Return a step as it was added to a flow, for a call that names it."""
    known = None if slug.value is None else dependencies(flow, slug.value)
    depends_on = None if known is None else tuple(Slug(dependency, slug.place) for dependency in known)
    return StepCall(flow, flow.args[0], known_steps(flow), slug, handler, depends_on, call, call)


def check_named(checker: TypeChecker, call: StepCall) -> None:
    """Report a slug that is none of a step of the flow."""
    slug = call.slug.value
    if slug is None:
        graph.check_slug(checker, "a step", call.slug)
    elif call.steps is not None and not call.is_step(slug):
        report(checker, reads.no_step(call.steps.items, slug), call.slug.place, errorcodes.UNKNOWN_STEP)


def output(call: StepCall) -> Type:
    """Return the output of a step that the flow has; anything if that is not known."""
    items = call.steps.items if call.steps is not None else {}
    return items.get(call.slug.value or "", AnyType(TypeOfAny.from_error))

"""What each step of a flow depends on, noted in the flow's type, which has the outputs alone."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Expression
from mypy.types import Instance, Type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS
from typedflow_mypy.lib.report import report
from typedflow_mypy.model import skips
from typedflow_mypy.model.flow_type import known_steps
from typedflow_mypy.model.notes import note, noted
from typedflow_mypy.model.step_call import Slug, StepCall
from typedflow_mypy.outputs import items
from typedflow_mypy.rules import wiring

_STEPS: Final = "steps"
_OF_A_MAP: Final = "*"


def with_step(checker: TypeChecker, call: StepCall, flow: Instance) -> Instance:
    """Note in a new flow's type what its last step depends on, besides what is noted of the steps before."""
    before = noted(call.flow, _STEPS)
    depends_on = ",".join(str(dependency.value) for dependency in call.dependencies or ())
    source = _OF_A_MAP + str(call.over.value) if call.over is not None else depends_on
    new = f"{call.slug.value}:{source}" if call.is_known else ""
    steps = ";".join(filter(None, [before, new]))
    return note(checker, flow, _STEPS, steps) if steps else flow


def of_step(flow: Instance, slug: Slug, handler: Expression, call: CallExpr) -> StepCall:
    """Return a step as it was added to a flow, for a call that names it."""
    source = None if slug.value is None else _source(flow, slug.value)
    depends_on: tuple[Slug, ...] | None = None
    over = None
    if source is not None and source.startswith(_OF_A_MAP):
        over = Slug(source.removeprefix(_OF_A_MAP), slug.place)
        depends_on = () if over.value == "run" else (over,)
    elif source is not None:
        depends_on = tuple(Slug(dependency, slug.place) for dependency in source.split(",") if dependency)
    required = frozenset(source for source, skip in skips.of(flow).items() if slug.value in skip.required_by)
    return StepCall(flow, flow.args[0], known_steps(flow), slug, handler, depends_on, call, call, over, required)


def _source(flow: Instance, slug: str) -> str | None:
    """What is noted of a step: its dependencies, or what it maps over; None if the flow's type does not say it."""
    steps = (step.partition(":") for step in (noted(flow, _STEPS) or "").split(";"))
    return next((source for name, _, source in steps if name == slug), None)


def check_named(checker: TypeChecker, call: StepCall) -> None:
    """Report a slug that is none of a step of the flow."""
    slug = call.slug.value
    if slug is None:
        wiring.check_slug(checker, "a step", call.slug)
    elif call.steps is not None and not call.is_step(slug):
        report(checker, undeclared_reads.no_step(call.steps.items, slug), call.slug.place, errorcodes.UNKNOWN_STEP)


def output(call: StepCall) -> Type:
    """Return what the handler of a step of the flow returns; anything if that is not known."""
    outputs = call.steps.items if call.steps is not None else {}
    slug = call.slug.value or ""
    returned = skips.returned(outputs.get(slug, ERRONEOUS), call.skips.get(slug))
    return returned if call.over is None else items.element(returned)

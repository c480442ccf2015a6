"""What each step of a flow depends on, noted in the flow's type, which has the outputs alone."""

from typing import Final

from mypy.checker import TypeChecker
from mypy.types import Instance

from typedflow_mypy.call import StepCall
from typedflow_mypy.flow_type import known_steps
from typedflow_mypy.notes import note, noted

_STEPS: Final = "steps"


def with_step(checker: TypeChecker, call: StepCall, flow: Instance) -> Instance:
    """Note in a new flow's type what its last step depends on, if that is known of the steps before as well."""
    before = noted(call.flow, _STEPS)
    steps = known_steps(call.flow)
    if not call.is_known or (before is None and (steps is None or steps.items)):
        return flow
    depends_on = ",".join(str(dependency.value) for dependency in call.dependencies or ())
    return note(checker, flow, _STEPS, f"{before or ''};{call.slug.value}:{depends_on}")


def dependencies(flow: Instance, slug: str) -> tuple[str, ...] | None:
    """Return what a step depends on; None if the flow's type does not say it."""
    for step in (noted(flow, _STEPS) or "").split(";"):
        name, _, depends_on = step.partition(":")
        if name == slug:
            return tuple(depends_on.split(",")) if depends_on else ()
    return None

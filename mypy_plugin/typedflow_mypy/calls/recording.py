"""The steps that were checked, recorded for the commands that write their types down."""

from mypy.checker import TypeChecker
from mypy.types import Instance

from typedflow_mypy.model.flow_type import known_steps
from typedflow_mypy.model.recording import RecordedStep
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.source.assignments import assignment_of
from typedflow_mypy.state import State


def record_step(checker: TypeChecker, call: StepCall, flow: Instance) -> None:
    """Record a step that has been checked, if the command that runs mypy asks for the steps of its module."""
    recording = State.of(checker).session.recording
    after = known_steps(flow)
    if recording is None or checker.tree.fullname not in recording.modules:
        return
    if not call.is_known or after is None or call.steps is None:
        return
    place, slug = call.slug.place, str(call.slug.value)
    assignment = assignment_of(checker, call.expression)
    variable = assignment.target.name if assignment is not None and assignment.target is not None else ""
    step_input = None if call.hands_item else dict(call.step_input)
    recorded = RecordedStep(
        checker.tree, place.line, call.notes.slug or "", variable, slug, step_input, call.steps, after
    )
    recording.add(recorded, place.column)

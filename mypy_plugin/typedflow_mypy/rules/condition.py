"""The patterns ``if_`` and ``if_not`` of a step: whether they can match anything that it tests."""

from mypy.checker import TypeChecker
from mypy.nodes import Expression
from mypy.types import Type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import nearest, quoted
from typedflow_mypy.model.flow_notes import handler_output
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.rules import options
from typedflow_mypy.rules.containment import NO_PATTERN, Problem, Tested
from typedflow_mypy.rules.json_shape import Anything, Object, Part, Scalar
from typedflow_mypy.rules.pattern import is_predicate, pattern_alternatives, shapes_of


def check_condition(checker: TypeChecker, call: StepCall) -> None:
    """Report patterns that can match nothing: a root step tests the flow input, another one its dependencies."""
    for option, pattern in options.conditions(checker, call.options).items():
        if not call.knows_input:
            continue
        for part in pattern_alternatives(checker, pattern):
            if is_predicate(checker, part):
                continue
            if call.dependencies:
                _check_dependencies(checker, call, option, part, pattern)
            else:
                _check_root(checker, call, option, part, pattern)


def _check_root(checker: TypeChecker, call: StepCall, option: str, part: Part, pattern: Expression) -> None:
    """Check a pattern for the flow input, or for a dict that has it under ``run`` and nothing else."""
    for shape in shapes_of(checker, part):
        keys = shape.keys if isinstance(shape, Object) else {}
        if others := [key for key in keys if "run" in keys and key != "run"]:
            why = (
                f'tests "run", the flow input, and {quoted(others)} beside it; a step without dependencies tests '
                'nothing else. Move the other keys into the value of "run"'
            )
            report(checker, f"The {option} of {call.name} {why}", pattern, errorcodes.CONDITION)
            continue
        tested = keys.get("run", part)
        place = tested if isinstance(tested, Expression) else pattern
        _report(checker, call, option, Tested(checker, call.flow_input, (), place).problems(tested))


def _check_dependencies(checker: TypeChecker, call: StepCall, option: str, whole: Part, pattern: Expression) -> None:
    tested = _tested(call.tested(option, pattern))
    for shape in shapes_of(checker, whole):
        if isinstance(shape, Object):
            for key, part in shape.keys.items():
                place = part if isinstance(part, Expression) else pattern
                if key not in tested:
                    why = _why_unknown(call, key, list(tested))
                    report(checker, f'The {option} of {call.name} tests "{key}", {why}', place, errorcodes.CONDITION)
                else:
                    _report(checker, call, option, Tested(checker, tested[key], (key,), place).problems(part))
        elif not isinstance(shape, Anything):
            report(
                checker,
                f'The {option} of {call.name} must be a dict whose keys are dependencies of the step, or "run"; '
                + (NO_PATTERN if shape == Scalar("null") else call.depends()),
                pattern,
                errorcodes.CONDITION,
            )


def _tested(call: StepCall) -> dict[str, Type]:
    """The outputs that the condition of a step with dependencies tests: there is none of a step that was skipped."""
    return {slug: handler_output(output, call.notes.step(slug).skip) for slug, output in call.step_input.items()}


def _why_unknown(call: StepCall, key: str, known: list[str]) -> str:
    near = nearest(key, known)
    return f"which the step does not depend on; {call.depends()}" + (f'. Did you mean "{near}"?' if near else "")


def _report(checker: TypeChecker, call: StepCall, option: str, problems: list[Problem]) -> None:
    for problem in problems:
        if problem.is_json:
            message = f"The {option} of {call.name} can match nothing: {problem.why}"
        else:
            allowed = "write a dict, a list, a string, a number, a boolean or None"
            message = f"The {option} of {call.name} is not a JSON value: {problem.why}; {allowed}"
        report(checker, message, problem.place, errorcodes.CONDITION)

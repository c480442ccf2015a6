"""What mypy says of a body that several steps call, and that is wrong as long as it holds for some of them only.

A body is checked once for each step. ``cast(str, inputs["run"])`` is redundant in a flow of str, and needed where
another flow hands the same function an object. Such a report says that a piece of code has no effect. So it is right
only if it comes for every step. mypy itself makes no such report in a function that it checks once for each
value of a type variable. That is simpler, but leaves out what is true for all steps, and for the only one.

What was found for each step is remembered, so that the reports are the same in any order in which the daemon checks the
flows again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from mypy.checker import TypeChecker
from mypy.errorcodes import (
    COMPARISON_OVERLAP,
    REDUNDANT_CAST,
    REDUNDANT_EXPR,
    TRUTHY_BOOL,
    TRUTHY_FUNCTION,
    TRUTHY_ITERABLE,
    UNREACHABLE,
)
from mypy.errors import ErrorInfo

from typedflow_mypy.lib.mypy_private import held_errors
from typedflow_mypy.lib.report import reopen, retract
from typedflow_mypy.model.explanation import ErrorsByStep
from typedflow_mypy.model.handler import Body
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.state import ModuleErrors, State

_NO_EFFECT: Final = {
    COMPARISON_OVERLAP,
    REDUNDANT_CAST,
    REDUNDANT_EXPR,
    TRUTHY_BOOL,
    TRUTHY_FUNCTION,
    TRUTHY_ITERABLE,
    UNREACHABLE,
}


@contextmanager
def checking_for(checker: TypeChecker, call: StepCall, body: Body) -> Iterator[None]:
    """Check a body for a step; of what has no effect, report what has none for any step so far."""
    errors, function = checker.errors, body.function
    reopen(checker)
    found = State.of(checker).errors.by_step.setdefault(
        function, ErrorsByStep(body.target, function.line, function.end_line or function.line)
    )
    with checker.msg.filter_errors(
        filter_errors=lambda _, error: error.code in _NO_EFFECT and found.first_line <= error.line <= found.last_line,
        save_filtered_errors=True,
    ) as watcher:
        yield
    found.errors[call.expression] = watcher.filtered_errors()
    for error in watcher.filtered_errors():
        errors.add_error_info(error)  # also if it is taken back below: a comment that ignores it is in use
    common = set.intersection(*({_what(error) for error in each} for each in found.errors.values()))
    retract(checker, function, lambda error: error.code in _NO_EFFECT and _what(error) not in common)
    reported = [errors.error_info_map.get(errors.file, []), *held_errors(errors)]
    for error in found:
        if _what(error) in common and not any(error in each for each in reported):
            errors.add_error_info(error)


def is_for_steps_to_say(module: ModuleErrors, error: ErrorInfo) -> bool:
    """Whether mypy says, of a function that it checks by itself, what is said here if it holds for every step."""
    return error.code in _NO_EFFECT and any(
        found.target == error.target and found.first_line <= error.line <= found.last_line and error not in found
        for found in module.by_step.values()
    )


def _what(error: ErrorInfo) -> tuple[object, ...]:
    """What is said where. The words may name types; but an expression that is always true may also be always false."""
    return error.line, error.column, error.code, error.message if error.code == REDUNDANT_EXPR else None

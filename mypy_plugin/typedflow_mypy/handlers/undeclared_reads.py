"""Reads of keys that are not there, of a step input or of a run's outputs, reported in terms of the flow.

mypy itself finds them, and reports ``"x" is not a valid TypedDict key; expected one of ("a", "b")``. Here the report is
put into other words while mypy makes it, by a watcher of errors (`lib.mypy_private.watch`): mypy has no hook for the
subscription of a TypedDict, and it finds reads in every form, in ``del``, in a nested function or behind a narrowed
union, which a search of our own through the body would have to repeat.

Which input was read is known by the line and by the keys that mypy lists. A regular expression takes them out of the
message, as mypy's errors carry nothing else. The message has been the same since mypy 1.15, the oldest that is
supported; should another mypy change it, all the cases with ``[typedflow-undeclared-input]`` fail.
"""

import re
import sys
from collections.abc import Iterable
from typing import Final

from mypy.checker import TypeChecker
from mypy.errorcodes import CALL_ARG, INDEX, NO_ANY_RETURN, NO_UNTYPED_CALL, TYPEDDICT_ITEM, ErrorCode
from mypy.errors import ErrorInfo, Errors
from mypy.messages import format_item_name_list
from mypy.nodes import CallExpr, Context, FuncItem, LambdaExpr
from mypy.types import Instance

from typedflow_mypy.handlers import each_step, vague_reads
from typedflow_mypy.handlers.skipped_reads import Skipped
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.mypy_private import held_errors, is_watching, watch
from typedflow_mypy.lib.report import report, retract
from typedflow_mypy.lib.text import first_ten, nearest
from typedflow_mypy.model.explanation import DescribeMissingKey, Explanation
from typedflow_mypy.model.flow_notes import FlowNotes
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs import items
from typedflow_mypy.state import Session, State, entering

_MISSING: Final = re.compile(
    r'"(?P<key>.*)" is not a valid TypedDict key; expected one of (?P<known>\(.*\))', re.DOTALL
)

_OF_ANY: Final = {NO_ANY_RETURN, NO_UNTYPED_CALL}

# What mypy adds to an error within the argument of a function with overloads, such as `sum`.
_NO_OVERLOAD: Final = "Generator has incompatible item type"

_NO_KEYS: Final = ('Invalid index type "str" for', "Value of type ")

_NO_SELF: Final = '"self" parameter missing'


def explain_input(checker: TypeChecker, call: StepCall, body: FuncItem) -> None:
    """Report reads of undeclared keys within a handler's body in terms of its step, from now on."""

    def describe_missing(key: str) -> tuple[str, ErrorCode]:
        why = items.why_lacking(call, key) if call.hands_item else call.why_undeclared(key, call.subject)
        return f'{call.title} reads "{key}", {why}', errorcodes.UNDECLARED_INPUT

    received, skipped = items.keys(call), frozenset[str]()
    if not call.hands_item:
        received = call.step_input
        skipped = frozenset(filter(call.is_handed_skipped, received))
    # An older mypy does not know where a lambda ends.
    within = body.expr() if isinstance(body, LambdaExpr) else body
    keys = frozenset(received or [""])  # an input without keys is entered too, for `step_at` to find it
    piece = (body.line, body.column), body.end_line or body.line
    _explain(checker, piece, describe_missing, Skipped(within, keys, skipped), call)


def explain_outputs(checker: TypeChecker, flow: Instance, slugs: Iterable[str], kind: str = "step") -> None:
    """Report reads of unknown steps from a run's outputs, in the whole file, in terms of the flow."""
    known = sorted(slugs)

    def describe_missing(key: str) -> tuple[str, ErrorCode]:
        return describe_unknown_step(known, key, kind), errorcodes.UNKNOWN_STEP

    skipped = Skipped(checker.tree, frozenset(known), frozenset(FlowNotes.of(flow).skips))
    _explain(checker, ((0, 0), sys.maxsize), describe_missing, skipped)


def describe_unknown_step(slugs: Iterable[str], key: str, kind: str = "step") -> str:
    """Say that a flow has no step of this slug, and which steps it has, for a message."""
    known = sorted(slugs)
    if near := nearest(key, known):
        return f'The flow has no {kind} "{key}"; did you mean "{near}"?'
    has = f"it has {first_ten(known)}" if known else "it has none"
    return f'The flow has no {kind} "{key}"; {has}'


def translate_held(checker: TypeChecker) -> None:
    """Translate the reads that mypy has yet to decide on, before another step with the same handler explains them."""
    session, file = State.of(checker).session, checker.errors.file
    for held in held_errors(checker.errors):
        left: list[ErrorInfo] = []
        for error in held:
            description = _describe_read(session, file, error)
            if description is not None:
                error.message, error.code = description
            if description is not None or not _follows_from_read(session, file, error):
                left.append(error)
        held[:] = left


def report_missing(checker: TypeChecker, keys: Iterable[str], key: str, place: Context) -> None:
    """Report the read of a key that is not there, if the keys are those of a step input or of a run's outputs."""
    explanation = _explanation_at(checker, place, keys)
    if explanation is not None:
        State.of(checker).session.last_undeclared_read = checker.errors.file, place.line
        message, code = explanation.describe_missing(key)
        report(checker, message, place, code)


def explain_lacking(checker: TypeChecker, call: CallExpr) -> None:
    """Report no missing arguments of a call, from now on: they are keys of the input that it passes on."""

    def is_about_arguments(error: ErrorInfo) -> bool:
        return error.code == CALL_ARG

    retract(checker, call, is_about_arguments)
    State.of(checker).errors.lacking.add(call.line)


def step_at(checker: TypeChecker, place: Context, keys: Iterable[str]) -> StepCall | None:
    """Return the step whose input has these keys at this place; None if there is none."""
    explanation = _explanation_at(checker, place, keys)
    return None if explanation is None else explanation.call


def _explain(
    checker: TypeChecker,
    piece: tuple[tuple[int, int], int],
    describe_missing: DescribeMissingKey,
    skipped: Skipped,
    call: StepCall | None = None,
) -> None:
    state, errors = State.of(checker), checker.errors
    session, explanations = state.session, state.errors.explanations
    session.last_undeclared_read = None
    start, last = piece
    if call is not None:
        state.errors.lacking = {line for line in state.errors.lacking if not start[0] <= line <= last}
    entry = start, format_item_name_list(sorted(skipped.keys))
    explanations.pop(entry, None)  # so that the new one becomes the newest
    explanations[entry] = Explanation(start, last, describe_missing, skipped.explain, call)
    if session.watcher is None or not is_watching(errors, session.watcher):
        session.watcher = watch(errors, lambda file, error: _translate(session, errors, file, error))


def _translate(session: Session, errors: Errors, file: str, error: ErrorInfo) -> bool:
    """Report an error that is about to be reported in other words, or not at all; return False to leave it as it is."""
    # The daemon forgets an error that names no target, and mypy names none for a lambda outside of functions.
    error.target = error.target or errors.target_module
    state = session.state_of(file)
    if state is None:
        return False
    if _follows_from_read(session, file, error) or (error.code == CALL_ARG and error.line in state.errors.lacking):
        return True
    is_retracted = state.errors.retracted.get(error.target or "")
    if (is_retracted is not None and is_retracted(error)) or each_step.is_for_steps_to_say(state.errors, error):
        return True
    if error.message.startswith(_NO_SELF) and any(line == error.line for (line, _), _ in state.errors.explanations):
        return True  # a handler that a class body defines and uses is not a method
    description = _describe_read(session, file, error)
    if description is None:
        return _annotate(state, errors, error)
    message, code = description
    errors.report(error.line, error.column, message, code, end_line=error.end_line, end_column=error.end_column)
    return True


def _follows_from_read(session: Session, file: str, error: ErrorInfo) -> bool:
    """Whether an error is there because mypy takes a key that is not there for Any, which is not worth a second one."""
    state = session.state_of(file)
    if session.last_undeclared_read is None or state is None:
        return False
    read_in, line = session.last_undeclared_read
    if file == read_in and line == error.line:
        return error.code in _OF_ANY or error.message.startswith(_NO_OVERLOAD)
    explained = state.errors.explanations.items()
    bodies = ((first, each.last_line) for ((first, _), _), each in explained if each.call is not None)
    is_after = file == read_in and any(first <= line < error.line <= last for first, last in bodies)
    return is_after and error.code in _OF_ANY


def _annotate(state: State, errors: Errors, error: ErrorInfo) -> bool:
    """Report an error with a note, if it is about the None of a step that may be skipped, or an unknown output."""
    with entering(state.session.annotated, error) as is_new:
        if not is_new:  # this is the error itself, reported again from below
            return False
        explanations = state.errors.explanations_at(error.line, error.column)
        notes = (explanation.describe_skipped(state.checker, error) for _, explanation in explanations)
        if missing := _MISSING.fullmatch(error.message):
            error.code = TYPEDDICT_ITEM  # as of a TypedDict that has a name
            note = vague_reads.explain_missing(state.checker, error, missing["key"])
        else:
            note = (
                next(filter(None, notes), None)
                or _about_item(state, error)
                or vague_reads.explain(state.checker, error)
            )
        if note is None:
            return False
        errors.add_error_info(error)
    end = error.end_line, error.end_column
    errors.report(error.line, error.column, note, error.code, severity="note", end_line=end[0], end_column=end[1])
    return True


def _about_item(state: State, error: ErrorInfo) -> str | None:
    """Say, for a note, that a map step hands over an item, if a key is read from something that has none."""
    if error.code != INDEX or not error.message.startswith(_NO_KEYS):
        return None
    calls = (explanation.call for _, explanation in state.errors.explanations_at(error.line, error.column))
    return next((items.hands_over(call) for call in calls if call is not None and call.hands_item), None)


def _describe_read(session: Session, file: str, error: ErrorInfo) -> tuple[str, ErrorCode] | None:
    """Say what to report instead of an error, if it is the read of a key that is not there."""
    found = _MISSING.fullmatch(error.message)
    place = error.line, error.column
    explanation = None if found is None else _explanation_of(session, file, place, found["known"])
    if found is None or explanation is None:
        return None
    session.last_undeclared_read = file, error.line
    return explanation.describe_missing(found["key"])


def _explanation_at(checker: TypeChecker, place: Context, keys: Iterable[str]) -> Explanation | None:
    session, known = State.of(checker).session, format_item_name_list(sorted(keys))
    return _explanation_of(session, checker.errors.file, (place.line, place.column), known)


def _explanation_of(session: Session, file: str, place: tuple[int, int], known: str) -> Explanation | None:
    state = session.state_of(file)
    explanations = () if state is None else state.errors.explanations_at(*place)
    return next((explanation for keys, explanation in explanations if keys == known), None)

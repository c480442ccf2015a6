"""Keys that are read and not there, of a step input or of a run's outputs, told in words of the flow.

mypy itself finds them, and says ``"x" is not a valid TypedDict key; expected one of ("a", "b")``.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from mypy.checker import TypeChecker
from mypy.errorcodes import NO_ANY_RETURN, ErrorCode
from mypy.errors import ErrorInfo, Errors, ErrorWatcher
from mypy.messages import format_item_name_list
from mypy.nodes import Context, FuncItem, LambdaExpr
from mypy.types import Instance

from typedflow_mypy.handlers.skipped_reads import Skipped
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.mypy_private import held_errors, is_watching, watch
from typedflow_mypy.lib.report import is_silenced, report
from typedflow_mypy.lib.text import first_ten, nearest
from typedflow_mypy.model import skips
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs import items

_MISSING: Final = re.compile(
    r'"(?P<key>.*)" is not a valid TypedDict key; expected one of (?P<known>\(.*\))', re.DOTALL
)

_NO_SELF: Final = '"self" parameter missing'


class Words(Protocol):
    """What to say of a key that is not there, and under which code."""

    def __call__(self, key: str, /) -> tuple[str, ErrorCode]: ...


@dataclass(frozen=True)
class _Reader:
    """A piece of a file in which a TypedDict of ours is read.

    Attributes:
        last_line: Where it ends.
        words: What to say of a key that is not there.
        skipped: Which keys may be None for a step that was skipped.
        call: The step whose input it is, if it is one.
    """

    last_line: int
    words: Words
    skipped: Skipped
    call: StepCall | None


# By file, first line, and the keys as mypy lists them. The newest entry wins; the line of an entry that an edit made
# stale is checked, and so entered, again.
_readers: Final[dict[tuple[str, int, str], _Reader]] = {}
_installed: Final[list[ErrorWatcher]] = []
# Where the newest such read was told.
_told: Final[list[tuple[str, int]]] = []
# The error of mypy that is being let pass, for a note to follow it.
_passing: Final[list[ErrorInfo]] = []


def explain_input(checker: TypeChecker, call: StepCall, body: FuncItem) -> None:
    """Have the reads of undeclared keys within a handler's body told in words of its step, now and later."""

    def words(key: str) -> tuple[str, ErrorCode]:
        why = call.why_undeclared(key, "it") if call.over is None else items.why_lacking(call, key)
        return f'{call.title} reads "{key}", {why}', errorcodes.UNDECLARED_INPUT

    handed, skipped = items.keys(call), frozenset[str]()
    if call.over is None:
        handed = call.step_input()
        skipped = frozenset(filter(call.is_handed_skipped, handed))
    # Of a lambda, an older mypy does not know where it ends.
    within = body.expr() if isinstance(body, LambdaExpr) else body
    keys = frozenset(handed or [""])  # what has no keys is entered as well, as what a handler takes
    _explain(checker, (body.line, body.end_line or body.line), words, Skipped(checker, within, keys, skipped), call)


def explain_outputs(checker: TypeChecker, flow: Instance, slugs: Iterable[str], kind: str = "step") -> None:
    """Have the reads of steps that a flow has not, out of what a run returned in this file, told so."""
    known = sorted(slugs)

    def words(key: str) -> tuple[str, ErrorCode]:
        return no_step(known, key, kind), errorcodes.UNKNOWN_STEP

    skipped = Skipped(checker, checker.tree, frozenset(known), frozenset(skips.of(flow)))
    _explain(checker, (0, sys.maxsize), words, skipped)


def no_step(slugs: Iterable[str], key: str, kind: str = "step") -> str:
    """Say that a flow has no step of this slug, and which it has, for a message."""
    known = sorted(slugs)
    if near := nearest(key, known):
        return f'The flow has no {kind} "{key}"; did you mean "{near}"?'
    has = f"it has {first_ten(known)}" if known else "it has none"
    return f'The flow has no {kind} "{key}"; {has}'


def settle(checker: TypeChecker) -> None:
    """Tell the reads that mypy has yet to decide on, before another step with the same handler gives them its words."""
    for held in held_errors(checker.errors):
        told: set[int] = set()
        for error in held:
            said = _said(checker.errors.file, error)
            if said is not None:
                error.message, error.code = said
                told.add(error.line)
        held[:] = [error for error in held if error.code != NO_ANY_RETURN or error.line not in told]


def report_missing(checker: TypeChecker, keys: Iterable[str], key: str, place: Context) -> None:
    """Report the read of a key that is not there, if the keys are those of a step input or of a run's outputs."""
    reader = _reader_at(checker.errors.file, place.line, format_item_name_list(sorted(keys)))
    if reader is not None:
        message, code = reader.words(key)
        report(checker, message, place, code)


def step_at(checker: TypeChecker, place: Context, keys: Iterable[str]) -> StepCall | None:
    """Return the step that hands over an input of these keys where this stands; None if there is none."""
    reader = _reader_at(checker.errors.file, place.line, format_item_name_list(sorted(keys)))
    return None if reader is None else reader.call


def _explain(
    checker: TypeChecker, lines: tuple[int, int], words: Words, skipped: Skipped, call: StepCall | None = None
) -> None:
    _told.clear()
    errors = checker.errors
    first, last = lines
    entry = (errors.file, first, format_item_name_list(sorted(skipped.keys)))
    _readers.pop(entry, None)
    _readers[entry] = _Reader(last, words, skipped, call)
    if any(is_watching(errors, watcher) for watcher in _installed):
        return

    def translate(file: str, error: ErrorInfo) -> bool:
        # The daemon forgets an error that names no target, as mypy leaves it for a lambda outside of functions.
        error.target = error.target or errors.target_module
        if error.code == NO_ANY_RETURN and (file, error.line) in _told:
            return True  # what is not there is Any, which goes without saying
        if is_silenced(file, error):
            return True
        if error.message.startswith(_NO_SELF) and any(where == [file, error.line] for *where, _ in _readers):
            return True  # a handler that a class body defines and uses is no method
        if (said := _said(file, error)) is None:
            return _explain_none(errors, file, error)
        message, code = said
        errors.report(error.line, error.column, message, code, end_line=error.end_line, end_column=error.end_column)
        return True

    _installed[:] = [watch(errors, translate)]


def _explain_none(errors: Errors, file: str, error: ErrorInfo) -> bool:
    """Report an error with a note, if it is about the None of a step that may be skipped."""
    found = (reader.skipped.explain(error) for _, reader in _readers_at(file, error.line))
    note = None if error in _passing else next(filter(None, found), None)
    if note is None:
        return False
    _passing.append(error)
    errors.add_error_info(error)
    _passing.pop()
    span = error.end_line, error.end_column
    errors.report(error.line, error.column, note, error.code, severity="note", end_line=span[0], end_column=span[1])
    return True


def _said(file: str, error: ErrorInfo) -> tuple[str, ErrorCode] | None:
    found = _MISSING.fullmatch(error.message)
    reader = _reader_at(file, error.line, found["known"]) if found is not None else None
    if found is None or reader is None:
        return None
    _told[:] = [(file, error.line)]
    return reader.words(found["key"])


def _reader_at(file: str, line: int, known: str) -> _Reader | None:
    return next((reader for keys, reader in _readers_at(file, line) if keys == known), None)


def _readers_at(file: str, line: int) -> Iterator[tuple[str, _Reader]]:
    """The pieces that a line is in, the newest first, each with its keys."""
    for (where, first, keys), reader in reversed(_readers.items()):
        if where == file and first <= line <= reader.last_line:
            yield keys, reader

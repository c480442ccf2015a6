"""Keys that are read and not there, of a step input or of a run's outputs, told in words of the flow.

mypy itself finds them, and says ``"x" is not a valid TypedDict key; expected one of ("a", "b")``.
"""

import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final, Protocol

from mypy.checker import TypeChecker
from mypy.errorcodes import NO_ANY_RETURN, ErrorCode
from mypy.errors import ErrorInfo, ErrorWatcher
from mypy.messages import format_item_name_list
from mypy.nodes import Context, FuncItem

from typedflow_mypy import errorcodes
from typedflow_mypy.call import StepCall, quoted
from typedflow_mypy.diagnostics import is_silenced, report

_MISSING: Final = re.compile(
    r'"(?P<key>.*)" is not a valid TypedDict key; expected one of (?P<known>\(.*\))', re.DOTALL
)

_NO_SELF: Final = '"self" parameter missing'


class Words(Protocol):
    """What to say of a key that is not there, and under which code."""

    def __call__(self, key: str, /) -> tuple[str, ErrorCode]: ...


# Where TypedDicts of ours are read: by file, first line, and their keys as mypy lists them; up to which line, what to
# say, and the step whose input it is. The newest entry wins; the line of an entry that an edit made stale is checked,
# and so entered, again.
_Reader = tuple[int, Words, StepCall | None]
_readers: Final[dict[tuple[str, int, str], _Reader]] = {}
_installed: Final[list[ErrorWatcher]] = []
# Where the newest such read was told.
_told: Final[list[tuple[str, int]]] = []


def explain_input(checker: TypeChecker, call: StepCall, body: FuncItem) -> None:
    """Have the reads of undeclared keys within a handler's body told in words of its step, now and later."""

    def words(key: str) -> tuple[str, ErrorCode]:
        return f'{call.title} reads "{key}", {call.why_undeclared(key, "it")}', errorcodes.UNDECLARED_INPUT

    _explain(checker, sorted(call.step_input()), (body.line, body.end_line or body.line), words, call)


def explain_outputs(checker: TypeChecker, slugs: Iterable[str], kind: str = "step") -> None:
    """Have the reads of steps that a flow has not, out of what a run returned in this file, told so."""
    known = sorted(slugs)

    def words(key: str) -> tuple[str, ErrorCode]:
        return no_step(known, key, kind), errorcodes.UNKNOWN_STEP

    _explain(checker, known, (0, sys.maxsize), words)


def no_step(slugs: Iterable[str], key: str, kind: str = "step") -> str:
    """Say that a flow has no step of this slug, and which it has, for a message."""
    known = sorted(slugs)
    if near := get_close_matches(key, known, n=1):
        return f'The flow has no {kind} "{key}"; did you mean "{near[0]}"?'
    has = f"it has {quoted(known[:10])}{', ...' if len(known) > 10 else ''}" if known else "it has none"
    return f'The flow has no {kind} "{key}"; {has}'


def settle(checker: TypeChecker) -> None:
    """Tell the reads that mypy has yet to decide on, before another step with the same handler gives them its words."""
    for watcher in checker.errors._watchers:  # noqa: SLF001
        told: set[int] = set()
        kept = watcher._filtered or []  # noqa: SLF001
        for error in kept:
            said = _said(checker.errors.file, error)
            if said is not None:
                error.message, error.code = said
                told.add(error.line)
        kept[:] = [error for error in kept if error.code != NO_ANY_RETURN or error.line not in told]


def report_missing(checker: TypeChecker, keys: Iterable[str], key: str, place: Context) -> None:
    """Report the read of a key that is not there, if the keys are those of a step input or of a run's outputs."""
    reader = _reader_at(checker.errors.file, place.line, format_item_name_list(sorted(keys)))
    if reader is not None:
        message, code = reader[1](key)
        report(checker, message, place, code)


def step_at(checker: TypeChecker, place: Context, keys: Iterable[str]) -> StepCall | None:
    """Return the step that hands over an input of these keys where this stands; None if there is none."""
    reader = _reader_at(checker.errors.file, place.line, format_item_name_list(sorted(keys)))
    return None if reader is None else reader[2]


def _explain(
    checker: TypeChecker, keys: Iterable[str], lines: tuple[int, int], words: Words, call: StepCall | None = None
) -> None:
    _told.clear()
    errors = checker.errors
    first, last = lines
    entry = (errors.file, first, format_item_name_list(keys))
    _readers.pop(entry, None)
    _readers[entry] = (last, words, call)
    if any(watcher in errors._watchers for watcher in _installed):  # noqa: SLF001
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
            return False
        message, code = said
        errors.report(error.line, error.column, message, code, end_line=error.end_line, end_column=error.end_column)
        return True

    watcher = ErrorWatcher(errors, filter_errors=translate)
    _installed[:] = [watcher]
    # At the bottom of the stack: it sees only what is to be reported, and no other watcher's exit pops it.
    errors._watchers.insert(0, watcher)  # noqa: SLF001


def _said(file: str, error: ErrorInfo) -> tuple[str, ErrorCode] | None:
    found = _MISSING.fullmatch(error.message)
    reader = _reader_at(file, error.line, found["known"]) if found is not None else None
    if found is None or reader is None:
        return None
    _told[:] = [(file, error.line)]
    return reader[1](found["key"])


def _reader_at(file: str, line: int, known: str) -> _Reader | None:
    for (where, first, keys), reader in reversed(_readers.items()):
        if where == file and first <= line <= reader[0] and keys == known:
            return reader
    return None

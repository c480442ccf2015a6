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
from typedflow_mypy.diagnostics import report

_MISSING: Final = re.compile(
    r'"(?P<key>.*)" is not a valid TypedDict key; expected one of (?P<known>\(.*\))', re.DOTALL
)

_NO_SELF: Final = '"self" parameter missing'


class Words(Protocol):
    """What to say of a key that is not there, and under which code."""

    def __call__(self, key: str, /) -> tuple[str, ErrorCode]: ...


# Where TypedDicts of ours are read: by file, first line, and their keys as mypy lists them. The newest entry wins; the
# line of an entry that an edit made stale is checked, and so entered, again.
_readers: Final[dict[tuple[str, int, str], tuple[int, Words]]] = {}
_installed: Final[list[ErrorWatcher]] = []
# Where the newest such read was told.
_told: Final[list[tuple[str, int]]] = []


def explain_input(checker: TypeChecker, call: StepCall, body: FuncItem) -> None:
    """Have the reads of undeclared keys within a handler's body told in words of its step, now and later."""

    def words(key: str) -> tuple[str, ErrorCode]:
        return f'{call.title} reads "{key}", {call.why_undeclared(key, "it")}', errorcodes.UNDECLARED_INPUT

    _explain(checker, sorted(call.step_input()), (body.line, body.end_line or body.line), words)


def explain_outputs(checker: TypeChecker, slugs: Iterable[str], kind: str = "step") -> None:
    """Have the reads of steps that a flow has not, out of what a run returned in this file, told so."""
    known = sorted(slugs)

    def words(key: str) -> tuple[str, ErrorCode]:
        near = get_close_matches(key, known, n=1)
        if near:
            instead = f'did you mean "{near[0]}"?'
        else:
            instead = f"it has {quoted(known[:10])}{', ...' if len(known) > 10 else ''}" if known else "it has none"
        return f'The flow has no {kind} "{key}"; {instead}', errorcodes.UNKNOWN_STEP

    _explain(checker, known, (0, sys.maxsize), words)


def report_missing(checker: TypeChecker, keys: Iterable[str], key: str, place: Context) -> None:
    """Report the read of a key that is not there, if the keys are those of a step input or of a run's outputs."""
    words = _words_at(checker.errors.file, place.line, format_item_name_list(sorted(keys)))
    if words is not None:
        message, code = words(key)
        report(checker, message, place, code)


def _explain(checker: TypeChecker, keys: Iterable[str], lines: tuple[int, int], words: Words) -> None:
    _told.clear()
    errors = checker.errors
    first, last = lines
    entry = (errors.file, first, format_item_name_list(keys))
    _readers.pop(entry, None)
    _readers[entry] = (last, words)
    if any(watcher in errors._watchers for watcher in _installed):  # noqa: SLF001
        return

    def translate(file: str, error: ErrorInfo) -> bool:
        if error.code == NO_ANY_RETURN and (file, error.line) in _told:
            return True  # what is not there is Any, which goes without saying
        if error.message.startswith(_NO_SELF) and any(where == [file, error.line] for *where, _ in _readers):
            return True  # a handler that a class body defines and uses is no method
        found = _MISSING.fullmatch(error.message)
        words = _words_at(file, error.line, found["known"]) if found is not None else None
        if found is None or words is None:
            return False
        _told[:] = [(file, error.line)]
        message, code = words(found["key"])
        errors.report(error.line, error.column, message, code, end_line=error.end_line, end_column=error.end_column)
        return True

    watcher = ErrorWatcher(errors, filter_errors=translate)
    _installed[:] = [watcher]
    # At the bottom of the stack: it sees only what is to be reported, and no other watcher's exit pops it.
    errors._watchers.insert(0, watcher)  # noqa: SLF001


def _words_at(file: str, line: int, known: str) -> Words | None:
    for (where, first, keys), (last, words) in reversed(_readers.items()):
        if where == file and first <= line <= last and keys == known:
            return words
    return None

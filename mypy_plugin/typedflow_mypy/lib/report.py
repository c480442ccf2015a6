"""Errors that the plugin reports, and errors of mypy that it takes back."""

from collections.abc import Callable
from typing import Final

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.errors import ErrorInfo
from mypy.nodes import Context

from typedflow_mypy.lib.mypy_private import held_errors

# By file and function: what mypy is not to say of the function, and for which statements of the file that is known.
_unwanted: Final[dict[tuple[str, str], tuple[TypeChecker, object, Callable[[ErrorInfo], bool]]]] = {}


def report(checker: TypeChecker, message: str, place: Context, code: ErrorCode) -> None:
    """Report an error, unless mypy has met a type that it will know only later: it then checks the function again."""
    with checker.msg.filter_errors(filter_errors=checker.current_node_deferred):
        checker.fail(message, place, code=code)


def retract(checker: TypeChecker, within: Context, which: Callable[[ErrorInfo], bool]) -> None:
    """Take back the errors within a piece of the current file that a predicate picks.

    They are reported already, or kept by a watcher until mypy has decided between two ways to check some code.
    """
    errors = checker.errors
    last_line = within.end_line or within.line
    for found in [errors.error_info_map.get(errors.file, []), *held_errors(errors)]:
        found[:] = [error for error in found if not (within.line <= error.line <= last_line and which(error))]


def silence(checker: TypeChecker, function: str, which: Callable[[ErrorInfo], bool]) -> None:
    """Let mypy not say later, when it checks a function by itself, what a predicate picks."""
    _unwanted[checker.errors.file, function] = checker, checker.tree.defs, which


def hear(checker: TypeChecker, function: str) -> None:
    """Undo `silence`."""
    _unwanted.pop((checker.errors.file, function), None)


def is_silenced(file: str, error: ErrorInfo) -> bool:
    """Whether an error that is about to be reported is one of those, and its file is as it was."""
    checker, statements, which = _unwanted.get((file, error.target or ""), (None, None, None))
    return checker is not None and which is not None and checker.tree.defs is statements and which(error)

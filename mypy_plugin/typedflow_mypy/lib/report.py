"""Errors that the plugin reports, and errors of mypy that it takes back."""

from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.errors import ErrorInfo
from mypy.nodes import Context

from typedflow_mypy.lib.mypy_private import held_errors


def report(checker: TypeChecker, message: str, place: Context, code: ErrorCode) -> None:
    """Report an error, unless mypy has met a type that it will know only later: it then checks the function again."""
    reopen(checker)
    with checker.msg.filter_errors(filter_errors=checker.current_node_deferred):
        checker.fail(message, place, code=code)


def reopen(checker: TypeChecker) -> None:
    """Let more be reported about a file: the daemon of an older mypy checks one that it has reported again."""
    checker.errors.flushed_files.discard(checker.errors.file)


def retract(checker: TypeChecker, within: Context, which: Callable[[ErrorInfo], bool]) -> None:
    """Take back the errors within a piece of the current file that a predicate picks.

    They are reported already, or kept by a watcher until mypy has decided between two ways to check some code.
    """
    last_line = within.end_line or within.line
    for found in _lists(checker):
        found[:] = [error for error in found if not (within.line <= error.line <= last_line and which(error))]


def reported(checker: TypeChecker, within: Context) -> list[ErrorInfo]:
    """Return the errors within a piece of the current file."""
    last_line = within.end_line or within.line
    return [error for found in _lists(checker) for error in found if within.line <= error.line <= last_line]


def _lists(checker: TypeChecker) -> list[list[ErrorInfo]]:
    errors = checker.errors
    return [errors.error_info_map.get(errors.file, []), *held_errors(errors)]

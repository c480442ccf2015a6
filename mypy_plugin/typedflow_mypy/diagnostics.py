"""Errors that the plugin reports, and errors of mypy that it takes back."""

from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.errorcodes import ErrorCode
from mypy.errors import ErrorInfo
from mypy.nodes import Context


def report(checker: TypeChecker, message: str, place: Context, code: ErrorCode) -> None:
    """Report an error, unless mypy has met a type that it will know only later: it then checks the function again."""
    if not checker.current_node_deferred:
        checker.fail(message, place, code=code)


def retract(checker: TypeChecker, within: Context, which: Callable[[ErrorInfo], bool]) -> None:
    """Take back the errors within a piece of the current file that a predicate picks.

    They are reported already, or kept by a watcher until mypy has decided between two ways to check some code.
    """
    errors = checker.errors
    last_line = within.end_line or within.line
    reported = errors.error_info_map.get(errors.file)
    kept = [watcher._filtered for watcher in errors._watchers]  # noqa: SLF001
    for found in [reported, *kept]:
        if found is not None:
            found[:] = [error for error in found if not (within.line <= error.line <= last_line and which(error))]

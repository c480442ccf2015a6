"""Errors that mypy reported and the plugin takes back."""

from collections.abc import Callable

from mypy.checker import TypeChecker
from mypy.errors import ErrorInfo
from mypy.nodes import Context


def retract(checker: TypeChecker, within: Context, which: Callable[[ErrorInfo], bool]) -> None:
    """Take back the errors within a piece of the current file that a predicate picks.

    An error that is filtered at the moment (mypy checks some code several times) is in no list, and so not taken back.
    """
    reported = checker.errors.error_info_map.get(checker.errors.file)
    if reported is None:
        return
    last_line = within.end_line or within.line
    reported[:] = [error for error in reported if not (within.line <= error.line <= last_line and which(error))]

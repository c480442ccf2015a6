"""Errors that end a command, and the exit codes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from traceback import StackSummary, TracebackException
from typing import IO, TYPE_CHECKING, Any

import click
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130
"""The exit code of a command that was ended by Ctrl-C."""

EXIT_CODES = """\b
Exit codes:
  0    done
  1    the run failed, or a check found a mistake or a stale file
  2    wrong usage: a bad target, bad JSON, an invalid flow input, an
       invalid flow
  130  interrupted by Ctrl-C
"""
"""The end of a command's help."""


class Failure(click.ClickException):
    """Ends a command with a message and the exit code 2.

    Attributes:
        error: The exception that the user's code raised, if any. The frames of that code are shown.
    """

    exit_code = 2

    def __init__(self, message: str, *, error: BaseException | None = None) -> None:
        super().__init__(message)
        self.error = error

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        super().show(file)
        if self.error is not None:
            click.echo(_users_traceback(self.error), file=file, err=True, nl=False)


class RunFailure(Failure):
    """Ends a command whose run failed, with the exit code 1."""

    exit_code = 1


def _users_traceback(error: BaseException) -> str:
    """Return the traceback with only the frames of the user's code. Return nothing if there are none."""
    traceback = TracebackException.from_exception(error)
    for part in _parts(traceback):
        part.stack = StackSummary.from_list([frame for frame in part.stack if _is_users_file(frame.filename)])
    if isinstance(error, SyntaxError) or any(part.stack for part in _parts(traceback)):
        return "".join(traceback.format())
    return ""


def _parts(traceback: TracebackException | None) -> Iterator[TracebackException]:
    """Give a traceback, and those of its causes, contexts and grouped exceptions."""
    if traceback is not None:
        yield traceback
        yield from _parts(traceback.__cause__)
        yield from _parts(traceback.__context__)
        for inner in traceback.exceptions or ():
            yield from _parts(inner)


def _is_users_file(filename: str) -> bool:
    path = Path(filename)
    is_importlib = filename.startswith("<frozen ") or path.parts[-2:] == ("importlib", "__init__.py")
    return not is_importlib and not any(path.is_relative_to(package) for package in _calling_packages())


@cache
def _calling_packages() -> list[Path]:
    """Return the folders of the packages that call the user's code."""
    specs = [find_spec(package) for package in ("typedflow", "trio")]
    return [Path(folder) for spec in specs if spec is not None for folder in spec.submodule_search_locations or ()]

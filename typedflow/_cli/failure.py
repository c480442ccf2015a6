"""Errors that end a command, and the exit codes."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT, Signals
from traceback import StackSummary, TracebackException
from typing import IO, TYPE_CHECKING, Any, Final

import click
from typing_extensions import override

from typedflow._text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

# How many characters of an exception's text are shown below a message.
_LONGEST: Final = 10_000

EXIT_CODES: Final = """\b
Exit codes:
  0    done
  1    the run failed, a store refused, an output cannot be written, or a
       check found a mistake or a stale file
  2    wrong usage: a bad target, bad JSON, an invalid flow input, an
       invalid flow
  130  interrupted by Ctrl-C
  143  stopped by SIGTERM (129: by SIGHUP)
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
    def format_message(self) -> str:
        return "\n".join(map(escaped, self.message.split("\n")))

    @override
    def show(self, file: IO[Any] | None = None) -> None:
        super().show(file)
        if self.error is not None:
            click.echo(_users_traceback(self.error), file=file, err=True, nl=False)


class RunFailure(Failure):
    """Ends a command whose run failed, with the exit code 1."""

    exit_code = 1


class OutputFailure(Failure):
    """Ends a command whose result cannot be written, with the exit code 1."""

    exit_code = 1


class Stopped(BaseException):
    """Ends a command that a signal has stopped.

    Attributes:
        exit_code: The code that a shell gives to a command that the signal has ended.
    """

    def __init__(self, number: Signals) -> None:
        super().__init__("Interrupted." if number == SIGINT else f"Stopped by {number.name}.")
        self.exit_code = 128 + number


def _users_traceback(error: BaseException) -> str:
    """Return the traceback with only the frames of the user's code. Return nothing if there are none."""
    traceback = TracebackException.from_exception(error)
    for part in _parts(traceback):
        part.stack = StackSummary.from_list([frame for frame in part.stack if _is_users_file(frame.filename)])
    if isinstance(error, SyntaxError) or any(part.stack for part in _parts(traceback)):
        return "".join(map(_shown, traceback.format()))
    return ""


def _shown(part: str) -> str:
    """Return a frame or a message of a traceback, which may have millions of characters, for a terminal."""
    shown = part if len(part) <= _LONGEST else f"{part[:_LONGEST]}... ({len(part):,} characters)\n"
    return "\n".join(map(escaped, shown.split("\n")))


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

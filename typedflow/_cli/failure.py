"""How a command ends when it cannot do what it was asked to."""

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
"""The exit code of a command that Ctrl-C ended."""

EXIT_CODES = """\b
Exit codes:
  0    done
  1    the run failed; a check found something, or a stale file
  2    wrong usage: a bad target, bad JSON, an input that does not
       validate, a flow that is wired wrongly
  130  interrupted by Ctrl-C
"""
"""For the end of a command's help."""


class Failure(click.ClickException):
    """One clear message, and for an error raised by the user's code, where in that code it happened.

    The process exits with 2, for wrong usage.

    Attributes:
        error: What the user's code raised, if anything did.
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
    """The run itself failed; the process exits with 1."""

    exit_code = 1


def _users_traceback(error: BaseException) -> str:
    """The traceback without what called the user's code; empty where the user has no frame."""
    told = TracebackException.from_exception(error)
    for part in _parts(told):
        part.stack = StackSummary.from_list([frame for frame in part.stack if _is_users(frame.filename)])
    if isinstance(error, SyntaxError) or any(part.stack for part in _parts(told)):
        return "".join(told.format())
    return ""


def _parts(told: TracebackException | None) -> Iterator[TracebackException]:
    if told is not None:
        yield told
        yield from _parts(told.__cause__)
        yield from _parts(told.__context__)
        for inner in told.exceptions or ():
            yield from _parts(inner)


def _is_users(filename: str) -> bool:
    path = Path(filename)
    import_system = filename.startswith("<frozen ") or path.parts[-2:] == ("importlib", "__init__.py")
    return not import_system and not any(path.is_relative_to(package) for package in _machinery())


@cache
def _machinery() -> list[Path]:
    """The packages that call the user's code."""
    specs = [find_spec(package) for package in ("typedflow", "trio")]
    return [Path(folder) for spec in specs if spec is not None for folder in spec.submodule_search_locations or ()]

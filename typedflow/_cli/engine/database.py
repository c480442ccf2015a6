"""The address of a database: what a command about an engine begins with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from typedflow._cli.failure import Failure
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typedflow.engines.pgflow._database import Database

Command = TypeVar("Command", bound="Callable[..., Any]")


class EngineFailure(Failure):
    """Ends a command that an engine's database has refused or could not carry out, with the exit code 1."""

    exit_code = 1


def database_argument(command: Command) -> Command:
    """Give a command the argument URL."""
    return click.argument("url", metavar="URL", envvar="TYPEDFLOW_ENGINE")(command)


@contextmanager
def opened_database(url: str) -> Iterator[Database]:
    """Open a database while the context is entered. An error of the engine ends the command.

    Raises:
        Failure: The extra is not installed.
        EngineFailure: The database cannot be reached, or refuses what was asked for.
    """
    try:
        from typedflow.engines.pgflow._database import Database  # noqa: PLC0415  needs the extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"psycopg", "psycopg_pool"}:
            raise
        raise Failure(f'This command needs {error.name}. Install it with pip install "typedflow[pgflow]".') from error
    try:
        with Database(url) as database:
            yield database
    except EngineError as error:
        raise EngineFailure(f"{error}") from error

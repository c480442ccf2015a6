"""``--store`` and ``--engine``: which runs a command is about."""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from typedflow._cli.engine.database import EngineFailure, opened_database
from typedflow._cli.failure import Failure
from typedflow._cli.store_options import StoreFailure, cipher_option, opened_store, store_option
from typedflow._text import escaped_lines
from typedflow.exceptions import EngineError, StoreError, UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typedflow.stores import RunLog

Command = TypeVar("Command", bound="Callable[..., Any]")


def engine_option(command: Command) -> Command:
    """Give a command the option ``--engine``."""
    return click.option(
        "--engine",
        metavar="URL",
        envvar="TYPEDFLOW_ENGINE",
        show_envvar=True,
        help="The database of an engine: postgresql://user@host:port/name.",
    )(command)


def run_log_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--store`` and ``--engine``, and require one of them; and ``--cipher``.

    The command takes the one that was given as ``store``.
    """

    @wraps(command)
    def wrapped(*arguments: Any, store: str | None, engine: str | None, **options: Any) -> Any:
        return command(*arguments, store=_place(store, engine), **options)

    return store_option(is_required=False)(engine_option(cipher_option(wrapped)))


@contextmanager
def opened_runs(place: str, cipher: str | None = None) -> Iterator[RunLog]:
    """Open what has the runs while the context is entered. An error of it ends the command.

    Args:
        place: The path of a store, or the address of a database.
        cipher: What names the user's cipher.

    Raises:
        Failure: There is no such file, or the run has no such step.
        StoreFailure: The store cannot be opened, read or written, or refuses what was asked for.
        EngineFailure: The database cannot be reached, or refuses what was asked for.
    """
    if not is_address(place):
        with opened_store(place, cipher) as store:
            yield store
        return
    if cipher is not None:
        raise Failure("--cipher is for --store: the engine on Postgres does not encrypt values.")
    with opened_database(place) as database:
        from typedflow.engines.pgflow._runs import PgflowRuns  # noqa: PLC0415  needs the extra

        try:
            yield PgflowRuns(database)
        except UnknownStepError as error:
            raise Failure(f"{error}") from error
        except EngineError as error:
            raise EngineFailure(escaped_lines(f"{error}")) from error
        except StoreError as error:
            raise StoreFailure(f"{error}") from error


def is_address(place: str) -> bool:
    """Return whether a place is the address of a database, and not the path of a file."""
    return place.startswith(("postgresql://", "postgres://"))


def _place(store: str | None, engine: str | None) -> str:
    """Return the place that was given. One on the command line counts more than one of the environment."""
    given = {"store": store, "engine": engine}
    context = click.get_current_context()
    named = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if len(named) == 2:
        raise click.UsageError("--store and --engine contradict each other. Give one of them.")
    places = [given[name] for name in named] or [place for place in given.values() if place is not None]
    if not places or places[0] is None:
        raise click.UsageError("Give --store FILE or --engine URL: where the runs are.")
    if len(places) == 2:
        raise click.UsageError("Both TYPEDFLOW_STORE and TYPEDFLOW_ENGINE are set. Give --store or --engine.")
    if engine is not None and places[0] == engine and not is_address(engine):
        raise click.UsageError("--engine takes an address such as postgresql://user@host:port/name.")
    return places[0]

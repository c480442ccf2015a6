"""``typedflow engine deploy``."""

from __future__ import annotations

from typing import Final

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.engine.database import EngineFailure, opened_database
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.standard_output import print_to_stderr
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.target import load_flow
from typedflow._text import escaped_lines
from typedflow.exceptions import EngineError, FlowDefinitionError, NotStorableError

_DONE: Final = {
    "deployed": "is deployed.",
    "unchanged": "is deployed already. Nothing was changed.",
    "updated": "is deployed already. Its options or types were updated.",
    "replaced": "was replaced.",
}


@click.command(epilog=EXIT_CODES)
@click.argument("target", shell_complete=complete_target)
@click.option(
    "--engine",
    "--database",
    "url",
    metavar="URL",
    envvar="TYPEDFLOW_ENGINE",
    show_envvar=True,
    required=True,
    help="The database: postgresql://user@host:port/name.",
)
@click.option("--replace", "replaces", is_flag=True, help="Delete another shape of the flow first, with all its runs.")
def deploy(target: str, url: str, *, replaces: bool) -> None:
    """Put the flow TARGET into a database, so that workers can execute it.

    The command can be repeated. If the database has another shape of the flow, the differences are listed and nothing
    is changed.
    """
    with print_to_stderr(), stopping_immediately():
        definition = load_flow(target).definition
        with opened_database(url) as database:
            from typedflow.engines.pgflow._deploy import deploy as put  # noqa: PLC0415  needs the extra

            try:
                done = put(database, definition, replaces=replaces)
            except (FlowDefinitionError, NotStorableError) as error:
                raise Failure(f"{error}") from error
            except EngineError as error:
                raise EngineFailure(escaped_lines(f"{error}")) from error
    click.echo(f'Flow "{definition.slug}" {_DONE[done.outcome]}', err=True)
    for change in done.changes:
        click.echo(f"  - {change}", err=True)
    if done.kept_options:
        click.echo("Another program has deployed it, so these options stay as they are in the database:", err=True)
    for option in done.kept_options:
        click.echo(f"  - {option}", err=True)
    if done.outcome == "replaced":
        runs = "1 run was" if done.deleted_runs == 1 else f"{done.deleted_runs:,} runs were"
        click.echo(f"{runs} deleted. Workers that have the old shape stop. Start them anew.", err=True)

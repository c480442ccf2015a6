"""``typedflow engine uninstall``."""

from __future__ import annotations

import click

from typedflow._cli.engine.database import database_argument, opened_database
from typedflow._cli.failure import EXIT_CODES


@click.command(epilog=EXIT_CODES)
@database_argument
@click.option("--delete-runs", "deletes_runs", is_flag=True, help="Delete the runs that have ended too.")
def uninstall(url: str, *, deletes_runs: bool) -> None:
    """Delete pgflow from a database, and all that typedflow engine install has put there.

    What was there before is kept. A run that has not ended prevents it.
    """
    with opened_database(url) as database:
        from typedflow.engines.pgflow._uninstall import uninstall as delete  # noqa: PLC0415  needs the extra

        for sentence in delete(database, deletes_runs=deletes_runs):
            click.echo(sentence, err=True)

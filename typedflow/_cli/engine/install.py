"""``typedflow engine install``."""

from __future__ import annotations

from pathlib import Path

import click

from typedflow._cli.engine.database import database_argument, opened_database
from typedflow._cli.failure import EXIT_CODES


@click.command(epilog=EXIT_CODES)
@database_argument
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path),
    metavar="PLACE",
    help="A folder with pgflow's migrations, or a tarball of the package @pgflow/core. Otherwise npm brings it.",
)
@click.option("--accept-untested", "accepts_untested", is_flag=True, help="Also a version of pgflow that is not known.")
def install(url: str, source: Path | None, *, accepts_untested: bool) -> None:
    """Put pgflow and pgmq into a database.

    The URL is that of a Postgres database: postgresql://user@host:port/name. What is in the database already is left as
    it is, so the command can be repeated.
    """
    with opened_database(url) as database:
        from typedflow.engines.pgflow._install import install as into  # noqa: PLC0415  needs the extra

        for line in into(database, source, accepts_untested=accepts_untested):
            click.echo(line, err=True)

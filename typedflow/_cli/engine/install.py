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
    help="A folder with pgflow's migrations, or a tarball of @pgflow/core. Without it, npm brings the package.",
)
@click.option("--accept-untested", "accepts_untested", is_flag=True, help="Accept a version of pgflow that is unknown.")
def install(url: str, source: Path | None, *, accepts_untested: bool) -> None:
    """Make a Postgres database ready for flows, with pgflow and pgmq.

    The URL is postgresql://user@host:port/name. The command can be repeated: what is in the database already is left as
    it is.
    """
    with opened_database(url) as database:
        from typedflow.engines.pgflow._install import install as make_ready  # noqa: PLC0415  needs the extra

        for sentence in make_ready(database, source, accepts_untested=accepts_untested):
            click.echo(sentence, err=True)

"""``typedflow runs prune``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.all_runs import all_runs
from typedflow._cli.runs.period import period
from typedflow._text import counted

if TYPE_CHECKING:
    from typedflow.stores import RunLog

EndedStatus: TypeAlias = Literal["completed", "failed", "cancelled"]


@click.command(epilog=EXIT_CODES)
@run_log_options
@click.option(
    "--older-than", callback=period, required=True, metavar="AGO", help="Only runs that ended so long ago: 30d."
)
@click.option("--status", type=click.Choice(get_args(EndedStatus)), help="Only runs with this status.")
@click.option("--flow", metavar="SLUG", help="Only runs of this flow.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Only say how many runs would be deleted.")
def prune(
    store: str, cipher: str | None, older_than: timedelta, status: EndedStatus | None, flow: str | None, *, is_dry: bool
) -> None:
    """Delete runs that ended long ago, and give their space back.

    They are deleted in batches. If the command is stopped, it can be repeated. A run that has not ended is kept.
    """
    with opened_runs(store, cipher) as opened:
        if is_dry:
            count = _count(opened, older_than, status, flow)
            click.echo(f"{counted(count, 'run')} would be deleted.", err=True)
            return
        count = opened.prune(
            older_than=older_than,
            status=status,
            flow=flow,
            on_batch=lambda deleted: click.echo(f"{counted(deleted, 'run')} deleted", err=True),
        )
        click.echo(f"Deleted {counted(count, 'run')}.", err=True)


def _count(store: RunLog, older_than: timedelta, status: EndedStatus | None, flow: str | None) -> int:
    latest = datetime.now(UTC) - older_than
    return sum(run.ended_at is not None and run.ended_at < latest for run in all_runs(store, status=status, flow=flow))

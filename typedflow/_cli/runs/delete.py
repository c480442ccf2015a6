"""``typedflow runs delete``."""

from __future__ import annotations

import sys

import click

from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.run_id import complete_run, find_run
from typedflow._cli.runs.shown_state import shown_state
from typedflow._cli.runs.shown_time import shown_time
from typedflow._text import counted, escaped


@click.command(epilog=EXIT_CODES)
@click.argument("run_ids", metavar="RUN_ID...", nargs=-1, required=True, shell_complete=complete_run)
@run_log_options
@click.option("-y", "--yes", "is_sure", is_flag=True, help="Do not ask.")
def delete(run_ids: tuple[str, ...], store: str, cipher: str | None, *, is_sure: bool) -> None:
    """Delete runs with their inputs and outputs.

    A run that a living process executes is kept. The identifier of a run that was deleted is never used again.
    """
    with opened_runs(store, cipher) as opened:
        found = {run.run_id: run for run in [find_run(opened, run_id) for run_id in run_ids]}
        for run in found.values():
            created = shown_time(run.created_at)
            click.echo(escaped(f"{run.run_id}  {run.flow}  {shown_state(run)}  {created}"), err=True)
        if not is_sure:
            if sys.stdin is None or not sys.stdin.isatty():
                raise Failure(
                    "standard input is not a terminal, so that you cannot be asked. Give --yes to delete them."
                )
            click.confirm(f"Delete {counted(len(found), 'run')}?", abort=True, err=True)
        for run_id in found:
            opened.delete(run_id)
        click.echo(f"Deleted {counted(len(found), 'run')}.", err=True)

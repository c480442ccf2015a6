"""``typedflow runs cancel``."""

from __future__ import annotations

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.run_id import complete_run, find_run
from typedflow._text import escaped


@click.command(epilog=EXIT_CODES)
@click.argument("run_ids", metavar="RUN_ID...", nargs=-1, required=True, shell_complete=complete_run)
@run_log_options
def cancel(run_ids: tuple[str, ...], store: str, cipher: str | None) -> None:
    """Cancel runs that have not ended.

    The process of a run cancels its handlers within a second, and lets them clean up. A run without a process is
    cancelled immediately.
    """
    with opened_runs(store, cipher) as opened:
        for found in [find_run(opened, run_id) for run_id in run_ids]:
            run = opened.cancel(found.run_id)
            place = "" if run.owner is None else f" Process {run.owner.pid} on {run.owner.host} ends its handlers."
            done = "is cancelled." if run.status == "cancelled" else f"will be cancelled.{place}"
            click.echo(escaped(f'run "{run.run_id}" of flow "{run.flow}" {done}'), err=True)

"""``typedflow runs retry``."""

from __future__ import annotations

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.run_id import complete_run, complete_step_of_run, find_run
from typedflow._cli.runs.stored_shape import StoredShape
from typedflow._cli.stored_place import StoredPlace
from typedflow._text import counted, escaped


@click.command(epilog=EXIT_CODES)
@click.argument("run_id", shell_complete=complete_run)
@click.argument("target", required=False)
@run_log_options
@click.option(
    "--from",
    "steps",
    metavar="STEP",
    multiple=True,
    shell_complete=complete_step_of_run,
    help="Begin again with this step and its dependents. Repeatable.",
)
def retry(run_id: str, target: str | None, store: str, cipher: str | None, steps: tuple[str, ...]) -> None:
    """Make a run that failed or was cancelled ready to be resumed. What has completed is kept.

    Its tasks that failed or were cancelled get new attempts. With --from, that step and all that depends on it begin
    again, even if they have completed. TARGET, the flow, is only for the command that this prints.
    """
    with opened_runs(store, cipher) as opened:
        found = find_run(opened, run_id)
        run = opened.retry(found.run_id, steps)
        total = counted(StoredShape.of(run).total, "step")
        done = f"{run.steps_done} of {total} {'is' if run.steps_done == 1 else 'are'} done"
        if run.run_id != found.run_id:
            click.echo(f'run "{run.run_id}" of flow "{run.flow}" was started in its place; {done}.', err=True)
            return
        click.echo(
            f'run "{escaped(run.run_id)}" of flow "{escaped(run.flow)}" can be resumed; {done}. Resume it with\n'
            f"  {StoredPlace(opened, run.run_id, target or 'TARGET', cipher).resume_command}",
            err=True,
        )

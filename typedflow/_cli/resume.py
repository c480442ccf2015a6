"""``typedflow resume``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.one_run import OneRun
from typedflow._cli.resources import resources_option
from typedflow._cli.resume_all import ResumedRuns
from typedflow._cli.run_options import check_options, part_of, run_options
from typedflow._cli.runs.run_id import complete_run, find_run
from typedflow._cli.standard_output import print_to_stderr
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.store_options import opened_store, store_options
from typedflow._cli.stored_flows import flow_of
from typedflow._cli.stored_place import StoredPlace
from typedflow._cli.target import load_flows
from typedflow._text import escaped
from typedflow.exceptions import FlowDefinitionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow._cli.run_options import RunOptions
    from typedflow.flow import Flow
    from typedflow.stores import Store


@click.command(epilog=EXIT_CODES)
@click.argument("target", shell_complete=complete_target)
@click.argument("run_id", required=False, shell_complete=complete_run)
@store_options
@click.option("--all", "is_all", is_flag=True, help="Resume all interrupted runs of the flows of TARGET.")
@click.option(
    "--max-runs", type=click.IntRange(min=1), default=10, show_default=True, help="With --all: how many concurrently."
)
@run_options("--all-outputs")
def resume(
    target: str,
    run_id: str | None,
    store: str,
    cipher: str | None,
    max_runs: int,
    *,
    is_all: bool,
    **options: Unpack[RunOptions],
) -> None:
    """Resume the run RUN_ID of the flow TARGET, and write the outputs of its last steps as typedflow run does.

    What has completed is not executed again. The beginning of RUN_ID is enough. TARGET is a flow, or a module.

    With --all, for the restart of a service: all interrupted runs of the flows of TARGET are resumed. One that another
    process resumes is passed over, and one that fails does not stop the others.
    """
    check_options(options, "--all-outputs")
    if is_all == (run_id is not None):
        raise click.UsageError("Give either RUN_ID or --all.")
    if is_all:
        _check_for_all(options)
    with print_to_stderr():
        try:
            with stopping_immediately():
                flows = load_flows(target)
        except FlowDefinitionError as error:
            raise Failure(str(error)) from error
        with opened_store(store, cipher) as opened:
            if run_id is None:
                _resume_all(opened, flows, target, options, max_runs)
                return
            run = find_run(opened, run_id)
            try:
                flow = part_of(flow_of(run, flows, target), options)
                one_run = OneRun.of(flow, options, resources_option(flow.definition, options["resources"]))
            except FlowDefinitionError as error:
                raise Failure(str(error)) from error
            if not options["is_quiet"]:
                click.echo(f'run "{escaped(run.run_id)}" in store "{escaped(store)}"', err=True)
            place = StoredPlace.of(opened, run.run_id, target, options, cipher)
            work = partial(flow.resume, run.run_id, store=opened)
            outcome = replace(one_run, place=place).execute(work)
    outcome.write()


def _check_for_all(options: RunOptions) -> None:
    """Refuse options for the outputs of one run, or for a part of one flow."""
    given = {
        "--up-to": options["up_to"],
        "--only": options["only"],
        "--all-outputs": options["everything"],
        "--output": options["named"],
        "--output-file": options["file"],
        "--partial": options["is_partial"],
    }
    for name, value in given.items():
        if value:
            raise click.UsageError(f"--all and {name} contradict each other. Give one of them.")


def _resume_all(store: Store, flows: Sequence[Flow[Any, Any]], target: str, options: RunOptions, max_runs: int) -> None:
    resumed = ResumedRuns(store, flows, target, options)
    resumed.resume(max_runs)
    if resumed.failed:
        raise SystemExit(1)

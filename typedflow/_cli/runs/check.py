"""``typedflow runs check``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.flows_by_slug import flows_by_slug
from typedflow._cli.run_log_options import is_address, opened_runs, run_log_options
from typedflow._cli.runs.all_runs import all_runs
from typedflow._cli.runs.refused_deployments import refused_deployments
from typedflow._cli.standard_output import print_to_stderr, write_output
from typedflow._cli.stop import stopping_immediately
from typedflow._text import counted, escaped, first_quoted
from typedflow.engines._resumable import refused_differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typedflow._definition.flow import FlowDefinition
    from typedflow.stores import RunLog, RunRecord


@dataclass(frozen=True)
class CheckedRun:
    """A run that has not ended.

    Attributes:
        run_id: Its identifier.
        flow: Slug of its flow.
        is_resumable: Whether the flow can resume it.
        differences: Why not.
        again: The steps from which on it can be executed again, so that the flow can resume it.
    """

    run_id: str
    flow: str
    is_resumable: bool
    differences: list[str]
    again: list[str]


class NotResumable(Failure):
    """Ends ``runs check`` with the exit code 1: there are runs that the flows cannot resume, or deployments."""

    exit_code = 1


@click.command(epilog=EXIT_CODES)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...", shell_complete=complete_target)
@run_log_options
@click.option("--json", "is_json", is_flag=True, help="Print JSON: an array with an object for each unfinished run.")
def check(targets: tuple[str, ...], store: str, cipher: str | None, *, is_json: bool) -> None:
    """Say which unfinished runs of each flow TARGET it can resume as it is now, and which not and why.

    A TARGET without a name stands for all flows of its module. Call it before you deploy a new version of a flow. It
    fails if a run cannot be resumed. With --engine, it also says which flows cannot be deployed and why. Nothing is
    changed, and no handler is called.
    """
    checked: list[CheckedRun] = []
    others: list[str] = []
    with print_to_stderr(), stopping_immediately():
        flows = flows_by_slug(targets)
        with opened_runs(store, cipher) as opened:
            refused = refused_deployments(store, flows.values()) if is_address(store) else None
            for run in all_runs(opened, status="started"):
                if run.flow not in flows:
                    others.append(run.flow)
                elif refused is None:
                    checked.append(_checked(opened, flows[run.flow], run))
                else:
                    checked.append(_with_deployment(run, refused.get(run.flow, ())))
    if is_json:
        write_output(json.dumps([asdict(run) for run in checked], indent=2) + "\n")
    else:
        lines = _lines(flows, checked, store) if refused is None else _deployment_lines(flows, checked, refused)
        write_output("".join(f"{escaped(line)}\n" for line in lines))
    if others:
        slugs = first_quoted(sorted(set(others)))
        click.echo(f"Not checked: {counted(len(others), 'unfinished run')} of other flows: {slugs}.", err=True)
    if refused:
        raise NotResumable(
            f"{counted(len(refused), 'flow')} cannot be deployed. Give a changed flow a new slug, or replace it with "
            "typedflow engine deploy --replace, which deletes its runs."
        )
    if count := sum(not run.is_resumable for run in checked):
        raise NotResumable(f"{counted(count, 'run')} cannot be resumed by the flows as they are now.")


def _checked(store: RunLog, definition: FlowDefinition, run: RunRecord) -> CheckedRun:
    refused = refused_differences(store, definition, run)
    steps = dict.fromkeys(difference.step for difference in refused)
    again = [] if None in steps else [step for step in steps if step is not None]
    return CheckedRun(run.run_id, run.flow, not refused, [difference.sentence for difference in refused], again)


def _with_deployment(run: RunRecord, differences: Sequence[str]) -> CheckedRun:
    """Return a run that workers continue with the flow as it is now if that can be deployed."""
    return CheckedRun(run.run_id, run.flow, not differences, list(differences), [])


def _deployment_lines(
    flows: Iterable[str], checked: Sequence[CheckedRun], refused: Mapping[str, Sequence[str]]
) -> Iterable[str]:
    for slug in flows:
        count = sum(run.flow == slug for run in checked)
        verdict = ", cannot be deployed" if slug in refused else ""
        yield f'flow "{slug}": {counted(count, "unfinished run")}{verdict}'
        yield from (f"  {sentence}" for sentence in refused.get(slug, ()))


def _lines(flows: Iterable[str], checked: Sequence[CheckedRun], store: str) -> Iterable[str]:
    for slug in flows:
        own = [run for run in checked if run.flow == slug]
        refused = [run for run in own if not run.is_resumable]
        verdict = f", {len(refused):,} cannot be resumed" if refused else ""
        yield f'flow "{slug}": {counted(len(own), "unfinished run")}{verdict}'
        for run in refused:
            yield f"  {run.run_id}"
            yield from (f"    {sentence}" for sentence in run.differences)
            if run.again:
                command = ["typedflow runs retry", run.run_id, *(f"--from {step}" for step in run.again)]
                yield f"    To execute it again: {' '.join(command)} --store {store}"

"""``typedflow run``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, get_args

import click
import trio

from typedflow._cli.completion import complete_step, complete_target
from typedflow._cli.failure import EXIT_CODES, Failure, RunFailure, Stopped
from typedflow._cli.flow_input import read_flow_input
from typedflow._cli.handler_logs import LogLevel, show_logs
from typedflow._cli.progress import show_progress
from typedflow._cli.resources import resources_option
from typedflow._cli.shown_outputs import ShownOutputs
from typedflow._cli.standard_output import print_to_stderr
from typedflow._cli.stop import run_until_stopped, stopping_immediately
from typedflow._cli.target import load_flow
from typedflow.exceptions import (
    FlowDefinitionError,
    InvalidInputError,
    InvalidResourcesError,
    ResourcesError,
    StepFailedError,
)
from typedflow.listeners import inline

if TYPE_CHECKING:
    from typedflow.event import Event
    from typedflow.flow import Flow


class _Options(TypedDict):
    sources: tuple[str, ...]
    up_to: tuple[str, ...]
    only: str | None
    everything: bool
    named: tuple[str, ...]
    file: str | None
    is_partial: bool
    is_quiet: bool
    log_level: LogLevel | None
    resources: str | None
    max_concurrency: int | None


@click.command(epilog=EXIT_CODES)
@click.argument("target", shell_complete=complete_target)
@click.option(
    "--input",
    "sources",
    multiple=True,
    metavar="JSON|@FILE|-|KEY=VALUE",
    help="The flow input as JSON. @FILE reads it from a file, - from standard input. Or one key and its value; "
    "repeat it for each key. [default: null or {}, if the input type allows one of them]",
)
@click.option(
    "--up-to",
    multiple=True,
    metavar="STEP",
    shell_complete=complete_step,
    help="Run only this step and what it needs. Can be repeated.",
)
@click.option(
    "--only", metavar="STEP", shell_complete=complete_step, help="Like --up-to STEP --output STEP, for one step."
)
@click.option("--all", "everything", is_flag=True, help="Print the outputs of all steps, not only of the last ones.")
@click.option(
    "--output",
    "named",
    multiple=True,
    metavar="STEP",
    shell_complete=complete_step,
    help="Print the output of this step only. Can be repeated.",
)
@click.option("-o", "--output-file", "file", metavar="FILE", help="Write the outputs to this file instead.")
@click.option(
    "--partial", "is_partial", is_flag=True, help="If the run fails, print the outputs of the steps that completed."
)
@click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Do not show the progress.")
@click.option(
    "--log-level",
    type=click.Choice(get_args(LogLevel)),
    help="Lowest level of the log records to show. [default: info for the loggers of steps, warning for others]",
)
@click.option(
    "--resources",
    metavar="TARGET",
    help="What the handlers share, if the flow declares resources: an instance, a context manager, or a function that "
    "gives one. Named like the flow: path/to/file.py:NAME or package.module:NAME.",
)
@click.option(
    "--max-concurrency", type=click.IntRange(min=1), help="How many tasks may run concurrently. [default: no limit]"
)
def run(target: str, **options: Unpack[_Options]) -> None:
    """Run the flow TARGET, and write the outputs of its last steps to standard output, as JSON.

    The last steps are those without dependents. Everything else goes to standard error, including what the steps print.
    """
    _check(options)
    with print_to_stderr():
        try:
            with stopping_immediately():
                flow = _part(load_flow(target), options)
                shown = _shown(flow, options)
                flow_input = read_flow_input(flow.definition, options["sources"])
                resources = resources_option(flow.definition, options["resources"])
        except (FlowDefinitionError, InvalidInputError) as error:
            raise Failure(str(error)) from error
        finished: dict[str, Any] = {}
        failure: RunFailure | Stopped | None = None
        has_completed = True
        try:
            finished = _run(flow, flow_input, options, resources, finished)
        except (FlowDefinitionError, InvalidInputError, InvalidResourcesError) as error:
            raise Failure(str(error)) from error
        except StepFailedError as error:
            message = "\n".join([str(error), *getattr(error, "__notes__", ())])
            failure, has_completed = RunFailure(message, error=error.__cause__), False
        except ResourcesError as error:  # if they cannot be closed, there are outputs
            failure, has_completed = RunFailure(str(error), error=error.__cause__), error.outputs is not None
            finished = error.outputs or finished
        except Stopped as stopped:
            failure, has_completed = stopped, False
    if not has_completed and not (options["only"] or options["named"]):
        shown = replace(shown, slugs=list(finished))
    problems = shown.write(finished) if has_completed or options["is_partial"] else []
    if failure is not None:
        _say(flow, problems)
        raise failure
    if problems:
        raise RunFailure("\n".join(_sentences(flow, problems)))


def _check(options: _Options) -> None:
    """Refuse options that contradict each other."""
    contradicting = [
        ("--only", bool(options["only"]), "--up-to", bool(options["up_to"])),
        ("--only", bool(options["only"]), "--output", bool(options["named"])),
        ("--only", bool(options["only"]), "--all", options["everything"]),
        ("--output", bool(options["named"]), "--all", options["everything"]),
    ]
    for first, has_first, second, has_second in contradicting:
        if has_first and has_second:
            raise click.UsageError(f"{first} and {second} contradict each other. Give one of them.")


def _part(flow: Flow[Any, Any], options: _Options) -> Flow[Any, Any]:
    slugs = [options["only"]] if options["only"] else options["up_to"]
    return flow.up_to(*slugs) if slugs else flow  # type: ignore[typedflow-not-literal]


def _shown(flow: Flow[Any, Any], options: _Options) -> ShownOutputs:
    return ShownOutputs.of(
        flow.definition,
        named=[options["only"]] if options["only"] else options["named"],
        up_to=() if options["everything"] else options["up_to"],
        everything=options["everything"],
        file=options["file"],
    )


def _run(
    flow: Flow[Any, Any], flow_input: Any, options: _Options, resources: dict[str, Any], finished: dict[str, Any]
) -> dict[str, Any]:
    """Run the flow, and return its outputs. Those of the steps that have ended are also in ``finished``."""

    def collect(event: Event) -> None:
        has_ended = event.subject == "step" and event.status in {"completed", "skipped"}
        if has_ended and event.step is not None and event.parent is None:
            finished[event.step] = event.output

    with show_logs(options["log_level"]), show_progress(flow.definition, is_quiet=options["is_quiet"]) as progress:
        listeners = [*progress, inline(collect)]
        limit = options["max_concurrency"]
        work = partial(flow.run, flow_input, max_concurrency=limit, listeners=listeners, **resources)
        outputs: dict[str, Any] = trio.run(run_until_stopped, work)
        return outputs


def _sentences(flow: Flow[Any, Any], problems: list[str]) -> list[str]:
    return [f'flow "{flow.definition.slug}": {problem}' for problem in problems]


def _say(flow: Flow[Any, Any], problems: list[str]) -> None:
    for line in _sentences(flow, problems):
        click.echo(f"Error: {line}", err=True)

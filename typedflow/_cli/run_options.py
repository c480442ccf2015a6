"""The options that ``typedflow run`` and ``typedflow resume`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict, TypeVar, get_args

import click

from typedflow._cli.completion import complete_step
from typedflow._cli.handler_logs import LogLevel
from typedflow._cli.shown_outputs import ShownOutputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.flow import Flow

Command = TypeVar("Command", bound="Callable[..., Any]")


class RunOptions(TypedDict):
    """The values of the options."""

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


def run_options(*all_outputs: str) -> Callable[[Command], Command]:
    """Return a decorator that gives a command the options.

    Args:
        *all_outputs: What the option is called that prints the outputs of all steps.
    """

    def decorated(command: Command) -> Command:
        for option in reversed(_options(all_outputs)):
            command = option(command)
        return command

    return decorated


def check_options(options: RunOptions, all_outputs: str = "--all") -> None:
    """Refuse options that contradict each other.

    Args:
        options: The values of the options.
        all_outputs: What the option is called that prints the outputs of all steps.

    Raises:
        UsageError: Some do.
    """
    contradicting = [
        ("--only", bool(options["only"]), "--up-to", bool(options["up_to"])),
        ("--only", bool(options["only"]), "--output", bool(options["named"])),
        ("--only", bool(options["only"]), all_outputs, options["everything"]),
        ("--output", bool(options["named"]), all_outputs, options["everything"]),
    ]
    for first, has_first, second, has_second in contradicting:
        if has_first and has_second:
            raise click.UsageError(f"{first} and {second} contradict each other. Give one of them.")


def part_of(flow: Flow[Any, Any], options: RunOptions) -> Flow[Any, Any]:
    """Return the flow of the steps that are to be run."""
    slugs = [options["only"]] if options["only"] else options["up_to"]
    return flow.up_to(*slugs) if slugs else flow  # type: ignore[typedflow-not-literal]


def shown_outputs(flow: Flow[Any, Any], options: RunOptions) -> ShownOutputs:
    """Return which outputs are to be printed, and where.

    Raises:
        Failure: The flow has no such step, or the file cannot be written.
    """
    return ShownOutputs.of(
        flow.definition,
        named=[options["only"]] if options["only"] else options["named"],
        up_to=() if options["everything"] else options["up_to"],
        everything=options["everything"],
        file=options["file"],
    )


def _options(all_outputs: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--up-to",
            multiple=True,
            metavar="STEP",
            shell_complete=complete_step,
            help="Run only this step and what it needs. Can be repeated.",
        ),
        click.option(
            "--only",
            metavar="STEP",
            shell_complete=complete_step,
            help="Like --up-to STEP --output STEP, for one step.",
        ),
        click.option(
            *all_outputs,
            "everything",
            is_flag=True,
            help="Print the outputs of all steps, not only of the last ones.",
        ),
        click.option(
            "--output",
            "named",
            multiple=True,
            metavar="STEP",
            shell_complete=complete_step,
            help="Print the output of this step only. Can be repeated.",
        ),
        click.option("-o", "--output-file", "file", metavar="FILE", help="Write the outputs to this file instead."),
        click.option(
            "--partial",
            "is_partial",
            is_flag=True,
            help="If the run fails, print the outputs of the steps that completed.",
        ),
        click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Do not show the progress."),
        click.option(
            "--log-level",
            type=click.Choice(get_args(LogLevel)),
            help="Lowest level of the log records to show. [default: info for the loggers of steps, warning for "
            "others]",
        ),
        click.option(
            "--resources",
            metavar="TARGET",
            help="What the handlers share, if the flow declares resources: an instance, a context manager, or a "
            "function that gives one. Named like the flow: path/to/file.py:NAME or package.module:NAME.",
        ),
        click.option(
            "--max-concurrency",
            type=click.IntRange(min=1),
            help="How many tasks may run concurrently. [default: no limit]",
        ),
    ]

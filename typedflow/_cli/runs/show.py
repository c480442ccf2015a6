"""``typedflow runs show``."""

from __future__ import annotations

import json
from shutil import get_terminal_size
from typing import TYPE_CHECKING, TypedDict, Unpack, get_args

import click

from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.live import is_terminal, show_live, show_once
from typedflow._cli.runs.run_changes import RunChanges
from typedflow._cli.runs.run_id import complete_run, complete_step_of_run, find_run
from typedflow._cli.runs.run_text import run_graph, run_text, step_text
from typedflow._cli.runs.run_view import MOST_FAILURES, RunView
from typedflow._cli.runs.shown_run_json import shown_run_json
from typedflow._cli.runs.watching import changes
from typedflow._cli.standard_output import write_output
from typedflow._definition.drawing import Notation
from typedflow._text import escaped
from typedflow.exceptions import UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typedflow._cli.runs.columns import Columns
    from typedflow.stores import FailureRecord, RunLog, TaskRecord

# How wide lines are where there is no terminal.
_WIDTH = 120


class _Options(TypedDict):
    slug: str | None
    limit: int
    offset: int
    is_full: bool
    is_json: bool
    is_watching: bool
    is_graph: bool
    notation: Notation


@click.command(epilog=EXIT_CODES)
@click.argument("run_id", shell_complete=complete_run)
@run_log_options
@click.option(
    "--step", "slug", metavar="STEP", shell_complete=complete_step_of_run, help="Show this step with its tasks."
)
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many tasks.")
@click.option("--offset", type=click.IntRange(min=0), default=0, help="Skip so many tasks.")
@click.option("--full", "is_full", is_flag=True, help="Do not cut values, and show all attempts that failed.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.option("--watch", "is_watching", is_flag=True, help="Show the run anew when it changes, until it has ended.")
@click.option("--graph", "is_graph", is_flag=True, help="Draw the steps with their dependencies and statuses.")
@click.option(
    "--format",
    "notation",
    type=click.Choice(get_args(Notation)),
    default="text",
    show_default=True,
    help="Format of the drawing.",
)
def show(run_id: str, store: str, cipher: str | None, **options: Unpack[_Options]) -> None:
    """Show a run: what it does, its steps, when they were executed, and why they failed.

    The beginning of RUN_ID is enough. The code of the flow is not needed.
    """
    _check(options)
    with opened_runs(store, cipher) as opened:
        found = find_run(opened, run_id).run_id
        if not options["is_watching"]:
            _show(opened, RunView.read(opened, found), options)
        elif is_terminal():
            show_live(_drawings(opened, found, options))
        else:
            written = RunChanges()
            for view in _views(opened, found):
                write_output("".join(f"{escaped(line)}\n" for line in written.lines(view)))


def _check(options: _Options) -> None:
    """Refuse options that contradict each other."""
    shown = [("--json", options["is_json"]), ("--graph", options["is_graph"]), ("--watch", options["is_watching"])]
    given = [name for name, is_given in shown if is_given]
    if len(given) > 1 and set(given) != {"--graph", "--watch"}:
        raise click.UsageError(f"{given[0]} and {given[1]} contradict each other. Give one of them.")
    if options["is_graph"] and options["slug"] is not None:
        raise click.UsageError("--graph and --step contradict each other. Give one of them.")


def _show(store: RunLog, view: RunView, options: _Options) -> None:
    if options["is_graph"]:
        show_once([run_graph(view, options["notation"])])
    elif options["is_json"]:
        shown = shown_run_json(view, options["slug"], *_tasks_and_failures(store, view, options))
        write_output(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
    else:
        show_once(_parts(store, view, options))


def _parts(store: RunLog, view: RunView, options: _Options) -> list[Columns | str]:
    width = get_terminal_size((_WIDTH, 24)).columns if is_terminal() else _WIDTH
    slug = options["slug"]
    if slug is None:
        return run_text(view, width, is_full=options["is_full"])
    tasks, failures = _tasks_and_failures(store, view, options)
    return step_text(view, slug, tasks, failures, None if options["is_full"] else width // 2)


def _tasks_and_failures(
    store: RunLog, view: RunView, options: _Options
) -> tuple[Sequence[TaskRecord], Sequence[FailureRecord]]:
    run_id, slug = view.run.run_id, options["slug"]
    slugs = tuple(step.slug for step in view.shape.steps)
    if slug is not None and slug not in slugs:
        raise Failure(str(UnknownStepError(view.run.flow, slug, slugs)))
    tasks = store.tasks(run_id, step=slug, limit=options["limit"], offset=options["offset"])
    return tasks, store.failures(run_id, step=slug, limit=MOST_FAILURES if options["is_full"] else options["limit"])


def _views(store: RunLog, run_id: str) -> Iterator[RunView]:
    """Give the run now, and whenever it has changed, until it has ended."""
    for _ in changes(store):
        view = RunView.read(store, run_id)
        yield view
        if view.run.ended_at is not None:
            return


def _drawings(store: RunLog, run_id: str, options: _Options) -> Iterator[Sequence[Columns | str]]:
    for view in _views(store, run_id):
        yield [run_graph(view, options["notation"])] if options["is_graph"] else _parts(store, view, options)

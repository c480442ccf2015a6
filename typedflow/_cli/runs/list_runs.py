"""``typedflow runs list``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict, Unpack, get_args

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.columns import Columns
from typedflow._cli.runs.live import is_terminal, show_live, show_once
from typedflow._cli.runs.period import since
from typedflow._cli.runs.record_json import run_json
from typedflow._cli.runs.run_id import find_run
from typedflow._cli.runs.shown_state import shown_state
from typedflow._cli.runs.shown_time import shown_duration, shown_time
from typedflow._cli.runs.shown_value import shown_run_error
from typedflow._cli.runs.stored_shape import StoredShape
from typedflow._cli.runs.watching import changes
from typedflow._cli.standard_output import write_output
from typedflow._text import escaped
from typedflow.stores import RunFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typedflow.stores import RunLog, RunRecord

# How many characters of an error are shown in a line. On a terminal, the line is cut at its edge.
_LONGEST = 200
_HEADINGS = ("run", "flow", "status", "created", "took", "steps", "error")


class _Filters(TypedDict):
    flow: str | None
    status: RunFilter | None
    since: datetime | None
    limit: int
    before: str | None


@click.command("list", epilog=EXIT_CODES)
@run_log_options
@click.option("--flow", metavar="SLUG", help="Only runs of this flow.")
@click.option("--status", type=click.Choice(get_args(RunFilter)), help="Only runs with this status, or that do this.")
@click.option(
    "--since", callback=since, metavar="AGO|DATE", help="Only runs that were created since then: 2h, 3d or an ISO date."
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many runs.")
@click.option("--before", metavar="RUN_ID", help="Only runs that were created before this one: the next page.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON: an array; with --watch, a line for each change.")
@click.option("--watch", "is_watching", is_flag=True, help="Show the list anew when a run changes, until Ctrl-C.")
def list_runs(store: str, cipher: str | None, *, is_json: bool, is_watching: bool, **filters: Unpack[_Filters]) -> None:
    """List the runs of a store, the newest first.

    A run that has started is running, as long as its process lives; otherwise, it is interrupted and can be resumed.
    """
    with opened_runs(store, cipher) as opened:
        if filters["before"] is not None:
            filters["before"] = find_run(opened, filters["before"]).run_id
        if not is_watching:
            _list(opened, filters, is_json=is_json)
        elif is_terminal() and not is_json:
            show_live([_columns(opened.runs(**filters))] for _ in changes(opened))
        else:
            _write_changes(opened, filters, is_json=is_json)


def _list(store: RunLog, filters: _Filters, *, is_json: bool) -> None:
    limit = filters["limit"]
    filters["limit"] += 1  # is there a next page?
    found = store.runs(**filters)
    shown = found[:limit]
    if is_json:
        runs = [run_json(run, has_input=False) for run in shown]
        write_output(json.dumps(runs, indent=2, ensure_ascii=False) + "\n")
    elif shown:
        show_once([_columns(shown)])
    else:
        click.echo("No run found.", err=True)
    if len(found) > limit:
        click.echo(f"There are more runs. Show the next ones with --before {shown[-1].run_id}.", err=True)


def _write_changes(store: RunLog, filters: _Filters, *, is_json: bool) -> None:
    """Write a line for each run now, and whenever what is shown of one changes."""
    known: dict[str, Sequence[str]] = {}
    for _ in changes(store):
        for run in reversed(store.runs(**filters)):
            row = _row(run)[:4] + _row(run)[5:]  # all but how long it has taken so far
            if known.get(run.run_id) == row:
                continue
            known[run.run_id] = row
            line = json.dumps(run_json(run, has_input=False), ensure_ascii=False) if is_json else "  ".join(_row(run))
            write_output(f"{escaped(line.rstrip())}\n")


def _columns(runs: Sequence[RunRecord]) -> Columns:
    return Columns(_HEADINGS, [_row(run) for run in runs])


def _row(run: RunRecord) -> tuple[str, ...]:
    took = run.took
    if took is None and not run.is_interrupted:
        took = datetime.now(UTC) - run.created_at
    return (
        run.run_id,
        run.flow,
        shown_state(run),
        shown_time(run.created_at),
        shown_duration(took),
        f"{run.steps_done}/{StoredShape.of(run).total}",
        shown_run_error(run, _LONGEST),
    )

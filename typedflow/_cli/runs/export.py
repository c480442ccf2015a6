"""``typedflow runs export``."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from typedflow._cli.failure import EXIT_CODES, Failure, OutputFailure
from typedflow._cli.run_log_options import opened_runs, run_log_options
from typedflow._cli.runs.all_runs import all_runs
from typedflow._cli.runs.record_json import failure_json, run_json, step_json, task_json
from typedflow._cli.runs.run_id import complete_run, find_run
from typedflow._cli.standard_output import write_output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typedflow.stores import RunLog, RunRecord

# How many tasks are read with one query.
_PAGE = 5_000


@click.command(epilog=EXIT_CODES)
@click.argument("run_ids", metavar="[RUN_ID]...", nargs=-1, shell_complete=complete_run)
@run_log_options
@click.option("--all", "everything", is_flag=True, help="Export all runs of the store.")
@click.option("-o", "--output-file", "file", metavar="FILE", help="Write to this file instead of standard output.")
def export(run_ids: tuple[str, ...], store: str, cipher: str | None, file: str | None, *, everything: bool) -> None:
    """Write runs as JSON lines, with everything that the store knows of them.

    The lines of a run are the run itself with the shape of its flow, its steps, its tasks with their outputs, and its
    attempts that failed. The key "record" of each line says which of these it is. The newest run comes first.
    """
    if everything == bool(run_ids):
        raise click.UsageError("Give either RUN_ID or --all.")
    with opened_runs(store, cipher) as opened:
        runs = all_runs(opened) if everything else iter([find_run(opened, run_id) for run_id in run_ids])
        with _writing(file) as write:
            for run in runs:
                for lines in _lines(opened, run):
                    write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def _lines(store: RunLog, run: RunRecord) -> Iterator[list[dict[str, Any]]]:
    run_id = run.run_id
    yield [{"record": "run", **run_json(run), "shape": json.loads(run.shape)}]
    steps = store.steps(run_id)
    yield [{"record": "step", "run_id": run_id, **step_json(step)} for step in steps]
    offset = 0
    while tasks := store.tasks(run_id, limit=_PAGE, offset=offset):
        yield [{"record": "task", "run_id": run_id, **task_json(task)} for task in tasks]
        offset += len(tasks)
    yield [{"record": "failure", "run_id": run_id, **failure_json(failure)} for failure in store.failures(run_id)]


@contextmanager
def _writing(file: str | None) -> Iterator[Callable[[str], object]]:
    """Give what writes to a file, or to standard output."""
    if file is None:
        yield write_output
        return
    try:
        opened: IO[str] = open(file, "w", encoding="utf-8", errors="typedflow.escaped")  # noqa: PTH123, SIM115  below
    except OSError as error:
        raise Failure(f'the file "{file}" cannot be written: {error.strerror}.') from error
    try:
        with opened:
            yield opened.write
    except OSError as error:
        raise OutputFailure(f'the file "{file}" cannot be written: {error.strerror}.') from error

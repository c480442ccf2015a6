"""Finds the run that an argument names, by the beginning of its identifier."""

from __future__ import annotations

import os
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final

from click.shell_completion import CompletionItem, split_arg_string

from typedflow._cli.failure import Failure
from typedflow._cli.run_log_options import opened_runs
from typedflow._cli.runs.shown_state import shown_state
from typedflow._cli.runs.shown_time import shown_time
from typedflow._cli.runs.stored_shape import StoredShape
from typedflow._text import escaped, named_place
from typedflow.exceptions import UnknownRunError

if TYPE_CHECKING:
    import click

    from typedflow.stores import RunLog, RunRecord

# How many runs are listed if several identifiers begin like this.
_MOST: Final = 10


def find_run(store: RunLog, beginning: str) -> RunRecord:
    """Return the run with an identifier, or the only one whose identifier begins like this.

    Raises:
        Failure: There is no such run, or there are several.
    """
    try:
        return store.run(beginning)
    except UnknownRunError as error:
        found = store.runs(prefix=beginning, limit=_MOST + 1) if beginning and not error.was_deleted else ()
        if not found:
            raise Failure(f"{error} typedflow runs list shows the runs that there are.") from None
    if len(found) == 1:
        return found[0]
    lines = [
        f"  {run.run_id}  {run.flow}  {shown_state(run)}  {shown_time(run.created_at)}" for run in islice(found, _MOST)
    ]
    more = ["  ..."] if len(found) > _MOST else []
    raise Failure(
        "\n".join(
            [
                f'{named_place(store.name)}: several identifiers of runs begin with "{escaped(beginning)}":',
                *lines,
                *more,
            ]
        )
    )


def complete_step_of_run(_ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the slugs of the steps of the run that the command names.

    click knows neither the run nor the store yet, because the option that is completed lacks its value.
    """
    words = split_arg_string(os.environ.get("COMP_WORDS", ""))
    named = [after for word, after in pairwise(words) if word in {"--store", "--engine"}]
    file = named[0] if named else os.environ.get("TYPEDFLOW_STORE") or os.environ.get("TYPEDFLOW_ENGINE", "")
    try:
        with opened_runs(file) as store:
            steps = [step for word in words[3:] if not word.startswith("-") for step in _steps(store, word)]
    except Failure:
        return []
    return [CompletionItem(step) for step in dict.fromkeys(steps) if step.startswith(incomplete)]


def _steps(store: RunLog, word: str) -> list[str]:
    try:
        return [step.slug for step in StoredShape.of(find_run(store, word)).steps]
    except Failure:  # the word does not name a run
        return []


def complete_run(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the identifiers of the newest runs of the store."""
    file = ctx.params.get("store") or ctx.params.get("engine")
    if file is None:
        return []
    try:
        with opened_runs(file) as store:
            found = store.runs(prefix=incomplete or None, limit=50)
    except Failure:
        return []
    return [CompletionItem(run.run_id, help=f"{run.flow}, {shown_state(run)}") for run in found]

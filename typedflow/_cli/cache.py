"""``typedflow cache``: the outputs of earlier runs that a store has for steps with a cache."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Final

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.lazy_group import LazyGroup
from typedflow._cli.runs.columns import Columns
from typedflow._cli.runs.live import show_once
from typedflow._cli.runs.shown_time import shown_time
from typedflow._cli.runs.shown_value import shown_size
from typedflow._cli.standard_output import write_output
from typedflow._cli.store_options import opened_store, store_options
from typedflow._text import counted

if TYPE_CHECKING:
    from typedflow.stores import CacheRecord

_COMMANDS: Final = {"list": "cache:list_cached", "clear": "cache:clear"}
_HEADINGS: Final = ("flow", "step", "outputs", "expired", "size", "hits", "newest", "last hit")


@click.group(cls=LazyGroup, modules=_COMMANDS, epilog=EXIT_CODES)
def cache() -> None:
    """List and clear the outputs that steps with a cache use again."""


@click.command("list", epilog=EXIT_CODES)
@store_options
@click.option("--flow", metavar="SLUG", help="Only outputs of this flow.")
@click.option("--step", metavar="SLUG", help="Only outputs of steps with this slug.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON: an array.")
def list_cached(store: str, cipher: str | None, flow: str | None, step: str | None, *, is_json: bool) -> None:
    """List the steps whose outputs are cached: how many there are, their size, and how often they were used again.

    A step of a flow has one line. Expired outputs are not used any more; typedflow runs prune deletes them, and so does
    typedflow cache clear --expired.
    """
    with opened_store(store, cipher) as opened:
        found = opened.cached(flow=flow, step=step)
    if is_json:
        write_output(json.dumps([asdict(record) for record in found], indent=2, default=datetime.isoformat) + "\n")
    elif found:
        show_once([Columns(_HEADINGS, list(map(_row, found)))])
    else:
        click.echo("Nothing is cached.", err=True)


@click.command("clear", epilog=EXIT_CODES)
@store_options
@click.option("--flow", metavar="SLUG", help="Only outputs of this flow.")
@click.option("--step", metavar="SLUG", help="Only outputs of steps with this slug.")
@click.option("--expired", is_flag=True, help="Only outputs that have expired.")
def clear(store: str, cipher: str | None, flow: str | None, step: str | None, *, expired: bool) -> None:
    """Delete cached outputs: all of them, or those of a flow or of a step. Runs keep the outputs that they have."""
    with opened_store(store, cipher) as opened:
        deleted = opened.clear_cache(flow=flow, step=step, expired=expired)
    click.echo(f"{counted(deleted, 'cached output')} deleted.", err=True)


def _row(record: CacheRecord) -> tuple[str, ...]:
    counts = (f"{record.outputs:,}", f"{record.expired:,}", shown_size(record.size), f"{record.hits:,}")
    last_hit = "never" if record.last_hit_at is None else shown_time(record.last_hit_at)
    return (record.flow, record.step, *counts, shown_time(record.newest_at), last_hit)

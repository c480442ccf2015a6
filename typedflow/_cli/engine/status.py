"""``typedflow engine status``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from typedflow._cli.engine.database import database_argument, opened_database
from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.standard_output import write_output
from typedflow._text import escaped

if TYPE_CHECKING:
    from typedflow.engines.pgflow._status import Status


@click.command(epilog=EXIT_CODES)
@database_argument
@click.option("--json", "is_json", is_flag=True, help="Print JSON: an object.")
def status(url: str, *, is_json: bool) -> None:
    """Show what a database has: pgflow, pgmq, flows, runs and workers. Nothing is changed."""
    with opened_database(url) as database:
        from typedflow.engines.pgflow._status import Status  # noqa: PLC0415  needs the extra

        found = Status.of(database)
        write_output(f"{json.dumps(_json(found), indent=2)}\n" if is_json else _text(database.name, found))


def _text(name: str, found: Status) -> str:
    installed = found.installed
    lines = {"database": f"{name}, Postgres {found.server}"}
    if not installed.has_pgflow:
        lines |= {"pgflow": "is not installed. Run typedflow engine install."}
    else:
        origin = "installed by typedflow" if installed.migrations else "installed by other means"
        by = "Postgres" if installed.features.conditions else "the workers"
        lines |= {
            "pgflow": f"{installed.pgflow.removeprefix('pgflow ')}, {origin}",
            "pgmq": installed.pgmq_version or "of an unknown version",
            "conditions": f"decided by {by}",
            "flows": f"{found.flows:,}",
            "runs": f"{found.running:,} running, {found.ended:,} ended",
            "workers": f"{found.workers:,}",
        }
    return "".join(f"{escaped(f'{title:<12}{line}')}\n" for title, line in lines.items())


def _json(found: Status) -> dict[str, Any]:
    installed = found.installed
    return {
        "server": found.server,
        "pgflow": installed.version,
        "is_installed": installed.has_pgflow,
        "is_by_typedflow": bool(installed.migrations),
        "pgmq": installed.pgmq_version,
        "features": {name: getattr(installed.features, name) for name in installed.features.__slots__},
        "flows": found.flows,
        "running_runs": found.running,
        "ended_runs": found.ended,
        "workers": found.workers,
    }

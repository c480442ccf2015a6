"""``typedflow run --engine``: starts a run that workers execute, and waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from typedflow._cli.engine.database import EngineFailure, opened_database
from typedflow._cli.failure import Stopped
from typedflow._text import escaped_lines
from typedflow.exceptions import EngineError

if TYPE_CHECKING:
    from typedflow._cli.one_run import OneRun, Outcome
    from typedflow._cli.run_options import RunOptions


def check_engine_options(options: RunOptions) -> None:
    """Refuse the options of a run that belong to the workers, or that would run another flow than the deployed one.

    Raises:
        UsageError: One of them is given.
    """
    refused = {
        "--up-to": "a part of a flow is another flow: deploy it under a slug of its own",
        "--only": "a part of a flow is another flow: deploy it under a slug of its own",
        "--resources": "the workers open the resources: give it to typedflow worker",
        "--max-concurrency": "it is the workers' matter: give --concurrency to typedflow worker",
    }
    given = {
        "--up-to": options["up_to"],
        "--only": options["only"],
        "--resources": options["resources"],
        "--max-concurrency": options["max_concurrency"],
    }
    for name, reason in refused.items():
        if given[name]:
            raise click.UsageError(f"{name} does not go with --engine: {reason}.")


def run_on_engine(one_run: OneRun, flow_input: Any, url: str, run_id: str) -> Outcome:
    """Run a flow, and show its progress. If the command is stopped, the run continues.

    Raises:
        EngineFailure: The database cannot be reached, or does not have the flow.
    """
    with opened_database(url) as database:
        from typedflow.engines.pgflow import PgflowEngine  # noqa: PLC0415  needs the extra
        from typedflow.engines.pgflow._run_id import run_uuid  # noqa: PLC0415  as above

        known = str(run_uuid(run_id))
        if not one_run.options["is_quiet"]:
            click.echo(f'run "{known}" in engine "{database.name}"', err=True)
        with PgflowEngine(url) as engine:

            async def work(*, listeners: Any, **_: Any) -> dict[str, Any]:
                outputs: dict[str, Any] = await engine.run(one_run.flow, flow_input, run_id=known, listeners=listeners)
                return outputs

            try:
                outcome = one_run.execute(work)
            except EngineError as error:
                raise EngineFailure(escaped_lines(f"{error}")) from error
    if isinstance(outcome.failure, Stopped):
        click.echo(f"The run continues. Look at it with\n  typedflow runs show {known}", err=True)
    return outcome

"""``typedflow runs deliver``."""

from __future__ import annotations

import json

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.run_log_options import is_address, opened_runs, run_log_options
from typedflow._cli.runs.run_id import complete_run, find_run
from typedflow._cli.store_options import StoreFailure
from typedflow._cli.text_source import read_text
from typedflow._text import escaped
from typedflow.exceptions import DeliveryError, InvalidDeliveryError, UnstorableValueError


@click.command(epilog=EXIT_CODES)
@click.argument("run_id", shell_complete=complete_run)
@click.argument("step")
@click.argument("value", metavar="JSON|@FILE|-")
@run_log_options
@click.option(
    "--flow",
    "target",
    metavar="TARGET",
    shell_complete=complete_target,
    help="The flow, whose own type then validates the value: path/to/file.py:NAME or package.module:NAME.",
)
def deliver(run_id: str, step: str, value: str, *, store: str, cipher: str | None, target: str | None) -> None:
    """Deliver the output of the wait step STEP to a run.

    @FILE reads the JSON from a file, - from standard input. The value is validated by what the store knows of the type
    of the step; with --flow, by the type itself. A run that a process executes continues immediately. Any other one
    continues when it is resumed.
    """
    text, origin = read_text("VALUE", value)
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError) as error:
        advice = "JSON puts strings and keys in double quotes." if text.strip() else "It is empty."
        raise Failure(f"{origin} is not JSON: {error}. {advice}") from None
    with opened_runs(store, cipher) as opened:
        run = find_run(opened, run_id)
        try:
            if target is None:
                opened.deliver(run.run_id, step, parsed)
            else:
                from typedflow._cli.target import load_flow  # noqa: PLC0415  imports trio, which is not needed without
                from typedflow.engines._delivery import deliver as deliver_to  # noqa: PLC0415  as above

                deliver_to(load_flow(target).definition, run.run_id, step, text, opened, is_json=True)
        except DeliveryError as error:
            raise StoreFailure(f"{error}") from error
        except (InvalidDeliveryError, UnstorableValueError) as error:
            raise Failure(f"{error}") from error
        has_workers = run.owner is not None or is_address(store)
        continues = "continues." if has_workers else "continues when it is resumed."
        click.echo(f'step "{step}" of run "{escaped(run.run_id)}" has its output; the run {continues}', err=True)

"""``typedflow run``."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Unpack

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.failure import EXIT_CODES, Failure
from typedflow._cli.flow_input import read_flow_input
from typedflow._cli.one_run import OneRun
from typedflow._cli.resources import resources_option
from typedflow._cli.run_log_options import engine_option
from typedflow._cli.run_on_engine import check_engine_options, run_on_engine
from typedflow._cli.run_options import check_options, part_of, run_options
from typedflow._cli.standard_output import print_to_stderr
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.store_options import cipher_option, opened_store, store_option
from typedflow._cli.stored_place import StoredPlace
from typedflow._cli.target import load_flow
from typedflow._text import escaped
from typedflow.engines._run_id import new_run_id
from typedflow.exceptions import FlowDefinitionError, InvalidInputError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from typedflow._cli.run_options import RunOptions
    from typedflow.stores import Store


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
@store_option(is_required=False)
@engine_option
@click.option(
    "--run-id",
    metavar="ID",
    help="Identifier of the run. If the store knows it, its outputs are printed, or it is resumed. [default: a new "
    "UUID]",
)
@cipher_option
@run_options("--all", "--all-outputs")
def run(
    target: str,
    *,
    sources: tuple[str, ...],
    store: str | None,
    engine: str | None,
    run_id: str | None,
    cipher: str | None,
    **options: Unpack[RunOptions],
) -> None:
    """Run the flow TARGET, and write the outputs of its last steps to standard output, as JSON.

    The last steps are those without dependents. Everything else goes to standard error, including what the steps print.
    With --store, the run survives this process, and typedflow resume continues it. With --engine, workers execute it.
    """
    check_options(options)
    if engine is not None and store is None:
        check_engine_options(options)
    with print_to_stderr():
        try:
            with stopping_immediately():
                flow = part_of(load_flow(target), options)
                is_elsewhere = engine is not None and store is None
                resources = {} if is_elsewhere else resources_option(flow.definition, options["resources"])
                one_run = OneRun.of(flow, options, resources)
                flow_input = read_flow_input(flow.definition, sources)
        except (FlowDefinitionError, InvalidInputError) as error:
            raise Failure(str(error)) from error
        known = run_id or new_run_id()
        if engine is not None and store is None:
            run_on_engine(one_run, flow_input, engine, known).write()
            return
        with _opened(store, cipher) as opened:
            if opened is not None:
                place = StoredPlace.of(opened, known, target, options, cipher)
                one_run = replace(one_run, place=place)
                if not options["is_quiet"]:
                    click.echo(f'run "{escaped(known)}" in store "{escaped(opened.name)}"', err=True)
            outcome = one_run.execute(partial(flow.run, flow_input, store=opened, run_id=known))
    outcome.write()


def _opened(store: str | None, cipher: str | None) -> AbstractContextManager[Store | None]:
    return nullcontext() if store is None else opened_store(store, cipher, creates=True)

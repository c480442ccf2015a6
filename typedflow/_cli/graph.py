"""``typedflow graph``."""

from __future__ import annotations

from typing import get_args

import click

from typedflow._cli.completion import complete_target
from typedflow._cli.standard_output import print_to_stderr, write_output
from typedflow._cli.stop import stopping_immediately
from typedflow._cli.target import load_flow
from typedflow._definition.drawing import Notation, draw


@click.command()
@click.argument("target", shell_complete=complete_target)
@click.option(
    "--format",
    "notation",
    type=click.Choice(get_args(Notation)),
    default="text",
    show_default=True,
    help="Format of the drawing.",
)
def graph(target: str, notation: Notation) -> None:
    """Draw the flow TARGET on standard output."""
    with print_to_stderr(), stopping_immediately():
        definition = load_flow(target).definition
        drawing = draw(definition, notation)
    write_output(f"{drawing}\n")

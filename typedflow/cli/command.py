"""The command itself: what is common to its sub-commands."""

from __future__ import annotations

from typing import Any

import click
from typing_extensions import override

import typedflow as library
from typedflow.cli.failure import EXIT_CODES, INTERRUPTED
from typedflow.cli.graph import graph
from typedflow.cli.run import run


class _Interruptible(click.Group):
    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            ctx.exit(INTERRUPTED)


@click.group(
    cls=_Interruptible,
    epilog=EXIT_CODES,
    commands=[run, graph],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(library.__version__, prog_name="typedflow", message="%(prog)s %(version)s")
def typedflow() -> None:
    """Run and draw typed flows.

    A TARGET is a flow, named by the file or the module that holds it and by its name there: path/to/file.py:NAME
    or package.module:NAME. The current folder, and the folder of the file, can be imported from.
    """

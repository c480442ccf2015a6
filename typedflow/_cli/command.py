"""The command itself, and what its sub-commands have in common."""

from __future__ import annotations

from signal import SIGINT
from typing import Any, Final

import click
from typing_extensions import override

import typedflow as library
from typedflow._cli.failure import EXIT_CODES, Stopped
from typedflow._cli.lazy_group import LazyGroup

_COMMANDS: Final = {
    "run": "run:run",
    "resume": "resume:resume",
    "runs": "runs:runs",
    "cache": "cache:cache",
    "engine": "engine:engine",
    "worker": "worker:worker",
    "list": "list_flows:list_flows",
    "graph": "graph:graph",
    "shape": "shape:shape",
    "check": "check:check",
    "stubs": "stubs:stubs",
    "completion": "completion:completion",
}


class _Commands(LazyGroup):
    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, Stopped) as error:
            stopped = error if isinstance(error, Stopped) else Stopped(SIGINT)
            click.echo(str(stopped), err=True)
            ctx.exit(stopped.exit_code)


@click.group(
    cls=_Commands,
    modules=_COMMANDS,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(library.__version__, prog_name="typedflow", message="%(prog)s %(version)s")
def typedflow() -> None:
    """Run, draw and check typed flows.

    The TARGET of run, resume and graph is a flow: path/to/file.py:NAME or package.module:NAME. The name can be left out
    if the module has one flow. The module may import from the current folder and from the folder of the file.
    """

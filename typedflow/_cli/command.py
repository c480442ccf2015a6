"""The command itself, and what its sub-commands have in common."""

from __future__ import annotations

from importlib import import_module
from signal import SIGINT
from typing import Any, Final

import click
from typing_extensions import override

import typedflow as library
from typedflow._cli.failure import EXIT_CODES, Stopped
from typedflow._text import nearest, quoted

# The names of the commands, and the functions of their modules.
_COMMANDS: Final = {
    "run": "run",
    "list": "list_flows",
    "graph": "graph",
    "check": "check",
    "stubs": "stubs",
    "completion": "completion",
}


class _Commands(click.Group):
    """Imports only the sub-command that is called: ``check`` takes less time than the import of trio for ``run``."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        name = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"typedflow._cli.{name}"), name)
        return command

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = nearest(name, _COMMANDS)
            ctx.fail(
                f'there is no command "{name}". '
                + (f'Did you mean "{near}"?' if near else f"The commands are {quoted(_COMMANDS)}.")
            )
        return super().resolve_command(ctx, args)

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
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(library.__version__, prog_name="typedflow", message="%(prog)s %(version)s")
def typedflow() -> None:
    """Run, draw and check typed flows.

    The TARGET of run and graph is a flow: path/to/file.py:NAME or package.module:NAME. The name can be left out if the
    module has one flow. The module may import from the current folder and from the folder of the file.
    """

"""`LazyGroup`: a group of commands, whose modules are imported only when they are called."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from typedflow._text import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping


class LazyGroup(click.Group):
    """Imports only the sub-command that is called: ``check`` takes less time than the import of trio for ``run``."""

    def __init__(self, *arguments: Any, modules: Mapping[str, str], **options: Any) -> None:
        """Make a group.

        Args:
            *arguments: For `click.Group`.
            modules: The commands, by their names. Each is named as ``module:function``, below ``typedflow._cli``.
            **options: For `click.Group`.
        """
        super().__init__(*arguments, **options)
        self._modules = modules

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._modules)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        module, _, function = self._modules[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"typedflow._cli.{module}"), function)
        return command

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = nearest(name, self._modules)
            ctx.fail(
                f'there is no command "{name}". '
                + (f'Did you mean "{near}"?' if near else f"The commands are {quoted(self._modules)}.")
            )
        return super().resolve_command(ctx, args)

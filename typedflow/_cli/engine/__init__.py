"""``typedflow engine``: makes a database ready for the engine on pgflow, and looks at what is in it."""

from __future__ import annotations

from typing import Final

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.lazy_group import LazyGroup

_COMMANDS: Final = {
    "install": "engine.install:install",
    "deploy": "engine.deploy:deploy",
    "status": "engine.status:status",
    "uninstall": "engine.uninstall:uninstall",
}


@click.group(cls=LazyGroup, modules=_COMMANDS, epilog=EXIT_CODES)
def engine() -> None:
    """Make a Postgres database ready, so that any number of machines run flows in it.

    Needs the extra typedflow[pgflow].
    """

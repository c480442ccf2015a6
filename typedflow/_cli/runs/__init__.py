"""``typedflow runs``: looks at the runs of a store, and changes them. Only ``check`` needs the flows' code."""

from __future__ import annotations

from typing import Final

import click

from typedflow._cli.failure import EXIT_CODES
from typedflow._cli.lazy_group import LazyGroup

_COMMANDS: Final = {
    "list": "runs.list_runs:list_runs",
    "show": "runs.show:show",
    "check": "runs.check:check",
    "retry": "runs.retry:retry",
    "cancel": "runs.cancel:cancel",
    "deliver": "runs.deliver:deliver",
    "delete": "runs.delete:delete",
    "prune": "runs.prune:prune",
    "export": "runs.export:export",
}


@click.group(cls=LazyGroup, modules=_COMMANDS, epilog=EXIT_CODES)
def runs() -> None:
    """Look at the runs of a store, retry, cancel and delete them, deliver to them.

    The beginning of a run's identifier is enough to name it.
    """

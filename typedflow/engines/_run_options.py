"""The options of a run, whichever engine runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from typedflow._definition.options import is_whole
from typedflow._text import nearest
from typedflow.exceptions import InvalidOptionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from typedflow.event import Listener


class RunOptions(TypedDict, total=False):
    """Options of one run: ``await flow.run(flow_input, max_concurrency=10)``."""

    max_concurrency: int | None
    """How many tasks may be executed concurrently. Default: no limit but those of map steps."""
    listeners: Iterable[Listener]
    """Each receives every `Event` in order. One that raises is logged and receives no more events of this run."""


def check_run_options(flow: str, options: Mapping[str, Any]) -> None:
    """Check the options of a run; an engine checks its listeners when it starts them.

    Raises:
        InvalidOptionError: ``max_concurrency`` is not valid.
        TypeError: There is no such option.
    """
    known = RunOptions.__annotations__
    if unknown := options.keys() - known.keys():
        name = min(unknown)
        suggestion = nearest(name, known)
        hint = f'Did you mean "{suggestion}"?' if suggestion else f"The options of a run are {', '.join(known)}."
        raise TypeError(f'flow "{flow}": there is no option "{name}". {hint}')
    max_concurrency = options.get("max_concurrency")
    if max_concurrency is not None and not is_whole(max_concurrency):
        requirement = "a whole number of at least 1, or None"
        raise InvalidOptionError(flow, "max_concurrency", max_concurrency, requirement)

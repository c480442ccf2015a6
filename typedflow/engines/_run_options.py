"""The options of a run, for every engine."""

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
    """How many tasks may be executed concurrently. Map steps have a limit of their own as well. Default: no limit."""
    listeners: Iterable[Listener]
    """Callables that receive every `Event` of the run, in order. See `Listener`. If one raises, that is logged, and it
    receives no more events of the run. Default: none."""
    resources: Any
    """What handlers share during the run, if the flow declares resources: an instance of the declared class; an async
    or sync context manager that gives one; or a function without parameters that returns any of these. A context
    manager is entered before the first handler and left after the last one. Default: none."""


def check_run_options(flow: str, options: Mapping[str, Any]) -> None:
    """Check the options of a run, except for the listeners: `Listeners` checks those.

    Raises:
        InvalidOptionError: ``max_concurrency`` is not valid.
        TypeError: An option is unknown.
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

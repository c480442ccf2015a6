"""Where a handler runs: the words for it, and which kind of handler can run where."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from typedflow._text import in_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RunsIn: TypeAlias = Literal["trio", "asyncio", "thread", "process", "inline"]
"""Where a handler runs.

- ``trio``: awaited in the run's nursery. The default of an ``async def``.
- ``asyncio``: awaited on an asyncio loop: that of the caller, if the run is awaited in asyncio, otherwise one loop of
  the run in a thread.
- ``thread``: called in a worker thread, so that it does not block other tasks. The default of a ``def``.
- ``process``: called in a worker process, for work that keeps a processor busy.
- ``inline``: called in place. It blocks the run until it returns. The default of a lambda.
"""

RUNS_IN: Final[tuple[RunsIn, ...]] = get_args(RunsIn)

Kind: TypeAlias = Literal["async def", "def", "lambda"]
"""The kind of a handler."""

_DEFAULTS: Final[Mapping[Kind, RunsIn]] = {"async def": "trio", "def": "thread", "lambda": "inline"}
# A def may return an awaitable, so it can run where one is awaited.
_POSSIBLE: Final[Mapping[Kind, tuple[RunsIn, ...]]] = {
    "async def": ("trio", "asyncio"),
    "def": RUNS_IN,
    "lambda": ("inline", "thread", "trio", "asyncio"),
}
# A flow's option is a default for the handlers that it suits.
_SUITABLE: Final[Mapping[Kind, tuple[RunsIn, ...]]] = {
    "async def": ("trio", "asyncio"),
    "def": ("thread", "process", "inline"),
    "lambda": (),
}


def check_can_be_sent(name: str, function: Callable[..., object]) -> None:
    """Check that a handler can be sent to a worker process: a module must have it under its name.

    Raises:
        TypeError: It cannot be sent.
    """
    if "<locals>" in name:
        raise TypeError(
            f"the handler {name} is defined in a function, so a worker process cannot find it by its name. Define it "
            'at the top level of a module, or use runs_in="thread".'
        )
    try:
        pickle.dumps(function)
    except Exception as error:  # noqa: BLE001  an object may raise anything when it is pickled
        raise TypeError(
            f"the handler {name} cannot be sent to a worker process, because it cannot be pickled "
            f'({in_one_line(error)}). Pass a function of a module, or use runs_in="thread".'
        ) from None


def where(name: str, kind: Kind, own: RunsIn | None, default: RunsIn | None) -> RunsIn:
    """Return where a handler runs.

    Args:
        name: Name of the handler, for messages.
        kind: Kind of the handler.
        own: The option of the step.
        default: The option of the flow. It applies if it suits this kind of handler.

    Raises:
        TypeError: The handler cannot run where the step's option says.
    """
    if own is None:
        return default if default is not None and default in _SUITABLE[kind] else _DEFAULTS[kind]
    if own in _POSSIBLE[kind]:
        return own
    if kind == "async def":
        raise TypeError(
            f'the handler {name} is an async def, which is awaited, so it cannot have runs_in="{own}". '
            'Use runs_in="trio" or runs_in="asyncio", or make it a def.'
        )
    raise TypeError(
        f'the handler is a lambda, which a worker process cannot find by its name, so it cannot have runs_in="{own}". '
        "Pass a function of a module."
    )

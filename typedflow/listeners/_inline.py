"""Says that a listener is called in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow.engines._listening import InlineListener

if TYPE_CHECKING:
    from typedflow.event import Listener


def inline(listener: Listener) -> Listener:
    """Return a listener that is called in place: ``flow.run(..., listeners=[inline(events.append)])``.

    The run waits until it returns, so it must not block. It receives each event before anything follows from it.

    Args:
        listener: A function that takes an `Event`. It is not an ``async def``.
    """
    return InlineListener(listener)

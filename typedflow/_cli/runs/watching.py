"""Waits for changes of a store."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.stores import RunLog

# How often a store is asked whether it has changed, and how often it is read if it changes all the time, or not at all.
# A process that dies changes nothing in the store. Reading takes a third of the time at most: a run of a million items
# takes a second to read.
_LOOK: Final = 0.1
_READ_AT_MOST: Final = 0.25
_READ_AT_LEAST: Final = 2.0


def changes(store: RunLog) -> Iterator[None]:
    """Give now, whenever something was committed, and every two seconds, until the user presses Ctrl-C."""
    while True:
        revision = store.revision()
        began = time.monotonic()
        yield
        read_at = time.monotonic()
        time.sleep(max(_READ_AT_MOST, 2 * (read_at - began)))
        while store.revision() == revision and time.monotonic() < read_at + _READ_AT_LEAST:
            time.sleep(_LOOK)

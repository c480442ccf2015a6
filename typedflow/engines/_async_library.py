"""Which async library runs the code that asks."""

from __future__ import annotations

import sys
from typing import Literal

import trio


def async_library() -> Literal["trio", "asyncio"] | None:
    """Return the library whose task is running in this thread, or None if it is neither.

    An asyncio program that hosts trio as a guest has tasks of both; each gets its own library. Where one library
    was started inside a task of the other, blocking it, the answer is trio.
    """
    if trio.lowlevel.in_trio_task():
        return "trio"
    # Only asked for: a program that has not imported asyncio runs no loop of it, and need not load it.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return "asyncio"

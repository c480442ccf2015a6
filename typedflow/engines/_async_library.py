"""Which async library the calling code runs in."""

from __future__ import annotations

import sys
from typing import Literal

import trio


def async_library() -> Literal["trio", "asyncio"] | None:
    """Return the library whose task is running in this thread; None if there is no such task.

    In an asyncio program that hosts trio as a guest, each task gets its own library. If one library was started within
    a task of the other, and blocks it, the answer is trio.
    """
    if trio.lowlevel.in_trio_task():
        return "trio"
    # Not imported: a program that has not imported asyncio does not run it, and should not pay for the import.
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return None
    return "asyncio"

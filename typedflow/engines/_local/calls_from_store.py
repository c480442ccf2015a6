"""`CallsFromStore`: what the thread of a store lets trio call."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import trio

if TYPE_CHECKING:
    from collections.abc import Callable


# A store commits the transitions of many runs together, and then says so to each of them. Each call of `run_sync_soon`
# writes to a socket and wakes the loop, which then competes with the thread of the store for the interpreter. With 100
# runs at a time that was a third of what a step costs. tests/benchmarks/durable shows it.
class CallsFromStore:
    """Calls functions in trio for other threads, and wakes trio once for all that wait to be called."""

    __slots__ = ("_calls", "_is_due", "_token")

    def __init__(self) -> None:
        self._calls: deque[Callable[[], object]] = deque()
        self._is_due = False
        self._token = trio.lowlevel.current_trio_token()

    @classmethod
    def of_this_program(cls) -> CallsFromStore:
        """Return the one that all runs in a trio program share."""
        found = _of_program.get()
        if found is None:
            found = cls()
            _of_program.set(found)
        return found

    def call_soon(self, call: Callable[[], object]) -> None:
        """Call a function in trio, unless trio has ended. It may be asked for in any thread."""
        self._calls.append(call)
        if not self._is_due:
            self._is_due = True
            with suppress(trio.RunFinishedError):
                self._token.run_sync_soon(self._call_all)

    def _call_all(self) -> None:
        self._is_due = False  # first, so that no call is forgotten that is added from now on
        try:
            while self._calls:
                self._calls.popleft()()
        finally:
            if self._calls:  # a call has raised an exception
                self._token.run_sync_soon(self._call_all)


_of_program: trio.lowlevel.RunVar[CallsFromStore | None] = trio.lowlevel.RunVar("typedflow calls from stores", None)

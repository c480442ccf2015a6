"""A clock on which waiting takes no time."""

from __future__ import annotations

import math

import trio
import trio.testing
from typing_extensions import override

# Real seconds between two looks at what threads, or the world outside, are doing.
_LOOK = 0.005


class VirtualClock(trio.abc.Clock):
    """A clock of trio's that jumps to the next deadline when every task waits, so that retries take no real time.

    Give it to ``trio.run(..., clock=VirtualClock())``; pytest-trio takes it from a fixture. It starts at 0. Unlike
    trio's own mock clock it stands still while a worker thread runs, so that no timeout passes meanwhile. What other
    handlers wait for outside of the program (a server, a process) it cannot see; give it some patience then.

    Args:
        patience: Real seconds for which all must have waited before it jumps.
    """

    def __init__(self, *, patience: float = 0.0) -> None:
        self._patience = patience
        self._now = 0.0

    @override
    def start_clock(self) -> None:
        trio.lowlevel.current_trio_token().run_sync_soon(trio.lowlevel.spawn_system_task, self._jump)

    @override
    def current_time(self) -> float:
        return self._now

    @override
    def deadline_to_sleep_time(self, deadline: float) -> float:
        return 0.0 if deadline <= self._now else math.inf

    def jump(self, seconds: float) -> None:
        """Let so many seconds pass at once, whatever the tasks do."""
        self._now += seconds

    def stands_still(self) -> bool:
        """Whether it must not jump, as worker threads run; to be overridden where some of them wait for it."""
        return trio.to_thread.current_default_thread_limiter().borrowed_tokens > 0

    async def _jump(self) -> None:
        statistics = trio.lowlevel.current_statistics
        steps = _Steps()
        trio.lowlevel.add_instrument(steps)
        cushion = self._patience
        while True:
            await trio.testing.wait_all_tasks_blocked(cushion)
            cushion = self._patience
            # Others may have waited for the same, and go on now, before this task or after it.
            is_idle, count = not statistics().tasks_runnable, steps.count
            await trio.lowlevel.checkpoint()
            if not is_idle or steps.count > count + 1:
                continue
            wait = statistics().seconds_to_next_deadline
            if self.stands_still() or wait == math.inf:
                cushion = max(self._patience, _LOOK)
            elif wait > 0:
                self._now += wait


class _Steps(trio.abc.Instrument):
    """Counts how often a task has gone on."""

    def __init__(self) -> None:
        self.count = 0

    @override
    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += 1

"""A clock on which no real time passes."""

from __future__ import annotations

import math

import trio
import trio.testing
from typing_extensions import override

from typedflow.engines._calls_elsewhere import calls_elsewhere

# How often it checks whether worker threads are done, in real seconds.
_POLL_INTERVAL = 0.005


class VirtualClock(trio.abc.Clock):
    """A virtual clock: when all trio tasks wait, it jumps to the next deadline, so retries take no real time.

    Pass it to ``trio.run(..., clock=VirtualClock())``; pytest-trio takes it from a fixture. It starts at 0. Unlike
    trio's MockClock, it stands still while a handler is at work in a worker thread, on asyncio or in a process, so that
    no timeout expires meanwhile. It does not know what other handlers await outside of the program, such as a server.
    Set ``patience`` for those.

    Args:
        patience: How long all tasks must have waited before the clock jumps, in real seconds.
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
        """Let this many seconds pass immediately, even if tasks are at work."""
        self._now += seconds

    def stands_still(self) -> bool:
        """Return whether handlers are at work in threads, on asyncio or in processes, so that the clock must not jump.

        Override it if they await a jump.
        """
        return trio.to_thread.current_default_thread_limiter().borrowed_tokens > 0 or calls_elsewhere() > 0

    async def _jump(self) -> None:
        statistics = trio.lowlevel.current_statistics
        resumptions = _Resumptions()
        trio.lowlevel.add_instrument(resumptions)
        cushion = self._patience
        while True:
            await trio.testing.wait_all_tasks_blocked(cushion)
            cushion = self._patience
            # Other tasks may have waited for the same moment, and resume now, before or after this one.
            is_idle, count = not statistics().tasks_runnable, resumptions.count
            await trio.lowlevel.checkpoint()
            if not is_idle or resumptions.count > count + 1:
                continue
            seconds = statistics().seconds_to_next_deadline
            if self.stands_still() or seconds == math.inf:
                cushion = max(self._patience, _POLL_INTERVAL)
            elif seconds > 0:
                self._now += seconds


class _Resumptions(trio.abc.Instrument):
    """Counts how often trio has resumed a task."""

    def __init__(self) -> None:
        self.count = 0

    @override
    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += 1

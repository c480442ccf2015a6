"""Lets attempts start as often as a rate limit allows, in all runs of this process together."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typedflow._definition.rate_limit import RateLimit

# Seconds by which a start may be early: the rounding errors of adding and subtracting times.
_TOLERANCE: Final = 1e-6


class Waiter(Protocol):
    """What waits for its turn: the tasks of one run that a limiter holds back."""

    def wake(self) -> None:
        """Ask again, because the turn of one of its tasks may have come. It may be called in any thread."""


class RateLimiter:
    """The starts of attempts under rate limits that share them, in the order in which they were asked for.

    Steps may share their starts and still differ in how many they allow: each waits until its own limit allows one.

    A waiter is in the queue once for each of its tasks. Only the first in the queue waits for time to pass; the others
    wait for their turn. So a waiter that leaves costs the others nothing. It is thread-safe, because runs that are
    awaited from asyncio are in threads of their own.
    """

    def __init__(self, remembered: int) -> None:
        self.remembered = remembered
        self._starts: deque[float] = deque()
        self._queue: deque[Waiter] = deque()
        self._lock = threading.Lock()

    def start(self, limit: RateLimit, now: float) -> bool:
        """Record the start of an attempt if it need not wait. Return whether it may start."""
        with self._lock:
            may_start = not self._queue and self._delay(limit, now) <= _TOLERANCE
            if may_start:
                self._record(now)
            return may_start

    def delay(self, limit: RateLimit, now: float) -> float:
        """Return after how many seconds an attempt may start, if no other one starts before."""
        with self._lock:
            return max(0.0, self._delay(limit, now))

    def enqueue(self, waiter: Waiter) -> None:
        """Let a task wait for its turn."""
        with self._lock:
            self._queue.append(waiter)

    def start_first(self, waiter: Waiter, limit: RateLimit, now: float) -> float | None:
        """Record the start of the waiter's next task, if it may start now.

        Returns:
            0 if it may start; otherwise the seconds until it may, or None if it is the turn of another waiter.
        """
        with self._lock:
            if self._queue[0] is not waiter:
                return None
            if (delay := self._delay(limit, now)) > _TOLERANCE:
                return delay
            self._record(now)
            self._queue.popleft()
            following = self._queue[0] if self._queue else None
        if following is not None and following is not waiter:
            following.wake()
        return 0.0

    def recall(self, starts: Iterable[float]) -> None:
        """Take over the starts of a run that is resumed, unless some are known: then they were in this process."""
        with self._lock:
            if not self._starts:
                for start in sorted(starts):
                    self._record(start)

    def leave(self, waiter: Waiter, count: int) -> None:
        """Take a waiter out of the queue, for its last tasks."""
        with self._lock:
            kept: deque[Waiter] = deque()
            first = self._queue[0] if self._queue else None
            for each in reversed(self._queue):
                if each is waiter and count:
                    count -= 1
                else:
                    kept.appendleft(each)
            self._queue = kept
            following = kept[0] if kept else None
        if following is not None and following is not first:
            following.wake()

    def _delay(self, limit: RateLimit, now: float) -> float:
        return self._starts[-limit.count] + limit.period - now if len(self._starts) >= limit.count else 0.0

    def _record(self, now: float) -> None:
        self._starts.append(now)
        if len(self._starts) > self.remembered:
            self._starts.popleft()


class RateLimiters:
    """The limiters of one name, or of one step: one for real time, and one for each virtual clock of a test.

    The clocks of two trio programs differ, also if both show real time. So real time is that of the process.

    Attributes:
        in_real_time: The limiter for real time.
    """

    _named: Final[dict[str, RateLimiters]] = {}
    _lock: Final = threading.Lock()

    def __init__(self, remembered: int) -> None:
        self.in_real_time = RateLimiter(remembered)
        self._virtual: WeakKeyDictionary[object, RateLimiter] = WeakKeyDictionary()

    @classmethod
    def of(cls, limit: RateLimit) -> RateLimiters:
        """Return new limiters, or those that all steps whose limits have the same name share."""
        if limit.name is None:
            return cls(limit.count)
        with cls._lock:
            found = cls._named.setdefault(limit.name, cls(limit.count))
            found.remember(limit.count)
            return found

    def remember(self, count: int) -> None:
        """Remember at least so many starts from now on."""
        for limiter in (self.in_real_time, *self._virtual.values()):
            limiter.remembered = max(limiter.remembered, count)

    def by(self, virtual_clock: object) -> RateLimiter:
        """Return the limiter for a virtual clock."""
        with self._lock:
            return self._virtual.setdefault(virtual_clock, RateLimiter(self.in_real_time.remembered))


Rate: TypeAlias = "tuple[RateLimiters, RateLimit]"
"""The rate limit of a step, and the limiters that it shares with all steps whose limits have the same name."""

"""`Pacing`: holds back messages whose tasks may not start yet."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typedflow.engines._tasks.plan import Plan
    from typedflow.engines._tasks.rate_limiter import RateLimiters
    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._turn import ClaimedTask, Message

    _Group: TypeAlias = tuple[UUID, str] | RateLimiters


class Pacing:
    """Holds back messages because of rate limits, and of how many items of a map may be executed concurrently.

    A message that is held back is not claimed, and it comes to other workers when its visibility is over. So nothing
    has to be given back, and all workers share what is left. Both limits are those of this process.

    Args:
        compiled: The flow.
        plan: The plan of the flow.
        room: How many tasks the worker executes: a map that allows as many needs no limit.
        is_skipped: Returns whether a map of a run is skipped: its tasks are claimed to be completed with a mark.
    """

    def __init__(self, compiled: CompiledFlow, plan: Plan, room: int, is_skipped: Callable[[UUID, str], bool]) -> None:
        self._is_skipped = is_skipped
        self._limits: dict[str, int] = {}
        self._rates: dict[str, Any] = {}
        for step in compiled.steps:
            planned = plan.by_slug[step.step]
            if step.role == "map" and planned.definition.max_concurrency < room:
                self._limits[step.slug] = planned.definition.max_concurrency
            if planned.rate is not None and step.role in {"step", "map"}:
                self._rates[step.slug] = planned.rate
        self._held: dict[_Group, deque[Message]] = {}
        self._held_messages: set[int] = set()
        self._executing: Counter[tuple[UUID, str]] = Counter()
        self._starting = self._executing

    def begin(self, task: ClaimedTask) -> None:
        """Count a task that is executed."""
        if task.key.step in self._limits:
            self._executing[task.key[:2]] += 1

    def end(self, task: ClaimedTask) -> None:
        """Count a task that was executed."""
        group = task.key[:2]
        if task.key.step in self._limits:
            self._executing[group] -= 1
            if not self._executing[group]:
                del self._executing[group]

    def release(self, most: int) -> list[Message]:
        """Return messages that were held back, and whose tasks may start now.

        Args:
            most: How many tasks may start.
        """
        self._starting = self._executing.copy()
        released: list[Message] = []
        for group in list(self._held):
            waiting = self._held.pop(group)
            while waiting and len(released) < most:
                blocking = self._blocking(waiting[0])
                if blocking == group:
                    break
                message = waiting.popleft()
                self._held_messages.discard(message[0])
                if blocking is None:
                    released.append(message)
                else:
                    self._hold(blocking, message)
            if waiting:
                self._held[group] = waiting
        return released

    def admit(self, messages: Sequence[Message]) -> list[Message]:
        """Return the messages, of those that were just read, whose tasks may start now, and hold back the others."""
        if not self._limits and not self._rates:
            return list(messages)
        admitted: list[Message] = []
        for message in messages:
            if message[0] in self._held_messages:
                continue
            blocking = self._blocking(message)
            if blocking is None:
                admitted.append(message)
            else:
                self._hold(blocking, message)
        return admitted

    @property
    def delay(self) -> float:
        """After how many seconds a message that is held back may be admitted, if no task ends before."""
        now = time.perf_counter()
        first = [waiting[0][1].get("step_slug", "") for waiting in self._held.values()]
        rates = [self._rates[slug] for slug in first if slug in self._rates]
        delays = [limiters.in_real_time.delay(limit, now) for limiters, limit in rates if limiters in self._held]
        return min(delays, default=math.inf)

    def _hold(self, group: _Group, message: Message) -> None:
        self._held.setdefault(group, deque()).append(message)
        self._held_messages.add(message[0])

    def _blocking(self, message: Message) -> _Group | None:
        """Return which limit holds a message back; None if it may start, which then counts."""
        slug = message[1].get("step_slug", "")
        limit, rate = self._limits.get(slug), self._rates.get(slug)
        if self._is_skipped(UUID(message[1]["run_id"]), slug):
            return None
        group = (UUID(message[1]["run_id"]), slug) if limit is not None else None
        if group is not None and limit is not None and self._starting[group] >= limit:
            return group
        if rate is not None:
            limiters, allowed = rate
            if not limiters.in_real_time.start(allowed, time.perf_counter()):
                return limiters  # type: ignore[no-any-return]  # of the plan
        if group is not None:
            self._starting[group] += 1
        return None

"""What has to become of a random flow: its steps and tasks, and when, worked out without running anything.

As long as the run has no limit of its own, steps that do not depend on each other have nothing to do with each other,
so that all times can be worked out step by step, in the order of definition.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from tests.checks.random_runs.random_flow import CANCELLED, OUTPUT, RandomFlow, Step
from typedflow import (
    ConditionUnmetError,
    InvalidMapSourceError,
    InvalidOutputError,
    PermanentError,
    StepTimeoutError,
    UndeclaredInputError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Delays: TypeAlias = "Mapping[tuple[str, int, int], float]"
"""How long was waited after an attempt that failed, as chance may have a part in that."""

ALWAYS_FAILS = (InvalidOutputError, UndeclaredInputError, SystemExit, KeyboardInterrupt)
NEVER_AGAIN = (PermanentError, *ALWAYS_FAILS)


@dataclass(frozen=True)
class Try:
    """One attempt of a task.

    Attributes:
        status: What becomes of the task; ``retrying`` if it is tried again.
        error: Of what class it fails.
        dropped: When it is cancelled because another task of the step has used up its attempts.
    """

    index: int
    number: int
    began: float
    ended: float
    status: str
    error: type[BaseException] | None = None
    dropped: float = math.inf


@dataclass
class Fate:
    """What becomes of a step.

    Attributes:
        status: ``created`` if it never ends, because what it depends on does not complete, or it hangs.
        began: When it starts or, without starting, ends.
        ended: When it ends.
        cascaded: When all that depend on it are skipped with it.
        reason: Why it is skipped.
        error: Of what class it fails.
        output: What it puts out.
        tries: What its handler does.
    """

    status: Literal["created", "completed", "failed", "skipped"]
    began: float = math.inf
    ended: float = math.inf
    cascaded: float = math.inf
    reason: str | None = None
    error: type[BaseException] | None = None
    output: Any = None
    tries: list[Try] = field(default_factory=list)

    def end(self, now: float, mode: str, error: type[BaseException], reason: str) -> Fate:
        """End a step that does not complete."""
        self.ended, self.error = now, error
        if mode == "fail":
            self.status = "failed"
        else:
            self.status, self.reason = "skipped", reason
            self.cascaded = now if mode == "skip_cascade" else math.inf
        return self


class Model:
    """What has to become of a random flow that nobody cancels.

    Attributes:
        fates: By slug.
        fails_at: When the run fails; infinity if it does not.
    """

    def __init__(self, flow: RandomFlow, delays: Delays) -> None:
        self._flow = flow
        self._delays = delays
        self.fates: dict[str, Fate] = {}
        for step in flow.steps.values():
            self.fates[step.slug] = self._fate(step)
        self.fails_at = min((fate.ended for fate in self.fates.values() if fate.status == "failed"), default=math.inf)

    def _fate(self, step: Step) -> Fate:
        above = [self.fates[slug] for slug in step.depends_on]
        cascaded = min((fate.cascaded for fate in above), default=math.inf)
        if cascaded < math.inf:
            return Fate("skipped", cascaded, cascaded, cascaded, "dependency_skipped")
        if any(fate.status in {"created", "failed"} for fate in above):
            return Fate("created")
        now = max((fate.ended for fate in above), default=0.0)
        items = [None] if step.over is None else self._items(step.over)
        if not isinstance(items, list | tuple):
            return Fate("failed", now, now, error=InvalidMapSourceError)
        if not self._holds(step):
            return Fate("completed", now).end(now, step.options["when_unmet"], ConditionUnmetError, "condition_unmet")
        now += step.options["start_delay"]
        return _Tasks(step, items, now, self._delays).fate()

    def _items(self, over: str) -> Any:
        if over == "run":
            return self._flow.flow_input
        return [] if self.fates[over].status == "skipped" else self.fates[over].output

    def _holds(self, step: Step) -> bool:
        tested = self._flow.flow_input
        if step.depends_on:
            fates = {slug: self.fates[slug] for slug in step.depends_on}
            tested = {slug: fate.output for slug, fate in fates.items() if fate.status != "skipped"}
        is_met = "if_" not in step.given or _contains(tested, step.given["if_"])
        return is_met and not ("if_not" in step.given and _contains(tested, step.given["if_not"]))


class _Tasks:
    """The tasks of one step, gone through in the order of time."""

    def __init__(self, step: Step, items: list[Any] | tuple[Any, ...], now: float, delays: Delays) -> None:
        self._step = step
        self._items = items
        self._delays = delays
        self._free = step.max_concurrency
        self._next = 0
        self._retries: deque[tuple[int, int]] = deque()
        self._order = count()
        # When an attempt ends that has begun, or may begin; in what order; task, attempt, and when it began or None.
        self._to_come: list[tuple[float, int, int, int, float | None]] = []
        self._began = self._now = now

    def fate(self) -> Fate:
        """Go through them."""
        step, remaining = self._step, len(self._items)
        fate = Fate("completed", self._began)
        self._feed()
        while remaining:
            self._now, _, index, number, began = heappop(self._to_come)
            if began is None:
                self._retries.append((index, number))
                self._feed()
                continue
            if self._now == math.inf:
                heappush(self._to_come, (self._now, next(self._order), index, number, began))
                fate.status = "created"
                fate.tries += (Try(*task, began, math.inf, CANCELLED) for task, began in self._under_way())
                return fate
            _, result = ends(step, index, number, step.options["timeout"])
            if result == OUTPUT:
                fate.tries.append(Try(index, number, began, self._now, "completed"))
                remaining -= 1
            else:
                error = StepTimeoutError if isinstance(result, str) else result
                is_tried_again = self._is_tried_again(error, number)
                status = "retrying" if is_tried_again else "failed"
                fate.tries.append(Try(index, number, began, self._now, status, error))
                if not is_tried_again:
                    fate.tries += self._dropped()
                    mode = "fail" if _always_fails(error) else step.options["when_exhausted"]
                    return fate.end(self._now, mode, error, "handler_failed")
                delay = self._delays.get((step.slug, index, number), longest_delay(step, number))
                heappush(self._to_come, (self._now + delay, next(self._order), index, number + 1, None))
            self._free += 1
            self._feed()
        outputs = [step.output_of(index, item) for index, item in enumerate(self._items)]
        fate.ended, fate.output = self._now, outputs[0] if step.over is None else outputs
        return fate

    def _feed(self) -> None:
        """Begin as many as may be under way at once; what is tried again comes first."""
        while self._free >= 1 and (self._retries or self._next < len(self._items)):
            if self._retries:
                index, number = self._retries.popleft()
            else:
                index, number = self._next, 1
                self._next += 1
            self._free -= 1
            seconds, _ = ends(self._step, index, number, self._step.options["timeout"])
            heappush(self._to_come, (self._now + seconds, next(self._order), index, number, self._now))

    def _dropped(self) -> Iterator[Try]:
        """What becomes of the others when one has used up its attempts."""
        for task, began in self._under_way():
            seconds, result = ends(self._step, *task, min(self._step.options["timeout"], self._now - began))
            error = None if isinstance(result, str) else result
            status = CANCELLED if error is None else "failed"
            yield Try(*task, began, began + seconds, status, error, self._now)

    def _under_way(self) -> Iterator[tuple[tuple[int, int], float]]:
        return (((index, number), began) for _, _, index, number, began in self._to_come if began is not None)

    def _is_tried_again(self, error: type[BaseException], number: int) -> bool:
        options = self._step.options
        retry_on = BaseException if options["retry_on"] is Exception else options["retry_on"]
        may_be = issubclass(error, retry_on) and not issubclass(error, NEVER_AGAIN)
        return may_be and number < options["max_attempts"]


def ends(step: Step, index: int, number: int, limit: float) -> tuple[float, str | type[BaseException]]:
    """How long an attempt takes that is cancelled after so long, and what comes of it."""
    attempt = step.attempt(index, number)
    if step.way == "thread" and attempt.seconds >= limit:
        return limit, CANCELLED  # whatever a thread does that was left to itself, or is of no use any more
    return attempt.ends(limit)


def longest_delay(step: Step, number: int) -> float:
    """The longest wait after an attempt that failed."""
    delay: float = min(step.options["base_delay"] * 2 ** (number - 1), step.options["max_delay"])
    return delay


def _always_fails(error: type[BaseException]) -> bool:
    return issubclass(error, ALWAYS_FAILS)


def _contains(value: Any, pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            key in value and _contains(value[key], wanted) for key, wanted in pattern.items()
        )
    if isinstance(pattern, list):
        has_items = isinstance(value, list | tuple)
        return has_items and all(any(_contains(each, wanted) for each in value) for wanted in pattern)
    return type(value) is type(pattern) and bool(value == pattern)

"""A random flow, as plain data: its steps, their options, and what each attempt of each of their tasks does."""

from __future__ import annotations

import math
from asyncio import CancelledError
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal, TypeAlias

from typedflow import InvalidOutputError, PermanentError, UndeclaredInputError

Way: TypeAlias = Literal["async", "awaited", "in place", "thread"]
Obedience: TypeAlias = Literal["obeys", "obeys in a nursery", "swallows", "raises", "cleans up", "is shielded"]

CANCELLED = "cancelled"
OUTPUT = "output"
# What a handler raises that is cancelled and minds.
UNTIDY = OSError


@dataclass(frozen=True)
class Attempt:
    """What a handler does in one attempt.

    Attributes:
        seconds: How long it takes; infinity for ever.
        suspends: Whether a handler that takes no time suspends nevertheless.
        error: What it raises then; None if it has an output. `InvalidOutputError` if its output is wrong,
            `UndeclaredInputError` if it reads what it does not depend on.
        obedience: What it does when it is cancelled before.
        cleanup: Seconds that this takes, if it cleans up.
    """

    seconds: float = 0.0
    suspends: bool = False
    error: type[BaseException] | None = None
    obedience: Obedience = "obeys"
    cleanup: float = 0.0

    def ends(self, cancelled_after: float) -> tuple[float, str | type[BaseException]]:
        """After how many seconds, and with what, if it is cancelled after so many."""
        if self.seconds < cancelled_after or self.obedience == "is shielded":
            return self.seconds, self.error or OUTPUT
        if self.obedience == "swallows":
            return cancelled_after, OUTPUT
        if self.obedience == "raises":
            return cancelled_after, UNTIDY
        return cancelled_after + (self.cleanup if self.obedience == "cleans up" else 0.0), CANCELLED


@dataclass(frozen=True)
class Step:
    """A step of a random flow.

    Attributes:
        over: What it maps over, a slug or ``run``; None of a step that is no map.
        given: The options that it is defined with.
        options: What they come to, those of the flow included.
        max_concurrency: How many items at once; infinity unless it is given.
        way: What kind of handler it has.
        output: What it puts out; what a task of a map step does is made from its item.
        plans: The attempts of each task, which begin again with the first task where there are more tasks; the last
            attempt is made again and again.
    """

    slug: str
    depends_on: tuple[str, ...]
    over: str | None
    given: dict[str, Any]
    options: dict[str, Any]
    max_concurrency: float
    way: Way
    output: Any
    plans: list[list[Attempt]]

    def attempt(self, index: int, number: int) -> Attempt:
        """What a task does in an attempt."""
        plan = self.plans[index % len(self.plans)]
        return plan[min(number, len(plan)) - 1]

    def output_of(self, index: int, item: object) -> Any:
        """What a task puts out."""
        if self.over is None:
            return self.output
        return None if index % 3 == 2 else {"of": self.slug, "item": item}


@dataclass
class RandomFlow:
    """A flow, its input, and how it is run.

    Attributes:
        defaults: The options of the flow.
        max_concurrency: How many tasks at once; None for no limit.
        runner: What runs it.
        cancelled_at: When it is cancelled, in seconds; infinity for never.
        cancelled_by: By what.
    """

    seed: int
    defaults: dict[str, Any] = field(default_factory=dict)
    flow_input: Any = None
    max_concurrency: int | None = None
    runner: Literal["execute", "start"] = "execute"
    cancelled_at: float = math.inf
    cancelled_by: Literal["scope", "handle", "context"] = "scope"
    steps: dict[str, Step] = field(default_factory=dict)


DEFAULTS: dict[str, Any] = {
    "max_attempts": 1,
    "base_delay": 1,
    "max_delay": math.inf,
    "jitter": 0,
    "timeout": math.inf,
    "start_delay": 0,
    "retry_on": Exception,
    "when_exhausted": "fail",
    "when_unmet": "skip",
}


class Maker:
    """Makes the random flow of a seed."""

    def __init__(self, seed: int) -> None:
        self._chance = chance = Random(seed)  # noqa: S311  the same every time
        self._flow = flow = RandomFlow(seed)
        items = list(range(chance.choice([0, 1, 3, 7])))
        flow.flow_input = items if self._is_likely(0.5) else {"flag": self._is_likely(0.5), "items": items}
        flow.runner = chance.choice(["execute", "start"])
        flow.max_concurrency = chance.choice([None, None, None, 1, 2, 5])
        if self._is_likely(0.25):
            flow.cancelled_at = chance.choice([0.0, chance.uniform(0, 3), chance.uniform(0, 30)])
            flow.cancelled_by = "scope" if flow.runner == "execute" else chance.choice(["scope", "handle", "context"])
        if self._is_likely(0.3):
            flow.defaults = {name: value for name, value in self._retries().items() if self._is_likely(0.5)}
        # No handler of some flows takes time, so that one worker may execute all tasks.
        self._is_quick = self._is_likely(0.15)
        self._risk = chance.choice([0.0, 0.02, 0.02, 0.1])

    def flow(self) -> RandomFlow:
        """Make it."""
        for number in range(self._chance.randint(1, 12)):
            self._flow.steps[f"s{number}"] = self._step(f"s{number}")
        return self._flow

    def _is_likely(self, chance: float) -> bool:
        return self._chance.random() < chance

    def _retries(self) -> dict[str, Any]:
        chance = self._chance
        return {
            "max_attempts": chance.choice([1, 2, 3, 4]),
            "base_delay": chance.uniform(0.5, 4),
            "max_delay": chance.choice([math.inf, chance.uniform(1, 5)]),
            "jitter": chance.choice([0, 0, 0.5, 1]),
            "timeout": chance.choice([math.inf, chance.uniform(2, 12), chance.uniform(2, 12)]),
            "start_delay": chance.choice([0, 0, 0, chance.uniform(0, 4)]),
            "retry_on": chance.choice([Exception, Exception, (ValueError, TimeoutError), OSError]),
        }

    def _step(self, slug: str) -> Step:
        chance, known = self._chance, list(self._flow.steps)
        over = self._source() if self._is_likely(0.4) else None
        depends_on = tuple(chance.sample(known, chance.randint(0, min(3, len(known)))))
        if over is not None:
            depends_on = () if over == "run" else (over,)
        given = {name: value for name, value in self._retries().items() if self._is_likely(0.6)}
        max_concurrency = math.inf if over is None else chance.choice([1, 2, math.inf, math.inf])
        if max_concurrency < math.inf:
            given["jitter"] = 0.5  # so that it is known which of two items comes first that failed at the same time
        given |= {"when_exhausted": self._when_exhausted()} | self._conditions(depends_on)
        options = DEFAULTS | self._flow.defaults | {name: value for name, value in given.items() if value is not None}
        ways: list[Way] = ["in place"] if self._is_quick else ["async", "async", "awaited", "in place", "thread"]
        way = chance.choice(ways)
        output: Any = chance.choice([[1, 2, 3], [], (4, None), [0], {"n": 1}, {"n": 2}, {"n": 1}, None])
        errors = self._fatal(way, over, output, options)
        plans = [
            [self._attempt(way, errors, may_hang=options["timeout"] < math.inf) for _ in range(chance.randint(1, 4))]
            for _ in range(1 if over is None else chance.randint(1, 7))
        ]
        return Step(slug, depends_on, over, given, options, max_concurrency, way, output, plans)

    def _source(self) -> str | None:
        """What a map is over: mostly something that has items."""
        flow = self._flow
        sources = ["run"] if isinstance(flow.flow_input, list) else []
        sources += [step.slug for step in flow.steps.values() if step.over or isinstance(step.output, list | tuple)]
        if self._is_likely(0.03):
            sources = ["run", *flow.steps]
        return self._chance.choice(sources) if sources else None

    def _when_exhausted(self) -> str | None:
        is_risky = self._is_likely(self._risk * 3)
        return self._chance.choice(["fail", None] if is_risky else ["skip", "skip", "skip_cascade"])

    def _conditions(self, depends_on: tuple[str, ...]) -> dict[str, Any]:
        chance = self._chance
        if self._is_likely(0.7):
            return {}
        conditions: dict[str, Any] = {}
        for option in chance.choice([["if_"], ["if_"], ["if_not"], ["if_", "if_not"]]):
            if depends_on:
                tested = chance.sample(depends_on, chance.randint(0, min(2, len(depends_on))))
                patterns: list[Any] = [{}, {"n": 1}, [], [1], None, {"of": "s1"}, [{}]]
                conditions[option] = {slug: chance.choice(patterns) for slug in tested}
            elif isinstance(self._flow.flow_input, list):
                conditions[option] = chance.choice([[], [0], [2, 0], {}])
            else:
                conditions[option] = chance.choice([{}, {"flag": True}, {"items": [1]}, {"missing": None}])
        modes = ["fail"] if self._is_likely(self._risk) else [None, "skip", "skip", "skip_cascade"]
        return conditions | {"when_unmet": chance.choice(modes)}

    @staticmethod
    def _fatal(way: Way, over: str | None, output: Any, options: dict[str, Any]) -> list[type[BaseException]]:
        """What fails the run whatever the options say, where it does not matter which item comes to it first."""
        if over is not None:
            return [SystemExit, KeyboardInterrupt] if options["when_exhausted"] == "fail" else []
        declared = [InvalidOutputError] if way == "async" and isinstance(output, dict) else []
        return [SystemExit, KeyboardInterrupt, UndeclaredInputError, *declared]

    def _attempt(self, way: Way, fatal: list[type[BaseException]], *, may_hang: bool) -> Attempt:
        chance = self._chance
        error: type[BaseException] | None = None
        if self._is_likely(0.3):
            error = chance.choice([ValueError, ValueError, KeyError, OSError, CancelledError, PermanentError])
        if fatal and self._is_likely(self._risk):
            error = chance.choice(fatal)
        may_hang = may_hang or self._flow.cancelled_at < math.inf
        if way == "in place":
            return Attempt(error=error)
        if way == "thread":
            seconds = math.inf if may_hang and self._is_likely(0.2) else 0.0
            return Attempt(seconds, error=error, obedience=chance.choice(["obeys", "swallows"]))
        seconds = chance.choice([0.0, chance.uniform(0, 4), chance.uniform(0, 4), chance.uniform(4, 16)])
        usual: list[Obedience] = ["obeys", "obeys in a nursery", "cleans up"]
        unusual: list[Obedience] = ["swallows", "raises", "is shielded"]
        obedience = chance.choice(usual if self._is_likely(0.7) else unusual)
        if error is not None and not issubclass(error, Exception):
            obedience = "obeys"
        elif may_hang and obedience != "is shielded" and self._is_likely(0.1):
            seconds = math.inf
        return Attempt(seconds, self._is_likely(0.5), error, obedience, chance.uniform(0, 3))

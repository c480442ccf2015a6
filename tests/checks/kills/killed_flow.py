"""The flow that is killed: 200 steps of every kind, among them a map step of 1,000 items and an inner run."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any, TypedDict

import trio

from typedflow import Flow, StepContext

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.checks.kills.task_log import TaskLog
    from typedflow.stores import Store

ITEMS = 1_000
RANDOM_STEPS = 156
INCLUDED_STEPS = 40
INNER_STEPS = 20
# The number of an attempt that never succeeds.
NEVER = 99


class Wish(TypedDict):
    wanted: bool


@dataclass(frozen=True)
class Total:
    """What a step returns. Only its declared type makes a `Total` again of what was stored."""

    value: int
    half: Decimal


def total(values: Mapping[str, Any], more: int) -> Total:
    """The sum of what a step receives, of which nothing is left out and nothing may have another type."""
    found = sum(each.value for key, each in values.items() if key != "run" and each is not None)
    value = (found * 31 + more) % 1_000_003
    return Total(value, Decimal(value) / 2)


def fail_early(context: StepContext[Any], failures: int) -> None:
    """Raise in the first attempts of a task."""
    if context.attempt <= failures:
        raise OSError(f"attempt {context.attempt} of {context.step}")


class KilledFlow:
    """Makes a flow of a seed.

    Attributes:
        flow: The flow.
    """

    def __init__(self, seed: int, log: TaskLog, store: Store) -> None:
        self._chance = Random(seed)  # noqa: S311  the same flow every time
        self._log = log
        self._store = store
        self._inner = self._random("inner", "i", INNER_STEPS)
        flow = self._random("killed", "s", RANDOM_STEPS).include(self._random("included", "t", INCLUDED_STEPS))
        flow = flow.step("inner", self._run_inner, depends_on=["s0", "t0"], max_attempts=2, base_delay=0.01)
        flow = flow.step("items", self._items)
        flow = flow.map("numbers", self._number, over="items", when_exhausted="none", max_attempts=3, base_delay=0.01)
        last = [f"s{RANDOM_STEPS - 1}", f"t{INCLUDED_STEPS - 1}", "inner", "numbers"]
        self.flow = flow.step("last", self._end, depends_on=last)  # type: ignore[typedflow-not-literal]

    def _random(self, slug: str, letter: str, steps: int) -> Flow[Any, Any]:
        """A flow of random steps, which all depend on the first one, but for a few root steps."""
        chance = self._chance
        flow: Flow[Any, Any] = Flow(slug, Wish, max_interruptions=1_000)
        usable: list[str] = []
        cascading: str | None = None
        for number in range(steps):
            name = f"{letter}{number}"
            options: dict[str, Any] = {}
            failures = chance.choice([0, 0, 0, 0, 0, 1, 2])
            depends_on = sorted(chance.sample(usable[-12:], min(chance.randint(1, 3), len(usable))))
            if cascading is not None:  # its only dependent, so that it does not skip all others
                depends_on, cascading = [cascading], None
            elif number in {0, steps - 1}:
                usable.append(name)
            elif (kind := chance.random()) < 0.05:
                options |= {"if_": {"run": {"wanted": False}} if depends_on else {"wanted": False}}
                usable.append(name)
            elif kind < 0.10:
                options |= {"if_not": {"run": {"wanted": True}}, "when_unmet": "skip_cascade"}
                cascading = name
            elif kind < 0.15:
                failures = NEVER
                options |= {"when_exhausted": "skip"}
                usable.append(name)
            elif kind < 0.20:
                options |= {"if_": self._predicate(name, answer=chance.random() < 0.7)}
                usable.append(name)
            elif kind < 0.25:
                options |= {"start_delay": 0.03}
                usable.append(name)
            else:
                usable.append(name)
            handler = self._handler(number, failures, chance.uniform(0, 0.008))
            flow = flow.step(name, handler, depends_on=depends_on, max_attempts=3, base_delay=0.01, **options)  # type: ignore[typedflow-not-literal]
        return flow

    def _handler(self, number: int, failures: int, seconds: float) -> Callable[..., Any]:
        log = self._log

        async def awaits(inputs: Mapping[str, Any], context: StepContext[Any]) -> Total:
            log.append(context.idempotency_key)
            await trio.sleep(seconds)
            fail_early(context, failures)
            return total(inputs, number)

        def blocks(inputs: Mapping[str, Any], context: StepContext[Any]) -> Total:
            log.append(context.idempotency_key)
            time.sleep(seconds)
            fail_early(context, failures)
            return total(inputs, number)

        return awaits if number % 3 else blocks

    def _predicate(self, name: str, *, answer: bool) -> Callable[[Mapping[str, Any]], bool]:
        def predicate(_: Mapping[str, Any]) -> bool:
            self._log.append(f"{name}?")
            return answer

        return predicate

    async def _run_inner(self, inputs: Mapping[str, Any], context: StepContext[Any]) -> dict[str, Total | None]:
        """Run another flow in the same store, and fail once when it has completed."""
        self._log.append(context.idempotency_key)
        outputs: Any = await self._inner.run(inputs["run"], store=self._store, run_id=context.idempotency_key)
        fail_early(context, 1)
        return dict(outputs)

    async def _items(self, _: Mapping[str, Any], context: StepContext[Any]) -> list[int]:
        self._log.append(context.idempotency_key)
        return list(range(ITEMS))

    async def _number(self, item: int, context: StepContext[Any]) -> Total:
        """Fail once at some items, and always at few."""
        self._log.append(context.idempotency_key)
        await trio.sleep(0.001 * (item % 5))
        fail_early(context, NEVER if item % 97 == 13 else int(item % 10 == 3))
        return total({}, item)

    async def _end(self, inputs: Mapping[str, Any], context: StepContext[Any]) -> Total:
        self._log.append(context.idempotency_key)
        numbers, inner = inputs["numbers"], inputs["inner"]
        values = {str(index): number for index, number in enumerate(numbers)} | inner
        values |= {slug: output for slug, output in inputs.items() if slug not in {"run", "numbers", "inner"}}
        return total(values, len(numbers))

"""Random flows whose every run behaves differently, but always in the same way for the same flow input."""

from __future__ import annotations

import time
from random import Random
from typing import TYPE_CHECKING, Any

import trio

from typedflow import Flow, PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow import StepContext

STEPS = 9
# The flow inputs whose run fails: the last step does.
FAILS = 13


class RandomFlow:
    """Makes the flow of a seed.

    Attributes:
        flow: The flow. It takes the number of the run.
    """

    def __init__(self, seed: int, log: Callable[[str], None]) -> None:
        self._chance = Random(seed)  # noqa: S311  the same every time
        self._log = log
        flow: Flow[Any, Any] = Flow(f"storm_{seed}", int, max_interruptions=40)
        known: list[str] = []
        lists: list[str] = []
        for number in range(STEPS):
            slug = f"s{number}"
            depends_on = sorted(self._chance.sample(known, min(len(known), self._chance.randint(0, 2))))
            if lists and self._chance.random() < 0.4:
                over = self._chance.choice(lists)
                options = self._options([over])
                if self._chance.random() < 0.3:
                    options["max_concurrency"] = 2
                if self._chance.random() < 0.3:
                    options["when_exhausted"] = "none"
                flow = flow.map(slug, self._handler(slug, is_list=False), over=over, **options)  # type: ignore[typedflow-not-literal]
            else:
                options, is_list = self._options(depends_on), self._chance.random() < 0.4
                flow = flow.step(slug, self._handler(slug, is_list=is_list), depends_on=depends_on, **options)  # type: ignore[typedflow-not-literal]
                lists += [slug] if is_list else []
            known.append(slug)
        self.flow = flow.step("last", self._last, depends_on=known)  # type: ignore[typedflow-not-literal]

    def _options(self, depends_on: list[str]) -> dict[str, Any]:
        chance = self._chance
        options: dict[str, Any] = {"max_attempts": 3, "base_delay": 0}
        kind = chance.random()
        if kind < 0.15:
            options["when_exhausted"] = "skip"
        elif kind < 0.3:
            options |= {"if_": lambda inputs: (inputs["run"] if isinstance(inputs, dict) else inputs) % 3 > 0}
        elif kind < 0.4:
            options["start_delay"] = 1
        elif kind < 0.5 and depends_on:
            options |= {"if_not": {depends_on[0]: {"value": 2}}}
        options.setdefault("when_exhausted", "skip")
        return options

    def _handler(self, slug: str, *, is_list: bool) -> Callable[..., Any]:
        def plan(context: StepContext[Any]) -> tuple[float, bool, Any]:
            chance = Random(f"{context.flow_input} {slug} {context.task_index}")  # noqa: S311  as above
            seconds = chance.choice([0, 0.01, 0.05, 0.2])
            failures = chance.choice([0, 0, 0, 0, 1, 1, 2, 9])
            output: Any = list(range(chance.choice([0, 1, 5, 20]))) if is_list else {"value": chance.randint(0, 3)}
            return seconds, context.attempt <= failures, output

        def finished(context: StepContext[Any], output: Any, *, fails: bool) -> Any:
            if fails:
                raise OSError(f"attempt {context.attempt}")
            self._log(f"{context.flow_input} {slug} {context.task_index}")
            return output

        async def awaits(_: Any, context: StepContext[Any]) -> Any:
            seconds, fails, output = plan(context)
            await trio.sleep(seconds)
            return finished(context, output, fails=fails)

        def blocks(_: Any, context: StepContext[Any]) -> Any:
            seconds, fails, output = plan(context)
            time.sleep(seconds / 10)
            return finished(context, output, fails=fails)

        return self._chance.choice([awaits, awaits, blocks])

    def _last(self, inputs: Any, context: StepContext[Any]) -> Any:
        if context.flow_input % FAILS == 0:
            raise PermanentError("it is unlucky")
        self._log(f"{context.flow_input} last 0")
        return {slug: output for slug, output in inputs.items() if slug != "run"}

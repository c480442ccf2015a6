"""Random runs are cut off, and resumed by flows that have changed at random."""

import random
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import trio

from typedflow import Event, Flow, ShapeMismatchError, StepFailedError
from typedflow.listeners import inline
from typedflow.stores import MemoryStore

TYPES: dict[str, Any] = {"number": int, "text": str, "numbers": list[int], "failing": int}
VALUES = {"number": 1, "text": "x", "numbers": [1, 2], "failing": 1}
OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {"when_exhausted": "skip"},
    {"when_exhausted": "skip_cascade"},
    {"if_": {}},  # a root step tests the flow input, which is a list
    {"if_not": {}, "when_unmet": "skip_cascade"},
    {"if_not": lambda i: False},
]


@dataclass(frozen=True)
class Step:
    slug: str
    kind: str
    depends_on: tuple[str, ...] = ()
    over: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def gives_items(self) -> bool:
        return self.over is not None or self.kind == "numbers"

    @property
    def may_be_none(self) -> bool:
        has_condition = bool({"if_", "if_not"} & self.options.keys())
        unmet = self.options.get("when_unmet", "skip") if has_condition else None
        return "skip" in {unmet, self.options.get("when_exhausted")}


class Version:
    """A flow, whose handlers look at what they are given and write down that they were called."""

    def __init__(self, steps: list[Step], executed: list[tuple[str, int]]) -> None:
        self.steps = steps
        self.by_slug = {step.slug: step for step in steps}
        self.executed = executed
        self.wrong: list[str] = []
        self.flow = reduce(self._extended, steps, Flow("shop", list[int]))

    def _extended(self, flow: Any, step: Step) -> Any:
        options: Any = {**step.options, "depends_on": list(step.depends_on), "runs_in": "inline"}
        if step.over is None:
            return flow.step(step.slug, self._handler(step), **options)
        return flow.map(step.slug, self._handler(step), over=step.over, **options)

    def _handler(self, step: Step) -> Any:
        def handler(inputs: Any, context: Any) -> Any:
            self.executed.append((step.slug, context.task_index))
            for slug in step.depends_on:
                self.check(slug, inputs[slug])
            if step.kind == "failing":
                raise LookupError
            return VALUES[step.kind]

        handler.__annotations__["return"] = TYPES[step.kind]
        return handler

    def check(self, slug: str, value: Any) -> None:
        """Check that a value is of the type that dependents of a step read."""
        step = self.by_slug[slug]
        if value is None:
            is_right = step.may_be_none
        elif step.over is None:
            is_right = value == VALUES[step.kind]
        else:
            is_right = all(item == VALUES[step.kind] for item in value)
        if not is_right:
            self.wrong.append(f"{slug} is {value!r}")

    def may_be_skipped(self, slug: str) -> bool:
        return self.by_slug[slug].may_be_none or self.cascades(slug)

    def cascades(self, slug: str) -> bool:
        step = self.by_slug[slug]
        read = self.by_slug.keys() & {*step.depends_on, step.over}
        return "skip_cascade" in step.options.values() or any(map(self.cascades, read))


def random_step(chosen: random.Random, slug: str, earlier: list[Step]) -> Step:
    sources = [step.slug for step in earlier if step.gives_items]
    return Step(
        slug,
        chosen.choice(["number", "text", "numbers", "failing"]),
        tuple(chosen.sample([step.slug for step in earlier], chosen.randint(0, min(2, len(earlier))))),
        chosen.choice([*sources, "run"]) if chosen.random() < 0.3 else None,
        chosen.choice(OPTIONS),
    )


def changed(chosen: random.Random, steps: list[Step]) -> list[Step]:
    """Change, add or remove a step. What can no longer be mapped over is dropped as well."""
    index = chosen.randrange(len(steps) + 1)
    new = random_step(chosen, f"n{chosen.randrange(10**9)}", steps[:index])
    match chosen.choice(["add", "remove", "kind", "depends_on", "over", "options"]):
        case "add":
            found = [*steps[:index], new, *steps[index:]]
        case "remove":
            found = [*steps[:index], *steps[index + 1 :]]
        case aspect:
            found = [
                replace(step, **{aspect: getattr(new, aspect)}) if at == index else step
                for at, step in enumerate(steps)
            ]
    kept: dict[str, Step] = {}
    for step in found:
        source = None if step.over in {None, "run"} else kept.get(step.over)
        if step.over in {None, "run"} or (source is not None and source.gives_items):
            kept[step.slug] = replace(step, depends_on=tuple(slug for slug in step.depends_on if slug in kept))
    return list(kept.values())


async def resumed(store: MemoryStore, version: Version, tasks: int | None, *, is_new: bool = False) -> Any:
    """Run or resume a run until some tasks have started. Return its outputs, or None if it was cut off."""
    left = tasks
    with trio.CancelScope() as scope:

        def cut_off(event: Event) -> None:
            nonlocal left
            if left is not None and (event.subject, event.status) == ("task", "started"):
                left -= 1
                if left < 0:
                    scope.cancel()

        if is_new:
            return await version.flow.run([1, 2], store=store, run_id="7", listeners=[inline(cut_off)])
        done = {(task.step, task.task_index) for task in store.tasks("7", status="completed")}
        version.executed.clear()
        try:
            return await version.flow.resume("7", store=store, listeners=[inline(cut_off)])
        finally:
            assert not done.intersection(version.executed)
    return None


async def life(chosen: random.Random) -> None:
    executed: list[tuple[str, int]] = []
    steps: list[Step] = []
    for number in range(chosen.randint(2, 6)):
        steps.append(random_step(chosen, f"s{number}", steps))
    version = Version(steps, executed)
    with MemoryStore() as store:
        try:
            await resumed(store, version, chosen.randint(0, 8), is_new=True)
            for _ in range(3):
                other = Version(changed(chosen, version.steps), executed)
                try:
                    outputs = await resumed(store, other, chosen.randint(0, 8))
                except ShapeMismatchError:
                    continue
                version = other
                if outputs is not None:
                    break
            outputs = await resumed(store, version, None)
        except StepFailedError:
            pass
        else:
            assert sorted(outputs) == sorted(version.by_slug)
            for slug, value in outputs.items():
                if value is not None or not version.may_be_skipped(slug):
                    version.check(slug, value)
        assert version.wrong == []


def test_a_run_is_refused_or_continues_as_the_flow_is_now() -> None:
    for seed in range(60):
        trio.run(life, random.Random(seed))  # noqa: S311  no secrets

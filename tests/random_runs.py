"""Runs of random flows with random options, that must all behave: ``python -m tests.random_runs --runs 10000``.

Each flow is made from a seed, run on a clock that jumps, perhaps cancelled, and then compared with what its options
say that has to happen.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import trio
import trio.testing

from typedflow import FlowDefinition, Options, PermanentError, StepContext, StepFailedError, StepInput
from typedflow.executor import execute
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from typedflow.event import Event

FOREVER = 10_000.0


@dataclass
class Task:
    """What a handler does with one task: one entry for each attempt, the last one again and again."""

    behaviours: list[str]


@dataclass
class Step:
    """A random step, and what was seen of it."""

    slug: str
    depends_on: tuple[str, ...]
    over: str | None
    options: dict[str, Any]
    max_concurrency: int
    waits: str
    tasks: dict[int, Task] = field(default_factory=dict)

    def task(self, index: int, chance: random.Random) -> Task:
        """The plan for a task, made when it is asked for."""
        if index not in self.tasks:
            count = chance.randint(1, 4)
            kinds = ["ok"] * 6 + ["fail", "fail", "permanent", "slow", "stubborn"]
            self.tasks[index] = Task([chance.choice(kinds) for _ in range(count)])
        return self.tasks[index]

    def ends(self, index: int) -> str:
        """How a task ends by itself: ``ok`` or ``exhausted``."""
        behaviours = self.tasks[index].behaviours
        for attempt in range(self.options["max_attempts"]):
            match behaviours[min(attempt, len(behaviours) - 1)]:
                case "ok" | "stubborn":
                    return "ok"
                case "permanent":
                    return "exhausted"
        return "exhausted"


class RandomRun:
    """One flow, its run, and what it must have been."""

    def __init__(self, seed: int) -> None:
        self.chance = chance = random.Random(seed)  # noqa: S311  the same every time
        self.input: dict[str, Any] = {"flag": chance.random() < 0.5, "items": list(range(chance.choice([0, 1, 3, 7])))}
        self.max_concurrency = chance.choice([None, None, 1, 2, 5])
        self.cancel_after = chance.choice([None] * 3 + [chance.uniform(0, 40)])
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.over = False
        self.late: list[str] = []
        self.steps: dict[str, Step] = {}
        self.definition = FlowDefinition("random", Any, Options(base_delay=2))
        for number in range(chance.randint(1, 12)):
            self.add(f"s{number}")

    def add(self, slug: str) -> None:
        """Add a random step."""
        chance, known = self.chance, list(self.steps)
        depends_on = tuple(chance.sample(known, chance.randint(0, min(3, len(known)))))
        over = chance.choice([None, None, *known]) if known else None
        modes = ["fail", "skip", "skip_cascade"]
        options: dict[str, Any] = {
            "max_attempts": chance.choice([1, 2, 3]),
            "timeout": 10.0,
            "start_delay": chance.choice([0, 0, 0, 3]),
            "when_exhausted": chance.choice(["fail", *modes, "skip", "skip_cascade"]),
            "base_delay": chance.choice([0.5, 2, None]),
            "max_delay": chance.choice([None, 3]),
        }
        if over is not None:
            depends_on = (over,)
        if chance.random() < 0.3:
            dependency = depends_on[0] if depends_on else None
            pattern = {"flag": chance.random() < 0.5} if dependency is None else {dependency: {"slug": dependency}}
            options[chance.choice(["if_", "if_not"])] = pattern
            options["when_unmet"] = chance.choice([None, "skip", "skip", "skip_cascade", "fail"])
        step = Step(
            slug,
            depends_on,
            over,
            options,
            chance.choice([1, 2, 100]),
            chance.choice(["never", "once", "long", "thread"]),
        )
        self.steps[slug] = step
        handler = self.handler(step)
        if over is None:
            self.definition = self.definition.with_step(slug, handler, depends_on, **options)
        else:
            self.definition = self.definition.with_map(
                slug, handler, over, max_concurrency=step.max_concurrency, **options
            )

    def handler(self, step: Step) -> Any:
        """A handler that does what was decided for each attempt of each task."""

        async def handle(given: Any, context: StepContext) -> object:
            if self.over:
                self.late.append(step.slug)
            assert not isinstance(given, StepInput) or given.keys() == {"run", *step.depends_on}
            self.running[step.slug] += 1
            self.most[step.slug] = max(self.most[step.slug], self.running[step.slug])
            self.most["all"] = max(self.most["all"], self.running.total())
            try:
                return await self.behave(step, context)
            finally:
                self.running[step.slug] -= 1

        def handle_in_thread(given: Any, context: StepContext) -> object:
            return trio.from_thread.run(partial(in_turn, given, context))

        async def in_turn(given: Any, context: StepContext) -> object:
            # A thread is left to itself when its time is up, so nothing in one waits here.
            task = step.task(context.task_index, self.chance)
            task.behaviours = [{"slow": "fail", "stubborn": "ok"}.get(each, each) for each in task.behaviours]
            return await handle(given, context)

        return handle_in_thread if step.waits == "thread" else handle

    async def behave(self, step: Step, context: StepContext) -> object:
        """One attempt."""
        behaviours = step.task(context.task_index, self.chance).behaviours
        behaviour = behaviours[min(context.attempt, len(behaviours)) - 1]
        if step.waits in {"once", "long"}:
            await trio.sleep(0 if step.waits == "once" else self.chance.uniform(0, 5))
        match behaviour:
            case "fail":
                raise ValueError(f"{step.slug} fails")
            case "permanent":
                raise PermanentError(f"{step.slug} gives up")
            case "slow":
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(trio.sleep_forever)
            case "stubborn":
                with trio.CancelScope(shield=True):
                    await trio.sleep(12)
        # What maps over this step finds as many items as the input has.
        return list(self.input["items"]) if self.is_list(step) else {"slug": step.slug}

    def is_list(self, step: Step) -> bool:
        """Whether a map is over the output of a step that is no map itself."""
        return any(other.over == step.slug for other in self.steps.values()) and step.over is None

    def run(self) -> tuple[str, Any, RecordedEvents]:
        """Run it; return how it ended, its outputs or its error, and its events."""
        events = RecordedEvents()

        async def main() -> tuple[str, Any]:
            await trio.testing.wait_all_tasks_blocked()  # until the clock has its own task
            living = trio.lowlevel.current_statistics().tasks_living
            ended: tuple[str, Any] = ("cancelled", None)
            with trio.move_on_after(FOREVER if self.cancel_after is None else self.cancel_after):
                try:
                    outputs = await execute(
                        self.definition, self.input, max_concurrency=self.max_concurrency, listeners=[events.append]
                    )
                    ended = "completed", outputs
                except StepFailedError as error:
                    ended = "failed", error
            self.over = True
            await trio.testing.wait_all_tasks_blocked()
            assert trio.lowlevel.current_statistics().tasks_living == living, "a task was leaked"
            assert trio.to_thread.current_default_thread_limiter().borrowed_tokens == 0, "a thread was leaked"
            return ended

        ended, result = trio.run(main, clock=VirtualClock())
        assert not self.late, f"{self.late} ran after the end"
        assert not self.running.total(), "a handler has not left"
        return ended, result, events

    def expected(self) -> tuple[dict[str, str], set[str]]:
        """What becomes of each step if the run is left alone, and which steps may fail it.

        Steps that depend on one that fails the run are ``created``: they never start.
        """
        became: dict[str, str] = {}
        fails: set[str] = set()
        cascades: set[str] = set()
        for slug, step in self.steps.items():
            states = [became[dependency] for dependency in step.depends_on]
            if any(dependency in cascades for dependency in step.depends_on):
                became[slug] = "skipped"
                cascades.add(slug)
            elif any(state in {"failed", "created"} for state in states):
                became[slug] = "created"
            else:
                mode = self.mode(step, became)
                became[slug] = {None: "completed", "fail": "failed"}.get(mode, "skipped")
                if mode == "fail":
                    fails.add(slug)
                if mode == "skip_cascade":
                    cascades.add(slug)
        return became, fails

    def mode(self, step: Step, became: dict[str, str]) -> str | None:
        """Why a step whose dependencies have ended does not complete; None if it does."""
        if self.is_unmet(step, became):
            return step.options["when_unmet"] or "skip"
        count = 1
        if step.over is not None:
            count = 0 if became[step.over] == "skipped" else self.count(self.steps[step.over], became)
        for index in range(count):
            step.task(index, self.chance)
        if any(step.ends(index) == "exhausted" for index in range(count)):
            return str(step.options["when_exhausted"])
        return None

    def is_unmet(self, step: Step, became: dict[str, str]) -> bool:
        """Whether the condition of a step does not hold."""
        for option in ("if_", "if_not"):
            if option in step.options:
                if step.depends_on:
                    dependency = self.steps[step.depends_on[0]]
                    is_dict = not self.is_list(dependency) and dependency.over is None
                    holds = is_dict and became[dependency.slug] == "completed"
                else:
                    holds = step.options[option]["flag"] == self.input["flag"]
                return holds != (option == "if_")
        return False

    def count(self, source: Step, became: dict[str, str]) -> int:
        """How many items the output of a step has."""
        if source.over is None:
            return len(self.input["items"])
        return 0 if became[source.over] == "skipped" else self.count(self.steps[source.over], became)


def check(seed: int) -> str:
    """Run a random flow and check that all is as it must be; return how the run ended."""
    made = RandomRun(seed)
    ended, result, events = made.run()
    _check_events(made, events, ended)
    if made.max_concurrency is not None:
        assert made.most["all"] <= made.max_concurrency
    for step in made.steps.values():
        assert made.most[step.slug] <= (1 if step.over is None else step.max_concurrency)
    if ended == "cancelled":
        return ended
    became, fails = made.expected()
    steps = {event.step: event.status for event in events if event.subject == "step"}
    if ended == "completed":
        assert not fails, f"{fails} should have failed"
        assert steps == became
        assert {slug: output is None for slug, output in result.items()} == {
            slug: state == "skipped" for slug, state in became.items()
        }
    elif made.cancel_after is None:
        assert result.step in fails, f"{result.step} failed, and not one of {fails}"
        for slug, state in steps.items():
            assert state in {became[str(slug)], "cancelled", "failed"}
    return ended


def _check_events(made: RandomRun, events: list[Event], ended: str) -> None:
    """Each run, step and task goes through its states in order, and no task is tried too often or too early."""
    state: dict[Any, str] = {}
    due: dict[Any, float] = {}
    assert [event.monotonic for event in events] == sorted(event.monotonic for event in events)
    assert (events[0].subject, events[0].status) == ("run", "started")
    assert (events[-1].subject, events[-1].status) == ("run", ended)
    for event in events[1:-1]:
        key = (event.step, event.task_index)
        before = state.get(key, "created")
        assert event.subject != "run"
        assert before in {"created", "started", "retrying"}, f"{key} was {before} and became {event.status}"
        if event.status == "started":
            assert before in {"created", "retrying"}
            assert event.monotonic >= due.get(key, 0) - 1e-9
            step = made.steps[str(event.step)]
            for dependency in step.depends_on:
                assert state[dependency, None] in {"completed", "skipped"}
        if event.subject == "task":
            step = made.steps[str(event.step)]
            assert event.attempt is not None
            assert event.attempt <= step.options["max_attempts"]
            assert event.status == "started" or before == "started"
            if event.status == "retrying":
                assert event.delay is not None
                due[key] = event.monotonic + event.delay
                base = step.options["base_delay"] or 2
                wanted = min(base * 2 ** (event.attempt - 1), step.options["max_delay"] or FOREVER)
                assert event.delay == wanted
        elif event.status == "completed":
            tasks = [each for (slug, index), each in state.items() if slug == event.step and index is not None]
            assert set(tasks) <= {"completed"}
        state[key] = event.status
    assert "started" not in {each for (_, index), each in state.items() if index is not None}
    assert "started" not in {each for (_, index), each in state.items() if index is None}


def main() -> None:
    """Run as many as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.random_runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    began = time.monotonic()
    ended: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.runs):
        try:
            ended[check(seed)] += 1
        except BaseException:
            print(f"seed {seed}:")  # noqa: T201
            raise
    print(f"{options.runs} runs behaved, in {time.monotonic() - began:.0f} s: {dict(ended)}")  # noqa: T201


if __name__ == "__main__":
    main()

"""When a step starts, what it is given, and what comes of its output."""

from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow
from tests.conformance.runner import Runner
from typedflow import UndeclaredInputError


@pytest.mark.pgflow_differs("A flow has a step")
def test_a_flow_without_steps_completes(run: Runner) -> None:
    outcome = run(flow())
    assert (outcome.status, outcome.outputs) == ("completed", {})
    assert outcome.events.words == ["run started", "run completed"]


@pytest.mark.starts_over
def test_a_step_starts_as_soon_as_its_own_dependencies_are_done(run: Runner) -> None:
    steps = flow()
    chains = [[4, 2, 2, 2], [2, 4, 2, 2], [2, 2, 4, 2], [2, 2, 2, 4]]
    for c, chain in enumerate(chains):
        for level, seconds in enumerate(chain):
            steps = steps.with_step(f"c{c}_{level}", after(seconds), [f"c{c}_{level - 1}"] if level else [])
    outcome = run(steps.with_step("join", after(0), [f"c{c}_3" for c in range(4)]))
    assert outcome.took == 10  # level by level it would take 16 seconds


@pytest.mark.starts_over
def test_a_slow_branch_does_not_delay_an_unrelated_one(run: Runner) -> None:
    steps = flow().with_step("slow", after(10)).with_step("quick", after(1)).with_step("next", after(1), ["quick"])
    outcome = run(steps)
    assert outcome.times("step", "completed", "next") == [2]
    assert outcome.took == 10


@pytest.mark.starts_over
def test_a_step_waits_for_the_last_of_its_dependencies(run: Runner) -> None:
    steps = flow()
    for seconds in (2, 5, 3):
        steps = steps.with_step(f"s{seconds}", after(seconds))
    outcome = run(steps.with_step("join", after(0), ["s2", "s5", "s3"]))
    assert outcome.times("task", "started", "join") == [5]


def test_a_step_input_is_the_flow_input_and_the_declared_outputs_and_nothing_else(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1).with_step("b", lambda _: 2).with_step("c", dict, ["b"])
    assert run(steps, "input").outputs["c"] == {"run": "input", "b": 2}


def test_reading_anything_else_fails_with_what_to_do(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1).with_step("b", lambda _: 2).with_step("c", lambda i: i["a"], ["b"])
    outcome = run(steps)
    assert outcome.error is not None
    cause = outcome.error.__cause__
    assert isinstance(cause, UndeclaredInputError)
    assert isinstance(cause, KeyError)
    assert str(cause) == 'step "c" reads "a", which it does not depend on; it depends on "b". Add "a" to depends_on.'
    assert (cause.step, cause.key, cause.depends_on) == ("c", "a", ("b",))


def test_each_step_has_an_input_of_its_own(run: Runner) -> None:
    steps = flow().with_step("a", lambda i: i.clear()).with_step("b", dict, ["a"])
    assert run(steps, 1).outputs["b"] == {"run": 1, "a": None}


def test_the_outputs_come_in_the_order_of_definition(run: Runner) -> None:
    steps = flow().with_step("slow", after(3)).with_step("middle", after(2)).with_step("quick", after(1))
    assert list(run(steps).outputs) == ["slow", "middle", "quick"]


@pytest.mark.parametrize("kind", ["async", "thread", "in place", "lambda", "awaited"])
def test_every_kind_of_handler_is_one(run: Runner, kind: str) -> None:
    def work(inputs: Any) -> int:
        return int(inputs["run"] + 1)

    async def work_async(inputs: Any) -> int:
        await trio.sleep(1)
        return work(inputs)

    handlers: dict[str, Any] = {
        "async": work_async,
        "thread": work,
        "in place": work,
        "lambda": lambda i: work(i),  # noqa: PLW0108  a lambda is what is tested
        "awaited": lambda i: work_async(i),  # noqa: PLW0108  as above
    }
    steps = flow().with_step("a", handlers[kind], runs_in="inline" if kind == "in place" else None)
    assert run(steps.with_step("b", lambda i: i["a"] + 1, ["a"]), 1).outputs == {"a": 2, "b": 3}

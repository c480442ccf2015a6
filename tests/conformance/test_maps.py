"""A map step has a task for each item, with an attempt count, a timeout and an output of its own."""

from collections import Counter
from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising, retrying
from tests.conformance.runner import Runner
from typedflow import InvalidMapSourceError, StepContext


def test_outputs_are_in_the_order_of_the_items_whichever_is_done_first(run: Runner) -> None:
    async def work(seconds: int) -> str:
        await trio.sleep(seconds)
        return f"{seconds} s"

    outcome = run(flow().with_map("a", work, "run"), [3, 1, 2])
    assert outcome.outputs == {"a": ["3 s", "1 s", "2 s"]}
    assert outcome.took == 3


def test_none_is_an_item_and_an_output_as_any_other(run: Runner) -> None:
    steps = flow().with_map("a", lambda item: item, "run").with_map("b", lambda item: item is None, "a")
    assert run(steps, [None, 1, None]).outputs == {"a": [None, 1, None], "b": [True, False, True]}


@pytest.mark.parametrize("items", [[], ()])
def test_no_items_give_no_outputs_immediately(run: Runner, items: Any) -> None:
    outcome = run(flow(start_delay=0).with_map("a", forever, "run").with_step("b", lambda i: i["a"], ["a"]), items)
    assert outcome.outputs == {"a": [], "b": []}
    assert outcome.events.words[:3] == ["run started", "a started", "a completed"]


@pytest.mark.parametrize("items", [[], [1, 2]])
def test_maps_over_maps_of_any_depth(run: Runner, items: list[int]) -> None:
    steps = flow().with_map("m0", lambda item: item + 1, "run")
    for depth in range(1, 120):
        steps = steps.with_map(f"m{depth}", lambda item: item + 1, f"m{depth - 1}")
    assert run(steps, items).outputs["m119"] == [item + 120 for item in items]


def test_a_tuple_has_items_too(run: Runner) -> None:
    steps = flow().with_step("pair", lambda _: (1, "a")).with_map("text", str, "pair")
    assert run(steps).outputs == {"pair": (1, "a"), "text": ["1", "a"]}


@pytest.mark.parametrize("change", [lambda items: items.clear(), lambda items: items.append(4), list.reverse])
def test_the_items_are_those_that_there_were_when_the_map_started(run: Runner, change: Any) -> None:
    async def meddle(inputs: Any) -> None:
        await trio.sleep(1)
        change(inputs["source"])

    steps = flow().with_step("source", lambda _: [1, 2, 3]).with_step("meddle", meddle, ["source"])
    steps = steps.with_map("each", after(2, "done"), "source", max_concurrency=1)
    outcome = run(steps.with_map("items", lambda item: item, "source", max_concurrency=1))
    assert outcome.outputs["each"] == ["done"] * 3
    assert outcome.outputs["items"] == [1, 2, 3]


@pytest.mark.parametrize("options", [{"if_": {"source": {"b": 2}}}, {"if_not": {"source": {}}}, {"start_delay": 100}])
def test_anything_else_fails_before_a_condition_is_tested_or_a_delay_begins(
    run: Runner, options: dict[str, Any]
) -> None:
    steps = flow().with_step("source", lambda _: {"a": 1}).with_map("each", lambda item: item, "source", **options)
    outcome = run(steps)
    assert outcome.error is not None
    assert isinstance(outcome.error.__cause__, InvalidMapSourceError)
    assert outcome.took == 0
    assert [word for word in outcome.events.words if word.startswith("each")] == ["each failed"]


@pytest.mark.parametrize(
    ("options", "status"),
    [({"if_": {"each": [1]}}, "skipped"), ({"if_": {"each": []}}, "completed"), ({"if_not": {"each": []}}, "skipped")],
)
def test_a_condition_below_an_empty_map_is_tested(run: Runner, options: dict[str, Any], status: str) -> None:
    steps = flow().with_map("each", lambda item: item, "run").with_step("b", lambda _: 1, ["each"], **options)
    outcome = run(steps, [])
    assert outcome.steps == {"each": "completed", "b": status}
    assert outcome.events.words[1:3] == ["each started", "each completed"]


@pytest.mark.parametrize("source", [{"a": 1}, "text", 3, None, {1}])
def test_anything_else_has_none(run: Runner, source: Any) -> None:
    steps = (
        flow(when_exhausted="skip").with_step("source", lambda _: source).with_map("each", lambda item: item, "source")
    )
    outcome = run(steps)
    assert str(outcome.error) == (
        'flow "f": step "each" failed: InvalidMapSourceError: it maps over the output of '
        f'step "source", which is a {type(source).__name__}. Make it a list or a tuple.'
    )
    assert outcome.error is not None
    assert isinstance(outcome.error.__cause__, InvalidMapSourceError)
    outcome = run(flow().with_map("each", lambda item: item, "run"), source)
    assert str(outcome.error) == (
        'flow "f": step "each" failed: InvalidMapSourceError: it maps over the flow '
        f"input, which is a {type(source).__name__}. Make it a list or a tuple."
    )


def test_a_handler_knows_which_item_it_has_and_the_flow_input(run: Runner) -> None:
    def work(item: str, context: StepContext) -> tuple[str, int, object]:
        return item, context.task_index, context.flow_input

    outcome = run(flow().with_map("a", work, "run"), ["x", "y"])
    assert outcome.outputs == {"a": [("x", 0, ["x", "y"]), ("y", 1, ["x", "y"])]}


def test_each_item_has_its_own_attempts(run: Runner) -> None:
    tries: Counter[int] = Counter()

    async def work(item: int) -> int:
        tries[item] += 1
        if tries[item] <= item:
            raise ValueError("again")
        return tries[item]

    outcome = run(retrying().with_map("a", work, "run"), [0, 1, 2])
    assert outcome.outputs == {"a": [1, 2, 3]}
    assert [outcome.events.attempts("a", index) for index in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("mode", "outputs"),
    [
        ("skip", {"a": None, "b": [], "c": None}),
        ("skip_cascade", {"a": None, "b": None, "c": None}),
    ],
)
def test_one_item_that_is_exhausted_skips_the_step_and_drops_the_others(
    run: Runner, mode: str, outputs: dict[str, Any]
) -> None:
    async def work(item: int) -> int:
        await trio.sleep(item)
        if item == 2:
            raise ValueError("no")
        return item

    steps = flow().with_map("a", work, "run", max_attempts=1, when_exhausted=mode)
    steps = steps.with_map("b", lambda item: item, "a").with_step("c", lambda i: i["a"], ["a"])
    outcome = run(steps, [1, 2, 3, 4])
    assert outcome.outputs == outputs
    assert outcome.skipped["a"] == "handler_failed"
    assert outcome.took == 2
    tasks = [
        (event.task_index, event.status) for event in outcome.events if event.step == "a" and event.subject == "task"
    ]
    assert set(tasks[4:]) == {(0, "completed"), (1, "failed"), (2, "cancelled"), (3, "cancelled")}


def test_dropping_an_item_that_continues_does_not_affect_later_steps(run: Runner) -> None:
    async def work(item: int) -> None:
        if item == 0:
            await trio.sleep(1)
            raise ValueError("no")
        with trio.CancelScope(shield=True):
            await trio.sleep(2)

    # The last two steps get the places of the items that went on.
    steps = flow(max_attempts=1, timeout=5, when_exhausted="skip").with_map("items", work, "run")
    for slug in "abc":
        steps = steps.with_step(slug, forever, ["items"])
    outcome = run(steps, [0, 1, 2], max_concurrency=3, cancel_after=100)
    assert outcome.status == "completed"
    assert outcome.skipped == dict.fromkeys(["items", "a", "b", "c"], "handler_failed")
    assert outcome.took == 7


def test_one_item_that_is_exhausted_fails_the_run_and_is_named(run: Runner) -> None:
    steps = flow(max_attempts=2).with_map("a", raising(ValueError("no")), "run", max_concurrency=1)
    outcome = run(steps, ["x"])
    assert str(outcome.error) == 'flow "f": step "a" failed at item 0, at attempt 2: ValueError: no'
    assert outcome.error is not None
    assert (outcome.error.item, outcome.error.attempt) == (0, 2)


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_no_more_items_run_concurrently_than_the_step_allows(run: Runner, limit: int) -> None:
    running, most = 0, 0
    failed: set[int] = set()

    async def work(item: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            await trio.sleep(1)
            if item % 5 == 0 and item not in failed:
                failed.add(item)
                raise ValueError("again")
            return item
        finally:
            running -= 1

    steps = retrying().with_map("a", work, "run", max_concurrency=limit).with_step("b", after(1))
    outcome = run(steps, list(range(20)))
    assert outcome.outputs["a"] == list(range(20))
    assert most == min(limit, 20)


def test_an_item_that_waits_to_be_tried_again_takes_no_place(run: Runner) -> None:
    tries: Counter[int] = Counter()

    async def work(item: int) -> int:
        tries[item] += 1
        if item == 0 and tries[item] == 1:
            raise ValueError("again")
        await trio.sleep(1)
        return item

    outcome = run(retrying(base_delay=5).with_map("a", work, "run", max_concurrency=1), [0, 1, 2])
    assert outcome.times("task", "completed", "a") == [1, 2, 6]


def test_the_limit_of_the_run_holds_for_items_as_well(run: Runner) -> None:
    outcome = run(flow().with_map("a", after(1), "run"), [0] * 6, max_concurrency=2)
    assert outcome.took == 3


def test_a_hundred_thousand_items_are_never_as_many_tasks(run: Runner) -> None:
    most = 0

    async def work(item: int) -> int:
        nonlocal most
        if item % 100 == 0:
            most = max(most, trio.lowlevel.current_statistics().tasks_living)
        await trio.lowlevel.checkpoint()
        return item

    outcome = run(flow().with_map("a", work, "run"), list(range(100_000)))
    assert outcome.outputs["a"] == list(range(100_000))
    assert most < 150


def test_a_delayed_map_starts_late(run: Runner) -> None:
    outcome = run(flow().with_map("a", lambda item: item, "run", start_delay=3), [1])
    assert outcome.times("step", "started", "a") == [3]
    assert outcome.outputs == {"a": [1]}

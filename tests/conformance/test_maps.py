"""A map step has a task for each item, with an attempt count, a timeout and an output of its own."""

import asyncio
from array import array
from collections import Counter, UserList, deque
from collections.abc import Sequence
from typing import Any

import pytest
import trio

from tests.conformance.handlers import after, flow, forever, raising, retrying, untidy
from tests.conformance.runner import Runner
from typedflow import InvalidMapSourceError, PermanentError, StepContext


@pytest.mark.starts_over
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


@pytest.mark.unstorable
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


@pytest.mark.unstorable
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


@pytest.mark.parametrize(
    "options",
    [
        {"if_": {"source": {"b": 2}}},
        {"if_not": {"source": {}}},
        pytest.param(
            {"start_delay": 100},
            marks=pytest.mark.pgflow_differs("A wrong map source fails the step before the map"),
        ),
    ],
)
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


class Lines(Sequence[str]):
    """A sequence of the user's own."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        if index == 2:
            raise IndexError
        return f"line {index}"


class BrokenLines(Lines):
    def __getitem__(self, index: Any) -> Any:
        raise OSError("the file is gone")


@pytest.mark.unstorable
def test_every_sequence_has_items(run: Runner) -> None:
    steps = flow()
    for index, source in enumerate([range(2), deque([0, 1]), array("i", [0, 1]), UserList([0, 1]), Lines()]):
        steps = steps.with_step(f"source{index}", lambda _, source=source: source)
        steps = steps.with_map(f"each{index}", str, f"source{index}")
    outputs = run(steps).outputs
    assert [outputs[f"each{index}"] for index in range(5)] == [["0", "1"]] * 4 + [["line 0", "line 1"]]


@pytest.mark.unstorable
def test_a_sequence_that_cannot_be_read_fails_the_step(run: Runner) -> None:
    outcome = run(flow().with_map("each", str, "run"), BrokenLines())
    assert str(outcome.error) == 'flow "f": step "each" failed: OSError: the file is gone'


class Array:
    """As an array of NumPy or a series of pandas: no sequence."""

    def tolist(self) -> list[int]:
        return [1]


@pytest.mark.unstorable
@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ({"a": 1}, "Make it a list, such as list(....values()) or list(....items())."),
        ("text", "A string is not taken for a list of characters: put it into a list, or split it."),
        (b"text", "A string is not taken for a list of characters: put it into a list, or split it."),
        (3, "Make it a list or a tuple."),
        (None, "Make it a list or a tuple."),
        ({1}, "A set has no order: make it a list, such as sorted(...)."),
        pytest.param(Array(), "Make it a list: call its .tolist().", id="array"),
    ],
    ids=str,
)
def test_anything_else_has_none(run: Runner, source: Any, remedy: str) -> None:
    steps = (
        flow(when_exhausted="skip").with_step("source", lambda _: source).with_map("each", lambda item: item, "source")
    )
    outcome = run(steps)
    kind = type(source).__name__
    a = "an" if kind == "int" else "a"
    if kind == "Array":
        a = "an"
    assert str(outcome.error) == (
        'flow "f": step "each" failed: InvalidMapSourceError: it maps over the output of '
        f'step "source", which is {a} {kind}. {remedy}'
    )
    assert outcome.error is not None
    assert isinstance(outcome.error.__cause__, InvalidMapSourceError)
    outcome = run(flow().with_map("each", lambda item: item, "run"), source)
    assert str(outcome.error) == (
        'flow "f": step "each" failed: InvalidMapSourceError: it maps over the flow '
        f"input, which is {a} {kind}. {remedy}"
    )


@pytest.mark.unstorable
def test_an_iterator_has_no_items(run: Runner) -> None:
    outcome = run(flow().with_map("each", lambda item: item, "run"), iter([1]))
    assert str(outcome.error) == (
        'flow "f": step "each" failed: InvalidMapSourceError: it maps over the flow input, which is a list_iterator. '
        "An iterator can be read only once: make it a list."
    )


def test_with_dependencies_the_handler_takes_a_step_input_that_has_the_item(run: Runner) -> None:
    steps = flow().with_step("login", lambda _: "token").with_step("pages", lambda i: i["run"], ["login"])
    outcome = run(steps.with_map("page", lambda i: i, "pages", ["login"]), ["x", "y"])
    assert outcome.outputs["page"] == [{"run": ["x", "y"], "login": "token", "item": item} for item in "xy"]


@pytest.mark.unstorable
def test_the_source_is_in_it_if_it_is_named(run: Runner) -> None:
    steps = flow().with_step("pages", lambda i: i["run"])
    outcome = run(steps.with_map("page", lambda i: (i["item"], len(i["pages"])), "pages", ["pages"]), ["x", "y"])
    assert outcome.outputs["page"] == [("x", 2), ("y", 2)]
    outcome = run(steps.with_map("page", lambda i: i["pages"], "pages", []), ["x"])
    assert 'UndeclaredInputError: it reads "pages", which it does not depend on' in str(outcome.error)


def test_no_dependencies_give_a_step_input_with_the_item_and_the_flow_input(run: Runner) -> None:
    assert run(flow().with_map("m", lambda i: i, "run", []), [7]).outputs == {"m": [{"run": [7], "item": 7}]}


def test_each_item_has_a_step_input_of_its_own(run: Runner) -> None:
    def change(inputs: dict[str, Any], context: StepContext) -> tuple[int, int]:
        inputs["item"] += 1
        inputs["more"] = inputs.get("more", 0) + 1
        return inputs["item"], inputs["more"] + context.task_index

    assert run(flow().with_map("m", change, "run", []), [1, 2]).outputs == {"m": [(2, 1), (3, 2)]}


@pytest.mark.starts_over
def test_a_map_waits_for_all_its_dependencies(run: Runner) -> None:
    steps = flow().with_step("slow", after(5, "token")).with_step("pages", after(1, ["x"]))
    outcome = run(steps.with_map("page", lambda i: i["slow"] + i["item"], "pages", ["slow"]))
    assert outcome.outputs["page"] == ["tokenx"]
    assert outcome.times("step", "started", "page") == [5]


@pytest.mark.unstorable
def test_a_dependency_that_was_skipped_is_none_and_a_source_has_no_items(run: Runner) -> None:
    steps = flow().with_step("login", lambda _: "token", if_={"run": 0})
    steps = steps.with_map("page", lambda i: (i["item"], i["login"]), "run", ["login"])
    assert run(steps, [1]).outputs["page"] == [(1, None)]
    steps = flow().with_step("pages", lambda _: ["x"], if_=1).with_step("login", lambda _: "token")
    assert run(steps.with_map("page", lambda i: i, "pages", ["login"]), 0).outputs["page"] == []
    steps = flow().with_step("login", lambda _: "token", if_=1, when_unmet="skip_cascade")
    assert run(steps.with_map("page", lambda i: i, "run", ["login"]), [2]).skipped["page"] == "dependency_skipped"


@pytest.mark.starts_over
def test_an_item_that_is_exhausted_may_be_none_in_its_place(run: Runner) -> None:
    async def work(item: int) -> int:
        await trio.sleep(item)
        if item == 2:
            raise ValueError("no")
        return item

    steps = flow(max_attempts=2, base_delay=1).with_map("a", work, "run", when_exhausted="none")
    outcome = run(steps.with_step("b", lambda i: i["a"], ["a"]), [1, 2, 3])
    assert outcome.outputs == {"a": [1, None, 3], "b": [1, None, 3]}
    assert outcome.took == 5
    told = [(e.status, str(e.error)) for e in outcome.events if e.task_index == 1 and e.status != "started"]
    assert told[:2] == [("retrying", "no"), ("failed", "no")]
    assert outcome.steps == {"a": "completed", "b": "completed"}
    assert [e.output for e in outcome.events if (e.subject, e.status, e.step) == ("step", "completed", "a")] == [
        [1, None, 3]
    ]


@pytest.mark.parametrize("error", [PermanentError("gone"), asyncio.CancelledError(), BaseException("odd")])
def test_all_items_may_be_exhausted_for_whatever_reason(run: Runner, error: BaseException) -> None:
    steps = flow(max_attempts=1).with_map("a", raising(error), "run", when_exhausted="none", max_concurrency=1)
    assert run(steps.with_map("b", str, "a"), [1, 2]).outputs == {"a": [None, None], "b": ["None", "None"]}


def test_an_item_that_is_timed_out_may_be_none(run: Runner) -> None:
    steps = flow(max_attempts=1, timeout=2).with_map("a", trio.sleep, "run", when_exhausted="none")
    outcome = run(steps, [5, 1])
    assert outcome.outputs == {"a": [None, None]}
    assert outcome.events.words.count("a[0] failed") + outcome.events.words.count("a[1] completed") >= 0
    assert [event.status for event in outcome.events if event.task_index == 0] == ["started", "failed"]
    assert [event.status for event in outcome.events if event.task_index == 1] == ["started", "completed"]


def test_what_no_option_excuses_fails_the_run_even_so(run: Runner) -> None:
    def wrong(item: Any) -> int:
        return item  # type: ignore[no-any-return]

    outcome = run(flow().with_map("a", wrong, "run", when_exhausted="none"), [1, "x"])
    assert outcome.error is not None
    assert (outcome.error.step, outcome.error.item) == ("a", 1)
    outcome = run(flow(max_attempts=1).with_map("a", raising(SystemExit(3)), "run", when_exhausted="none"), [1])
    assert "SystemExit: 3" in str(outcome.error)


def test_an_item_fails_while_the_run_is_being_cancelled(run: Runner) -> None:
    outcome = run(flow().with_map("a", untidy, "run", when_exhausted="none"), [1, 2], cancel_after=1)
    assert outcome.status == "cancelled"


def test_a_handler_knows_which_attempt_is_the_last(run: Runner) -> None:
    def work(item: int, context: StepContext) -> str:
        if context.attempt < context.max_attempts:
            raise ValueError("again")
        return f"{context.attempt} of {context.max_attempts}"

    steps = flow(max_attempts=2, base_delay=1).with_map("a", work, "run").with_map("b", work, "run", max_attempts=3)
    assert run(steps, [0]).outputs == {"a": ["2 of 2"], "b": ["3 of 3"]}


def test_a_handler_knows_which_item_it_has_and_the_flow_input(run: Runner) -> None:
    def work(item: str, context: StepContext) -> tuple[str, int, object]:
        return item, context.task_index, context.flow_input

    outcome = run(flow().with_map("a", work, "run"), ["x", "y"])
    assert outcome.outputs == {"a": [("x", 0, ["x", "y"]), ("y", 1, ["x", "y"])]}


@pytest.mark.starts_over
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


@pytest.mark.starts_over
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


@pytest.mark.starts_over
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


@pytest.mark.starts_over
@pytest.mark.equal_items
def test_the_limit_of_the_run_holds_for_items_as_well(run: Runner) -> None:
    outcome = run(flow().with_map("a", after(1), "run"), [0] * 6, max_concurrency=2)
    assert outcome.took == 3


@pytest.mark.pgflow_differs("Items are rows of a table", run=False)
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

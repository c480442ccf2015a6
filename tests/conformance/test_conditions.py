"""A step whose condition does not hold is not tried."""

import asyncio
import traceback
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.handlers import flow, raising, raising_in_place
from tests.conformance.runner import Runner
from typedflow import ConditionUnmetError, NoJsonFormError, PredicateError, UndeclaredInputError


def test_a_root_step_tests_the_flow_input(run: Runner) -> None:
    steps = (
        flow().with_step("a", lambda _: 1, if_={"kind": "gift"}).with_step("b", lambda _: 2, if_not={"kind": "gift"})
    )
    assert run(steps, {"kind": "gift", "to": "you"}).outputs == {"a": 1, "b": None}
    assert run(steps, {"kind": "sale"}).outputs == {"a": None, "b": 2}
    assert run(steps, {"kind": "sale"}).skipped == {"a": "condition_unmet"}


def test_any_other_step_tests_its_dependencies(run: Runner) -> None:
    steps = flow().with_step("a", lambda i: {"n": i["run"]}).with_step("b", lambda i: [i["run"]])
    steps = steps.with_step("c", lambda _: "c", ["a", "b"], if_={"a": {"n": 1}, "b": [1]})
    assert run(steps, 1).outputs["c"] == "c"
    assert run(steps, 2).outputs["c"] is None


def test_both_halves_have_to_hold(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, if_={"x": 1}, if_not={"y": 2})
    assert [run(steps, given).outputs["a"] for given in ({"x": 1}, {"x": 1, "y": 2}, {"y": 2}, {"y": 3})] == [
        1, None, None, None
    ]  # fmt: skip


def test_nothing_is_something_that_everything_contains(run: Runner) -> None:
    assert run(flow().with_step("a", lambda _: 1, if_={}), {"x": 1}).outputs == {"a": 1}
    assert run(flow().with_step("a", lambda _: 1, if_=None), None).outputs == {"a": 1}
    assert run(flow().with_step("a", lambda _: 1, if_=None), 0).outputs == {"a": None}


def test_what_was_skipped_is_not_there_to_be_tested(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: {"x": 1}, if_={"go": True})
    steps = steps.with_step("fallback", lambda _: "instead", ["a"], if_not={"a": {}})
    assert run(steps, {"go": True}).outputs == {"a": {"x": 1}, "fallback": None}
    assert run(steps, {"go": False}).outputs == {"a": None, "fallback": "instead"}


def test_an_unmet_condition_may_fail_the_run(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, if_={"x": 1}, when_unmet="fail")
    outcome = run(steps, {"x": 2})
    assert str(outcome.error) == (
        'flow "f": step "a" failed: ConditionUnmetError: the condition is unmet: the '
        "tested value does not contain if_={'x': 1}, and when_unmet is \"fail\"."
    )
    assert outcome.error is not None
    assert isinstance(outcome.error.__cause__, ConditionUnmetError)
    assert outcome.error.attempt == 0
    steps = flow().with_step("a", lambda _: 1).with_step("b", lambda _: 1, ["a"], if_not={"a": 1}, when_unmet="fail")
    assert "the tested value contains if_not={'a': 1}" in str(run(steps).error)


def test_of_several_that_fail_the_first_in_the_order_of_definition_is_named(run: Runner) -> None:
    steps = flow()
    for slug in "abc":
        steps = steps.with_step(slug, lambda _: 1, if_={"x": 1}, when_unmet="fail")
    outcome = run(steps, {})
    assert outcome.error is not None
    assert outcome.error.step == "a"
    assert outcome.steps == {"a": "failed"}


@pytest.mark.parametrize(
    ("options", "runs"),
    [
        ({"if_": {"a": 1}}, True),
        ({"if_": {"a": 2}}, False),
        ({"if_not": {"a": 2}}, True),
        ({"if_not": {"a": 1}}, False),
        ({"if_": {"a": 1}, "if_not": {"b": 2}}, True),
        ({"if_": {"a": 1}, "if_not": {"a": 1}}, False),
        ({"if_": None}, False),
        ({"if_not": None}, True),
        ({"if_": {"run": {"a": 1}}}, True),
        ({"if_not": {"run": {"a": 1}}}, False),
        ({"if_": lambda i: i["run"]["a"] == 1}, True),
        ({"if_": lambda i: i["run"]["a"] == 2}, False),
        ({"if_not": lambda i: i["run"]["a"] == 2}, True),
        ({"if_not": lambda i: i["run"]["a"] == 1}, False),
        ({"if_": {"a": 1}, "if_not": lambda i: i["run"]["a"] > 1}, True),
        ({"if_": lambda i: i["run"]["a"] < 2, "if_not": {"a": 1}}, False),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else str(value),
)
def test_every_half_has_to_hold_whether_it_is_a_pattern_or_a_predicate(
    run: Runner, options: dict[str, Any], *, runs: bool
) -> None:
    outcome = run(flow().with_step("step", lambda _: 1, **options), {"a": 1})
    assert outcome.skipped == ({} if runs else {"step": "condition_unmet"})


def test_any_step_may_test_the_flow_input(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: {"n": 1})
    steps = steps.with_step("b", lambda _: "b", ["a"], if_={"run": {"full": True}, "a": {"n": 1}})
    steps = steps.with_map("m", lambda item: item, "run", if_={"run": {"full": True}})
    steps = steps.with_step("c", lambda _: "c", ["a"], if_not={"run": {"full": True}})
    failed = run(steps, {"full": True})
    assert failed.error is not None  # a map over a dict
    steps = flow().with_step("a", lambda _: {"n": 1}, if_={"run": {"full": True}})
    steps = steps.with_step("b", lambda _: "b", ["a"], if_={"run": {"full": True}, "a": {"n": 1}})
    steps = steps.with_step("c", lambda _: "c", ["a"], if_not={"run": {"full": True}})
    assert run(steps, {"full": True}).outputs == {"a": {"n": 1}, "b": "b", "c": None}
    assert run(steps, {"full": False}).outputs == {"a": None, "b": None, "c": "c"}


@pytest.mark.starts_over
def test_a_predicate_takes_the_step_input_once(run: Runner) -> None:
    seen: list[Any] = []

    def is_due(inputs: Any) -> bool:
        seen.append(dict(inputs))
        return "a" in inputs

    steps = flow().with_step("a", lambda _: 1).with_step("pages", lambda _: ["x", "y"])
    steps = steps.with_step("b", raising(ValueError(), times=1, output="b"), ["a"], if_=is_due, max_attempts=2)
    steps = steps.with_map("m", lambda item: item, "pages", if_not=is_due)
    outputs = run(steps, "input").outputs
    assert (outputs["b"], outputs["m"]) == ("b", ["x", "y"])
    assert sorted(seen, key=str) == [{"run": "input", "a": 1}, {"run": "input", "pages": ["x", "y"]}]


def test_what_was_skipped_is_none_to_a_predicate(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, if_={"run": 1})
    steps = steps.with_step("fallback", lambda _: "instead", ["a"], if_=lambda i: i["a"] is None)
    assert run(steps, 1).outputs == {"a": 1, "fallback": None}
    assert run(steps, 0).outputs == {"a": None, "fallback": "instead"}


def test_an_unmet_predicate_may_fail_the_run(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, if_=lambda i: i["run"] > 1, when_unmet="fail")
    assert str(run(steps, 1).error) == (
        'flow "f": step "a" failed: ConditionUnmetError: the condition is unmet: if_ returned False, and when_unmet '
        'is "fail".'
    )


def test_a_predicate_that_raises_fails_its_step_once(run: Runner) -> None:
    steps = flow(when_exhausted="skip").with_step("a", lambda _: 1)
    outcome = run(steps.with_step("b", lambda _: 1, ["a"], if_not=lambda i: i["nope"], when_unmet="skip"))
    assert str(outcome.error) == (
        'flow "f": step "b" failed: PredicateError: if_not raised UndeclaredInputError: it reads "nope", which it does '
        'not depend on; it depends on "a". Add "nope" to depends_on.'
    )
    assert outcome.error is not None
    assert outcome.error.attempt == 0
    assert outcome.events.words[-2:] == ["b failed", "run failed"]
    cause = outcome.error.__cause__
    assert isinstance(cause, PredicateError)
    assert isinstance(cause.__cause__, UndeclaredInputError)
    own = traceback.extract_tb(cause.__cause__.__traceback__)
    assert own[0].filename == __file__, "its traceback begins in the predicate"


async def _true() -> bool:
    return True


@pytest.mark.parametrize(
    ("predicate", "what"),
    [
        (lambda _: None, "returned None, which is not a bool. Compare it, or call bool() on it."),
        (lambda _: [1], "returned [1], which is not a bool. Compare it, or call bool() on it."),
        (
            lambda _: _true(),
            "returned an awaitable, but a predicate is called in place and is not awaited. Return a bool.",
        ),
        (raising_in_place(SystemExit(3)), "raised SystemExit: 3"),
        (raising_in_place(asyncio.CancelledError()), "raised CancelledError"),
    ],
    ids=["none", "list", "awaitable", "exit", "cancelled"],
)
def test_a_predicate_returns_a_bool(run: Runner, predicate: Any, what: str) -> None:
    outcome = run(flow().with_step("a", lambda _: 1, if_=predicate))
    assert str(outcome.error) == f'flow "f": step "a" failed: PredicateError: if_ {what}'


def test_a_bool_of_numpy_is_one(run: Runner) -> None:
    numpy = pytest.importorskip("numpy")
    steps = flow().with_step("a", lambda _: 1, if_=lambda i: numpy.int64(i["run"]) > 1)
    assert [run(steps, given).outputs["a"] for given in (1, 2)] == [None, 1]


variable: ContextVar[str] = ContextVar("variable", default="unset")


def test_a_predicate_sees_the_context_variables_of_the_caller_and_changes_none(run: Runner) -> None:
    def is_set(_: Any) -> bool:
        was, _token = variable.get(), variable.set("changed")
        return was == "by the caller"

    token = variable.set("by the caller")
    try:
        steps = flow().with_step("a", lambda _: variable.get(), if_=is_set)
        outcome = run(steps.with_step("b", lambda _: variable.get(), if_=is_set))
    finally:
        variable.reset(token)
    assert outcome.outputs == {"a": "by the caller", "b": "by the caller"}


def test_a_predicate_of_a_map_tests_its_dependencies_and_no_item(run: Runner) -> None:
    steps = flow().with_step("login", lambda _: "token").with_step("pages", lambda i: i["run"])
    steps = steps.with_map(
        "page", lambda i: i["item"], "pages", ["login"], if_=lambda i: len(i["pages"]) > 1 and i["login"] == "token"
    )
    assert run(steps, [1, 2]).outputs["page"] == [1, 2]
    assert run(steps, [1]).outputs["page"] is None
    steps = steps.with_map("item", lambda i: i, "pages", if_=lambda i: "item" not in i)
    assert run(steps, [1]).outputs["item"] == [1]


def test_a_wrong_map_source_fails_before_a_predicate_is_called(run: Runner) -> None:
    outcome = run(flow().with_map("m", lambda item: item, "run", if_=raising_in_place(ValueError())), {"a": 1})
    assert "InvalidMapSourceError" in str(outcome.error)


@dataclass
class Order:
    number: int
    tags: tuple[str, ...]


@pytest.mark.unstorable
def test_values_are_compared_in_their_json_form(run: Runner) -> None:
    steps = flow().with_step("order", lambda _: Order(3, ("new", "gift")))
    steps = steps.with_step("a", lambda _: 1, ["order"], if_={"order": {"number": 3.0, "tags": ["gift"]}})
    assert run(steps).outputs["a"] == 1


@pytest.mark.unstorable
def test_a_value_without_a_json_form_fails_the_step_that_tests_it(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: object()).with_step("b", lambda _: 1, ["a"], if_={"a": 1})
    outcome = run(steps.with_step("c", lambda _: 1, ["a"]))
    assert outcome.error is not None
    assert (outcome.error.step, type(outcome.error.__cause__)) == ("b", NoJsonFormError)
    # What no pattern names is not looked at.
    steps = flow().with_step("a", lambda _: object()).with_step("b", lambda _: 1)
    assert run(steps.with_step("c", lambda _: 1, ["a", "b"], if_={"b": 1})).outputs["c"] == 1


def test_a_condition_is_tested_before_any_delay_and_any_attempt(run: Runner) -> None:
    outcome = run(
        flow().with_step("a", raising(ValueError()), if_={"x": 1}, start_delay=100, when_exhausted="fail"), {}
    )
    assert outcome.took == 0
    assert outcome.events.words == ["run started", "a skipped", "run completed"]


@pytest.mark.parametrize("given", [[1, 2], [3]])
def test_a_map_tests_what_it_maps_over(run: Runner, given: Any) -> None:
    steps = flow().with_map("root", lambda item: item, "run", if_=[1])
    steps = steps.with_step("source", lambda i: i["run"]).with_map(
        "m", lambda item: item, "source", if_={"source": [1]}
    )
    outputs = run(steps, given).outputs
    assert outputs["root"] == outputs["m"] == (given if 1 in given else None)

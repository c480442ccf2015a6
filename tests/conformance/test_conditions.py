"""A step whose condition does not hold is not tried."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.conformance.handlers import flow, raising
from tests.conformance.runner import Runner
from typedflow import ConditionUnmetError, NoJsonFormError


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


@dataclass
class Order:
    number: int
    tags: tuple[str, ...]


def test_values_are_compared_in_their_json_form(run: Runner) -> None:
    steps = flow().with_step("order", lambda _: Order(3, ("new", "gift")))
    steps = steps.with_step("a", lambda _: 1, ["order"], if_={"order": {"number": 3.0, "tags": ["gift"]}})
    assert run(steps).outputs["a"] == 1


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

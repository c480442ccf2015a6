"""What becomes of the steps around one that is skipped."""

from typing import Any

import pytest

from tests.conformance.handlers import after, flow, raising, retrying
from tests.conformance.runner import Runner

NO: dict[str, Any] = {"if_": {"never": True}}


def test_dependents_of_a_skipped_step_are_handed_none(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, **NO).with_step("b", lambda i: dict(i), ["a"])  # noqa: PLW0108
    outcome = run(steps, 5)
    assert outcome.outputs == {"a": None, "b": {"run": 5, "a": None}}
    assert outcome.skipped == {"a": "condition_unmet"}
    assert [event.status for event in outcome.events if event.step == "a"] == ["skipped"]


def test_a_cascade_skips_all_that_depend_on_it_at_any_depth(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, **NO, when_unmet="skip_cascade").with_step("other", lambda _: 2)
    steps = steps.with_step("b", lambda _: 3, ["a", "other"]).with_step("c", lambda _: 4, ["b"])
    steps = steps.with_step("d", lambda _: 5, ["other"]).with_map("e", lambda item: item, "c")
    outcome = run(steps)
    assert outcome.outputs == {"a": None, "other": 2, "b": None, "c": None, "d": 5, "e": None}
    assert outcome.skipped == {
        "a": "condition_unmet",
        "b": "dependency_skipped",
        "c": "dependency_skipped",
        "e": "dependency_skipped",
    }


@pytest.mark.pgflow_differs("A cascade waits for all dependencies")
def test_a_cascade_does_not_wait_for_other_dependencies_which_go_on(run: Runner) -> None:
    steps = flow(max_attempts=1).with_step("slow", after(10, "slow"))
    steps = steps.with_step("bad", raising(ValueError("no")), when_exhausted="skip_cascade")
    steps = steps.with_step("both", lambda _: 1, ["slow", "bad"]).with_step("last", lambda i: i["slow"], ["slow"])
    outcome = run(steps)
    assert outcome.outputs == {"slow": "slow", "bad": None, "both": None, "last": "slow"}
    assert outcome.times("step", "skipped", "both") == [0]


def test_two_cascades_may_meet(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1, **NO, when_unmet="skip_cascade")
    steps = steps.with_step("b", lambda _: 1, **NO, when_unmet="skip_cascade").with_step("c", lambda _: 1, ["a", "b"])
    outcome = run(steps)
    assert outcome.skipped == {"a": "condition_unmet", "b": "condition_unmet", "c": "dependency_skipped"}
    assert len([event for event in outcome.events if event.step == "c"]) == 1


@pytest.mark.parametrize(
    ("mode", "outputs"), [("skip", {"a": None, "b": 2, "c": 3}), ("skip_cascade", {"a": None, "b": None, "c": 3})]
)
def test_an_exhausted_step_may_be_skipped(run: Runner, mode: str, outputs: dict[str, Any]) -> None:
    steps = retrying().with_step("a", raising(ValueError("no")), when_exhausted=mode)
    outcome = run(steps.with_step("b", lambda _: 2, ["a"]).with_step("c", lambda _: 3))
    assert outcome.outputs == outputs
    assert outcome.events.attempts("a") == 3
    assert outcome.skipped["a"] == "handler_failed"
    (skipped,) = (event for event in outcome.events if event.step == "a" and event.status == "skipped")
    assert str(skipped.error) == "no"


def test_a_step_with_a_condition_that_holds_may_still_be_exhausted(run: Runner) -> None:
    steps = flow().with_step(
        "a", raising(ValueError("no")), if_={"x": 1}, when_unmet="skip_cascade", when_exhausted="skip", max_attempts=1
    )
    steps = steps.with_step("b", lambda i: i["a"] is None, ["a"])
    assert run(steps, {"x": 1}).outputs == {"a": None, "b": True}
    assert run(steps, {"x": 2}).outputs == {"a": None, "b": None}


def test_a_map_over_a_skipped_step_has_no_items(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: [1], **NO).with_map("b", lambda item: item, "a")
    outcome = run(steps.with_step("c", lambda i: i["b"], ["b"]))
    assert outcome.outputs == {"a": None, "b": [], "c": []}


def test_a_run_whose_every_step_is_skipped_completes(run: Runner) -> None:
    outcome = run(flow().with_step("a", lambda _: 1, **NO).with_step("b", lambda _: 1, **NO))
    assert (outcome.status, outcome.outputs) == ("completed", {"a": None, "b": None})


def test_a_long_chain_of_skipped_steps(run: Runner) -> None:
    steps = flow().with_step("s0", lambda _: 1, **NO)
    for i in range(1, 500):
        steps = steps.with_step(f"s{i}", lambda _: 1, [f"s{i - 1}"], if_={f"s{i - 1}": 1})
    assert set(run(steps).outputs.values()) == {None}

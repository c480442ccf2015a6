"""A part of a flow, and two flows that were joined, run as any flow does."""

from typing import Any

import pytest

from tests.conformance.handlers import flow
from tests.conformance.runner import Runner
from typedflow import Flow, ParentTask
from typedflow._definition.parts import include, up_to


def failing(_: Any) -> None:
    raise ValueError("no part of the part")


def test_a_part_runs_the_named_steps_and_their_ancestors_only(run: Runner) -> None:
    steps = flow(max_attempts=1).with_step("words", lambda i: i["run"].split()).with_map("long", len, "words")
    steps = steps.with_step("broken", failing, ["words"]).with_step("sum", lambda i: sum(i["long"]), ["long"])
    steps = steps.with_step("last", lambda i: i["sum"] + 1, ["sum"])
    assert run(steps, "a bc").status == "failed"
    outcome = run(up_to(steps, ["sum"]), "a bc")
    assert (outcome.status, outcome.outputs) == ("completed", {"words": ["a", "bc"], "long": [1, 2], "sum": 3})
    assert outcome.steps == {"words": "completed", "long": "completed", "sum": "completed"}


def test_conditions_and_skips_are_those_of_the_flow(run: Runner) -> None:
    steps = flow().with_step("a", lambda _: 1).with_step("b", lambda _: 2, ["a"], if_={"a": 2}).with_step("z", failing)
    cascade = steps.with_step("c", lambda _: 3, ["a"], if_={"a": 2}, when_unmet="skip_cascade")
    cascade = cascade.with_step("d", lambda i: i["b"], ["b"]).with_step("e", lambda _: 4, ["c"])
    outcome = run(up_to(cascade, ["d", "e"]))
    assert outcome.outputs == {"a": 1, "b": None, "c": None, "d": None, "e": None}
    assert outcome.skipped == {"b": "condition_unmet", "c": "condition_unmet", "e": "dependency_skipped"}


@pytest.mark.unstorable
def test_joined_flows_run_as_one(run: Runner) -> None:
    first = flow().with_step("a", lambda i: i["run"] + 1)
    second = flow().with_step("b", lambda i: [i["run"]] * 2).with_map("items", lambda item: -item, "b")
    joined = include(first, second).with_step("c", lambda i: (i["a"], i["items"]), ["a", "items"])
    assert run(joined, 5).outputs == {"a": 6, "b": [5, 5], "items": [-5, -5], "c": (6, [-5, -5])}
    assert run(second, 5).outputs == {"b": [5, 5], "items": [-5, -5]}


@pytest.mark.starts_over
def test_the_events_of_a_flow_that_is_a_handler_name_the_task(run: Runner) -> None:
    inner = Flow("inner", str).step("upper", lambda i: i["run"].upper())
    outcome = run(flow().with_map("each", inner.run, "run"), ["a", "b"])
    assert outcome.outputs == {"each": [{"upper": "A"}, {"upper": "B"}]}
    assert outcome.steps == {"each": "completed"}
    of_inner = [event for event in outcome.events if event.flow == "inner"]
    run_id = outcome.events[0].run_id
    # A handle on a run, and a journal, have the events of the run itself only.
    parents = {ParentTask("f", run_id, "each", 0, 1), ParentTask("f", run_id, "each", 1, 1)} if of_inner else set()
    assert {event.parent for event in of_inner} == parents


@pytest.mark.starts_over
def test_a_flow_that_is_a_handler_fails_its_step_and_is_run_again(run: Runner) -> None:
    inner = Flow("inner", str).step("broken", failing)
    outcome = run(flow(max_attempts=2, base_delay=1).with_step("part", lambda i: inner.run(i["run"])), "a")
    assert str(outcome.error) == (
        'flow "f": step "part" failed at attempt 2: StepFailedError: flow "inner": step "broken" failed at attempt 1: '
        "ValueError: no part of the part"
    )
    ends = [event.parent for event in outcome.events if event.flow == "inner" and event.subject == "run"]
    assert [parent.attempt for parent in ends if parent] in ([], [1, 1, 2, 2])

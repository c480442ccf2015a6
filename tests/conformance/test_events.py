"""Every change of a run, its steps and its tasks is told, in order, with all that is known of it."""

from typing import Any

import pytest

from tests.conformance.handlers import after, flow, raising
from tests.conformance.runner import Outcome, Runner
from typedflow import FlowDefinition

NO: dict[str, Any] = {"if_": {"never": True}}


def test_steps_one_after_the_other(run: Runner) -> None:
    assert run(flow().with_step("a", after(1)).with_step("b", after(1), ["a"])).events.words == [
        "run started",
        "a started",
        "a[0] started 1",
        "a[0] completed 1",
        "a completed",
        "b started",
        "b[0] started 1",
        "b[0] completed 1",
        "b completed",
        "run completed",
    ]


def test_an_attempt_that_fails_and_one_that_does_not(run: Runner) -> None:
    error = ValueError("no")
    outcome = run(flow(max_attempts=3, base_delay=4).with_step("a", raising(error, times=1)))
    assert outcome.events.words == [
        "run started",
        "a started",
        "a[0] started 1",
        "a[0] retrying 1",
        "a[0] started 2",
        "a[0] completed 2",
        "a completed",
        "run completed",
    ]
    retrying = outcome.events[3]
    assert (retrying.error, retrying.delay, retrying.reason) == (error, 4, None)


def test_events_have_what_was_put_in_and_what_came_out(run: Runner) -> None:
    steps = flow().with_step("a", lambda i: [i["run"], 2]).with_step("b", lambda i: sum(i["a"]), ["a"])
    outcome = run(steps.with_map("c", lambda item: -item, "a"), 1)
    given = {(event.subject, event.step, event.task_index): event.input for event in outcome.events if event.input}
    assert given == {
        ("run", None, None): 1,
        ("step", "a", None): {"run": 1},
        ("task", "a", 0): {"run": 1},
        ("step", "b", None): {"run": 1, "a": [1, 2]},
        ("task", "b", 0): {"run": 1, "a": [1, 2]},
        ("step", "c", None): [1, 2],
        ("task", "c", 0): 1,
        ("task", "c", 1): 2,
    }
    found = {(event.subject, event.step, event.task_index): event.output for event in outcome.events if event.output}
    assert found == {
        ("task", "a", 0): [1, 2],
        ("step", "a", None): [1, 2],
        ("task", "b", 0): 3,
        ("step", "b", None): 3,
        ("task", "c", 0): -1,
        ("task", "c", 1): -2,
        ("step", "c", None): [-1, -2],
        ("run", None, None): {"a": [1, 2], "b": 3, "c": [-1, -2]},
    }


def test_a_handler_that_changes_its_input_does_not_change_that_of_the_event(run: Runner) -> None:
    outcome = run(flow().with_step("a", lambda i: i.pop("run")), 1)
    assert [event.input for event in outcome.events if event.step and event.input] == [{"run": 1}, {"run": 1}]


def test_an_event_shows_what_it_has(run: Runner) -> None:
    outcome = run(flow().with_step("a", lambda _: None))
    event = outcome.events[0]
    assert repr(event) == (
        f"Event(subject='run', status='started', flow='f', run_id={event.run_id!r}, time={event.time!r}, "
        f"monotonic={event.monotonic!r})"
    )


def test_the_items_of_a_map(run: Runner) -> None:
    outcome = run(flow().with_map("a", lambda item: item, "run", max_concurrency=1), ["x", "y"])
    assert outcome.events.words == [
        "run started",
        "a started",
        "a[0] started 1",
        "a[0] completed 1",
        "a[1] started 1",
        "a[1] completed 1",
        "a completed",
        "run completed",
    ]
    assert [event.items for event in outcome.events] == [None, 2, *[None] * 6]


def test_a_map_without_items_has_no_tasks(run: Runner) -> None:
    assert run(flow().with_map("a", after(1), "run"), []).events.words == [
        "run started", "a started", "a completed", "run completed"
    ]  # fmt: skip


def test_a_cascade_skips_from_above_to_below(run: Runner) -> None:
    steps = flow().with_step("a", after(1), **NO, when_unmet="skip_cascade").with_step("b", after(1), ["a"])
    outcome = run(steps.with_step("c", after(1), ["b"]))
    assert outcome.events.words == ["run started", "a skipped", "b skipped", "c skipped", "run completed"]
    assert [event.reason for event in outcome.events] == [
        None, "condition_unmet", "dependency_skipped", "dependency_skipped", None
    ]  # fmt: skip


def test_a_step_that_is_skipped_as_it_failed(run: Runner) -> None:
    error = ValueError("no")
    outcome = run(flow(max_attempts=1, when_exhausted="skip").with_step("a", raising(error)))
    assert [(event.subject, event.status, event.error) for event in outcome.events] == [
        ("run", "started", None),
        ("step", "started", None),
        ("task", "started", None),
        ("task", "failed", error),
        ("step", "skipped", error),
        ("run", "completed", None),
    ]


def test_a_step_that_fails_the_run(run: Runner) -> None:
    error = ValueError("no")
    outcome = run(flow(max_attempts=1).with_step("a", raising(error)))
    assert [(event.subject, event.status, repr(event.error)) for event in outcome.events] == [
        ("run", "started", "None"),
        ("step", "started", "None"),
        ("task", "started", "None"),
        ("task", "failed", repr(error)),
        ("step", "failed", repr(error)),
        ("run", "failed", repr(outcome.error)),
    ]


def completed(run: Runner) -> Outcome:
    return run(everything(), {"items": [1, 2]})


def failed(run: Runner) -> Outcome:
    return run(everything().with_step("bad", raising(ValueError("no")), max_attempts=1, start_delay=3), {"items": [1]})


def cancelled(run: Runner) -> Outcome:
    return run(everything(), {"items": [1, 2]}, cancel_after=4)


def everything() -> FlowDefinition:
    """Steps of which each has something else happen to it."""
    steps = flow().with_step("items", lambda i: i["run"]["items"]).with_step("skipped", after(1), **NO)
    steps = steps.with_map("each", after(2, "done"), "items", max_concurrency=1)
    steps = steps.with_step("retried", raising(ValueError("no"), times=1), max_attempts=2)
    steps = steps.with_step("slow", after(9), ["skipped"])
    return steps.with_step("exhausted", raising(ValueError("no")), max_attempts=2, when_exhausted="skip_cascade")


@pytest.mark.parametrize("ends", [completed, failed, cancelled])
def test_the_events_of_a_run_agree_with_each_other_however_it_ends(run: Runner, ends: Any) -> None:
    outcome = ends(run)
    assert outcome.status == ends.__name__
    first, *between, last = outcome.events
    assert (first.subject, first.status) == ("run", "started")
    assert (last.subject, last.status) == ("run", outcome.status)
    assert {(event.flow, event.run_id) for event in outcome.events} == {("f", first.run_id)}
    for step in {event.step for event in outcome.events}:
        times = [(event.monotonic, event.time) for event in outcome.events if event.step == step]
        assert times == sorted(times)
    open_ones: set[tuple[str | None, int | None]] = set()
    for event in between:
        key = event.step, event.task_index
        assert event.subject == ("step" if event.task_index is None else "task")
        assert (event.attempt is None) == (event.subject == "step")
        assert (event.reason is not None) == (event.status == "skipped")
        assert (event.delay is not None) == (event.status == "retrying")
        if event.status == "started":
            assert key not in open_ones
            open_ones.add(key)
        else:
            assert key in open_ones or event.reason in {"condition_unmet", "dependency_skipped"}
            open_ones.discard(key)
    assert open_ones == set()

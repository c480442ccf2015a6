"""What programs ask of a run that they do not execute: to retry it, to deliver an output, to delete it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.stores.runs import ERROR, NOON, completed, created, ended, new_run, task, value
from typedflow.exceptions import (
    DeliveryError,
    RunClaimedError,
    RunEndedError,
    RunExistsError,
    RunLostError,
    StoreError,
    UnknownRunError,
    UnknownStepError,
)
from typedflow.stores import StoredValue, Transition

if TYPE_CHECKING:
    from typedflow.stores import Store

NEXT_YEAR = 4_000_000_000.0


def failed_run(store: Store) -> None:
    claim = created(store).claim
    store.commit(
        claim,
        [
            completed("page", "text"),
            Transition("step", "started", NOON, "words", items=3),
            completed("words", "a"),
            task("words", "started", index=1),
            task("words", "started", index=2),
            task("words", "failed", index=1, attempt=3, error=ERROR),
            Transition("step", "failed", NOON, "words", error=ERROR),
            ended("failed"),
        ],
    ).result(30)


def tasks(store: Store) -> list[tuple[str, int, str, int]]:
    return [(task.step, task.task_index, task.status, task.attempt) for task in store.tasks("run-1")]


def steps(store: Store) -> dict[str, str]:
    return {step.step: step.status for step in store.steps("run-1")}


def test_a_failed_run_is_retried_from_its_failed_tasks(store: Store) -> None:
    failed_run(store)

    run = store.retry("run-1")

    assert (run.status, run.error, run.ended_at, run.is_interrupted) == ("started", None, None, True)
    assert tasks(store) == [
        ("page", 0, "completed", 1),
        ("words", 0, "completed", 1),
        ("words", 1, "queued", 0),
        ("words", 2, "queued", 0),
    ]
    assert steps(store) == {"page": "completed", "words": "started"}
    assert [failure.attempt for failure in store.failures("run-1")] == [3]


def test_a_completed_run_is_retried_from_a_step_on(store: Store) -> None:
    claim = created(store).claim
    skipped = Transition("step", "skipped", NOON, "words", reason="condition_unmet")
    store.commit(claim, [completed("page", 1), skipped, completed("approval", 2)]).result(30)
    store.commit(claim, [completed("report", 3), ended("completed")]).result(30)

    with pytest.raises(RunEndedError, match=r'run "run-1" of flow "website" has ended: it is completed.'):
        store.retry("run-1")

    assert store.retry("run-1", ["words"]).status == "started"
    assert steps(store) == {"page": "completed", "approval": "completed"}
    assert store.claim("run-1").result(30).claim.epoch == 2


def test_a_retried_run_has_its_time_anew(store: Store) -> None:
    claim = store.create(replace(new_run(), deadline=NOON + 60)).result(30).claim
    store.commit(claim, [ended("failed")]).result(30)

    deadline = store.retry("run-1").deadline

    assert deadline is not None
    assert deadline - timedelta(seconds=60) > store.run("run-1").created_at


def test_what_cannot_be_retried(store: Store) -> None:
    claim = created(store).claim
    with pytest.raises(RunClaimedError):
        store.retry("run-1")
    store.commit(claim, [ended("failed")]).result(30)
    with pytest.raises(UnknownStepError, match=r'step "word": the flow has no such step. Did you mean "words"?'):
        store.retry("run-1", ["word"])


def test_an_output_is_delivered_to_a_step_that_waits(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [task("approval", "waiting", due=NEXT_YEAR)]).result(30)
    delivered = Event()
    store.watch(claim, delivered.set)

    store.deliver("run-1", "approval", value({"ok": True}))

    [found] = store.tasks("run-1")
    assert (found.status, found.output, found.due) == ("completed", value({"ok": True}), None)
    assert delivered.wait(30)


def test_an_early_delivery_is_used_when_the_step_begins(store: Store) -> None:
    claim = created(store).claim
    store.deliver("run-1", "approval", value("early"))
    assert store.tasks("run-1") == []
    delivered = Event()
    store.watch(claim, delivered.set)

    store.commit(claim, [task("approval", "waiting")]).result(30)

    assert delivered.wait(30)
    [found] = store.tasks("run-1")
    assert (found.status, found.output) == ("completed", value("early"))


def test_a_delivery_wins_over_a_timeout_that_comes_later(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [task("approval", "waiting")]).result(30)
    store.deliver("run-1", "approval", value(1))

    with pytest.raises(DeliveryError, match=r'step "approval": its output was delivered in the meantime.'):
        store.commit(claim, [task("approval", "failed", error=ERROR)]).result(30)

    assert tasks(store) == [("approval", 0, "completed", 0)]
    assert store.failures("run-1") == []


@pytest.mark.parametrize(
    ("transitions", "reason"),
    [
        ([task("approval", "waiting", due=NOON)], "it has timed out, at 2025-12-01 12:00:00+00:00."),
        ([task("approval", "failed", error=ERROR)], "it has timed out."),
        ([completed("approval", 1)], "it has its output already. An output is delivered once."),
        ([completed("approval", 1), ended("completed")], "it has its output already. An output is delivered once."),
        ([Transition("step", "skipped", NOON, "approval", reason="condition_unmet")], "it was skipped."),
        ([ended("cancelled")], "the run has ended: it is cancelled."),
    ],
)
def test_a_delivery_that_is_refused(store: Store, transitions: list[Transition], reason: str) -> None:
    claim = created(store).claim
    store.commit(claim, transitions).result(30)

    with pytest.raises(DeliveryError) as caught:
        store.deliver("run-1", "approval", value(2))

    assert str(caught.value) == f'store "{store.name}": run "run-1", step "approval": {reason}'


def test_deliveries_to_wrong_steps(store: Store) -> None:
    created(store)
    with pytest.raises(DeliveryError, match=r"it has a handler, so it does not wait for a delivery."):
        store.deliver("run-1", "page", value(1))
    with pytest.raises(UnknownStepError, match=r'step "aproval": the flow has no such step. Did you mean "approval"?'):
        store.deliver("run-1", "aproval", value(1))
    store.deliver("run-1", "approval", value(1))
    with pytest.raises(DeliveryError, match=r"its output was delivered already; it uses it when it begins."):
        store.deliver("run-1", "approval", value(2))


def test_a_delivery_that_is_too_large(store: Store) -> None:
    created(store)
    store.max_value_bytes = 10
    store.deliver("run-1", "approval", StoredValue("0123456789"))
    with pytest.raises(DeliveryError, match=r"the value has 11 bytes, and the store takes 10 at most"):
        store.deliver("run-1", "approval", StoredValue("01234567890"))


def test_the_identifier_of_a_deleted_run_is_never_used_again(store: Store) -> None:
    claim = created(store).claim
    with pytest.raises(RunClaimedError):
        store.delete("run-1")
    store.release(claim).result(30)

    store.delete("run-1")

    for ask in (store.run, store.steps, store.cancel, store.delete, store.retry):
        with pytest.raises(UnknownRunError) as unknown:
            ask("run-1")
        assert str(copy(unknown.value)) == f'store "{store.name}": run "run-1" was deleted.'
        assert unknown.value.was_deleted
    with pytest.raises(RunExistsError) as caught:
        created(store)
    assert caught.value.run is None
    assert str(caught.value) == f'store "{store.name}": run "run-1" was deleted. Choose another run_id.'


def test_a_run_that_is_deleted_while_it_is_claimed_again_is_lost(store: Store) -> None:
    claim = created(store).claim
    store.release(claim).result(30)
    store.delete("run-1")

    with pytest.raises(RunLostError, match=r'run "run-1" was deleted, so nothing more of it can be stored.'):
        store.commit(claim, [completed("page", 1)]).result(30)


def test_pruning_deletes_runs_that_ended_long_ago(store: Store) -> None:
    for number in range(4):
        claim = created(store, f"run-{number}", flow="ab"[number % 2]).claim
        if number:
            store.commit(
                claim, [completed("page", "x" * 10_000), ended("failed" if number == 3 else "completed")]
            ).result(30)
    batches: list[int] = []

    assert store.prune(older_than=timedelta(days=36_500)) == 0
    assert store.prune(older_than=timedelta(0), status="failed", flow="a") == 0
    assert store.prune(older_than=timedelta(0), status="failed", on_batch=batches.append) == 1
    assert store.prune(older_than=timedelta(0)) == 2

    assert batches == [1]
    assert [run.run_id for run in store.runs()] == ["run-0"]
    assert store.tasks("run-0") == []


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("run", {"run_id": 5}, "run_id has to be a str, not 5."),
        ("steps", {"run_id": None}, "run_id has to be a str, not None."),
        ("tasks", {"run_id": "r", "step": 5}, "step has to be a str, or None, not 5."),
        ("tasks", {"run_id": "r", "limit": True}, "limit has to be a whole number of at least 0, or None, not True."),
        ("tasks", {"run_id": "r", "offset": -1}, "offset has to be a whole number of at least 0, not -1."),
        ("failures", {"run_id": "r", "limit": 1.5}, "limit has to be a whole number of at least 0, or None, not 1.5."),
        ("cancel", {"run_id": 5}, "run_id has to be a str, not 5."),
        ("delete", {"run_id": b"r"}, "run_id has to be a str, not b'r'."),
        ("deliver", {"run_id": 5, "step": "a", "value": 1}, "run_id has to be a str, not 5."),
        ("retry", {"run_id": "r", "steps": 5}, "steps has to be a list of slugs, not 5."),
        ("retry", {"run_id": "r", "steps": "split"}, "steps has to be a list of slugs, not 'split'."),
        ("retry", {"run_id": "r", "steps": ["a", 5]}, "steps has to be a list of slugs, not ['a', 5]."),
        ("runs", {"flow": 5}, "flow has to be a str, or None, not 5."),
        ("runs", {"prefix": 5}, "prefix has to be a str, or None, not 5."),
        ("runs", {"before": 5}, "before has to be a str, or None, not 5."),
        ("runs", {"limit": -1}, "limit has to be a whole number of at least 0, or None, not -1."),
        ("runs", {"limit": "x"}, "limit has to be a whole number of at least 0, or None, not 'x'."),
        ("runs", {"since": 5}, "since has to be a datetime, a timedelta of at least 0, or None, not 5."),
        (
            "runs",
            {"since": timedelta(-1)},
            "since has to be a datetime, a timedelta of at least 0, or None, not datetime.timedelta(days=-1).",
        ),
        (
            "prune",
            {"older_than": timedelta(-1)},
            f"older_than has to be a timedelta of at least 0, such as timedelta(days=30), not {timedelta(-1)!r}.",
        ),
        (
            "prune",
            {"older_than": "30d"},
            "older_than has to be a timedelta of at least 0, such as timedelta(days=30), not '30d'.",
        ),
        ("prune", {"older_than": timedelta(1), "flow": 5}, "flow has to be a str, or None, not 5."),
        ("cached", {"step": 5}, "step has to be a str, or None, not 5."),
        ("clear_cache", {"flow": 5}, "flow has to be a str, or None, not 5."),
    ],
)
def test_a_wrong_argument_is_named(store: Store, method: str, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(StoreError) as caught:
        getattr(store, method)(**arguments)
    assert caught.value.reason == reason

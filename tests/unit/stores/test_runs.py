"""What every store remembers of a run, and how a process gets one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tests.unit.stores.runs import ERROR, NOON, SHAPE, completed, created, ended, new_run, task, value
from typedflow.exceptions import (
    RunClaimedError,
    RunEndedError,
    RunExistsError,
    RunLostError,
    StoreError,
    UnknownRunError,
)
from typedflow.stores import Store, StoredValue, Transition

if TYPE_CHECKING:
    from typedflow.stores import Claim

AT_NOON = datetime(2025, 12, 1, 12, tzinfo=UTC)


def later(seconds: float) -> datetime:
    return AT_NOON + timedelta(seconds=seconds)


def test_a_run_is_remembered_as_it_was_created(store: Store) -> None:
    assert isinstance(store, Store)

    claimed = store.create(new_run(), [task("page", "started")]).result(30)

    run = store.run("run-1")
    assert (run.run_id, run.flow, run.status, run.created_at) == ("run-1", "website", "started", AT_NOON)
    assert (run.input, run.shape, run.fingerprint) == (new_run().input, SHAPE, "fingerprint of website")
    assert (run.ended_at, run.deadline, run.cancel_requested_at, run.error) == (None, None, None, None)
    assert run.owner is not None
    assert run.owner.is_alive
    assert not run.is_interrupted
    assert claimed.claim.epoch == 1
    assert claimed.run == run


def test_an_identifier_is_used_once(store: Store) -> None:
    created(store)

    with pytest.raises(RunExistsError) as caught:
        created(store, flow="other")

    assert caught.value.run == store.run("run-1")
    assert str(caught.value) == (
        f'store "{store.name}": run "run-1" exists: it is a run of flow "website", started. Choose another run_id.'
    )


def test_a_run_continues_with_another_shape(store: Store) -> None:
    claim = created(store).claim
    other = created(store, "run-2")

    store.reshape(claim, '{"steps": []}', "another").result(30)

    assert (store.run("run-1").shape, store.run("run-1").fingerprint) == ('{"steps": []}', "another")
    assert (store.run("run-2").shape, store.run("run-2").fingerprint) == (other.run.shape, other.run.fingerprint)
    store.commit(claim, [ended("completed")]).result(30)
    with pytest.raises(RunLostError):
        store.reshape(claim, SHAPE, "fingerprint of website").result(30)


def test_a_task_goes_through_its_statuses(store: Store) -> None:
    claim = created(store).claim
    steps = [
        (task("page", "queued", due=NOON + 5), "queued", 0),
        (task("page", "started", at=NOON + 5), "started", 1),
        (task("page", "retrying", at=NOON + 6, error=ERROR, due=NOON + 9), "queued", 1),
        (task("page", "started", attempt=2, at=NOON + 9), "started", 2),
        (completed("page", {"title": "Ä"}, attempt=2, at=NOON + 10), "completed", 2),
    ]

    for transition, status, attempt in steps:
        store.commit(claim, [transition]).result(30)
        [found] = store.tasks("run-1")
        assert (found.status, found.attempt) == (status, attempt)

    [found] = store.tasks("run-1", status="completed")
    assert found.output == value({"title": "Ä"})
    assert (found.due, found.started_at, found.ended_at) == (None, later(9), later(10))
    [failure] = store.failures("run-1")
    assert (failure.kind, failure.attempt, failure.error) == ("failed", 1, ERROR)
    assert (failure.started_at, failure.ended_at) == (later(5), later(6))


def test_a_plain_step_has_the_status_of_its_task(store: Store) -> None:
    claim = created(store).claim

    def status() -> str:
        [step] = store.steps("run-1")
        return step.status

    store.commit(claim, [task("page", "queued", due=NOON + 5)]).result(30)
    assert status() == "created"
    store.commit(claim, [task("page", "started")]).result(30)
    assert status() == "started"
    store.commit(claim, [task("page", "retrying", error=ERROR)]).result(30)
    assert status() == "started"
    store.commit(claim, [task("page", "started", attempt=2, at=NOON + 1)]).result(30)
    store.commit(claim, [completed("page", 1, attempt=2, at=NOON + 2)]).result(30)
    [step] = store.steps("run-1")
    assert (step.status, step.started_at, step.ended_at) == ("completed", later(0), later(2))
    assert step.took == timedelta(seconds=2)
    assert step.tasks == {"completed": 1}
    assert store.run("run-1").steps_done == 1


def test_the_error_of_a_step_is_that_of_its_task(store: Store) -> None:
    claim = created(store).claim
    store.commit(
        claim,
        [
            task("page", "started"),
            task("page", "failed", error=ERROR),
            Transition("step", "failed", NOON, "page", error=ERROR),
            ended("failed"),
        ],
    ).result(30)

    [step] = store.steps("run-1")
    assert (step.status, step.error) == ("failed", ERROR)
    run = store.run("run-1")
    assert (run.status, run.error, run.ended_at, run.owner) == ("failed", ERROR, AT_NOON, None)
    assert not run.is_interrupted


def test_the_items_of_a_map_step_are_tasks(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [Transition("step", "started", NOON, "words", items=3)]).result(30)
    store.commit(claim, [task("words", "started", index=index) for index in range(2)]).result(30)
    store.commit(claim, [completed("words", "b", index=1), completed("words", "a", index=0)]).result(30)

    [step] = store.steps("run-1")
    assert (step.status, step.items, step.tasks) == ("started", 3, {"completed": 2})
    assert [task.output for task in store.tasks("run-1", step="words")] == [value("a"), value("b")]
    assert [task.task_index for task in store.tasks("run-1", limit=1, offset=1)] == [1]
    assert store.tasks("run-1", status="failed") == []

    store.commit(claim, [Transition("step", "completed", NOON + 1, "words")]).result(30)
    [step] = store.steps("run-1")
    assert (step.status, step.items, step.ended_at) == ("completed", 3, later(1))


def test_a_skipped_step_remembers_why(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [Transition("step", "skipped", NOON, "report", reason="condition_unmet")]).result(30)

    [step] = store.steps("run-1")
    assert (step.status, step.reason, step.tasks) == ("skipped", "condition_unmet", {})


def test_a_value_comes_back_as_it_was_stored(store: Store) -> None:
    claim = created(store).claim
    values = [
        StoredValue(b"\x00\xff", "arrow"),
        StoredValue('"\\u0000 \U0001f600"'),
        StoredValue(""),
        StoredValue("null"),
    ]
    for index, stored in enumerate(values):
        store.commit(claim, [task("words", "completed", index=index, output=stored)]).result(30)

    assert [found.output for found in store.tasks("run-1")] == values


def test_the_end_of_a_run_cancels_what_has_not_ended(store: Store) -> None:
    claim = created(store).claim
    store.commit(
        claim,
        [
            Transition("step", "started", NOON, "words", items=2),
            task("words", "started"),
            task("words", "retrying", error=ERROR),
            completed("words", 1, index=1),
            task("approval", "waiting"),
            ended("cancelled", at=NOON + 1),
        ],
    ).result(30)

    assert [(found.step, found.task_index, found.status) for found in store.tasks("run-1")] == [
        ("approval", 0, "cancelled"),
        ("words", 0, "cancelled"),
        ("words", 1, "completed"),
    ]
    assert {step.step: step.status for step in store.steps("run-1")} == {"approval": "cancelled", "words": "cancelled"}


def test_a_run_that_was_given_back_is_claimed_by_others(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [task("page", "started", at=NOON)]).result(30)
    store.release(claim).result(30)

    run = store.run("run-1")
    assert run.is_interrupted
    assert run.owner is None

    claimed = store.claim("run-1").result(30)
    assert claimed.claim.epoch == 2
    assert [(task.status, task.attempt, task.interruptions) for task in claimed.tasks] == [("queued", 0, 0)]
    assert not store.run("run-1").is_interrupted
    assert store.failures("run-1") == []


def test_a_run_is_executed_by_one_process(store: Store) -> None:
    created(store)

    with pytest.raises(RunClaimedError) as caught:
        store.claim("run-1").result(30)

    assert str(caught.value) == (
        f'store "{store.name}": run "run-1" is executed by this process. Wait until it has ended, or cancel it.'
    )


def test_an_ended_run_cannot_be_claimed(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [ended("failed")]).result(30)

    with pytest.raises(RunEndedError) as caught:
        store.claim("run-1").result(30)

    assert str(caught.value) == (
        f'store "{store.name}": run "run-1" of flow "website" has ended: it is failed. Retry it with flow.retry().'
    )


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("ended", "has ended meanwhile: it is completed."),
        ("released", "was given back, or taken over by a process that has given it back. Resume it."),
        ("claimed", "was taken over by this process, because this process did not renew its lease in time."),
    ],
)
def test_a_lost_claim_writes_nothing(store: Store, what: str, reason: str) -> None:
    claim = created(store).claim
    if what == "ended":
        store.commit(claim, [ended("completed")]).result(30)
    else:
        store.release(claim).result(30)
    if what == "claimed":
        store.claim("run-1").result(30)

    with pytest.raises(RunLostError) as caught:
        store.commit(claim, [completed("page", 1)]).result(30)

    assert str(caught.value) == f'store "{store.name}": run "run-1" {reason}'
    assert store.tasks("run-1") == []


def test_transitions_are_committed_all_or_none(store: Store) -> None:
    first, second = created(store).claim, created(store, "run-2").claim
    wrong = store.commit(first, [completed("page", 1), task("page", "mistaken")])
    right = store.commit(second, [completed("page", 2)])

    assert right.result(30) is None
    with pytest.raises(StoreError, match="ValueError: a task cannot be 'mistaken'"):
        wrong.result(30)
    assert store.tasks("run-1") == []
    assert len(store.tasks("run-2")) == 1


def test_there_is_no_such_run(store: Store) -> None:
    message = f'store "{store.name}": there is no run "run-9".'
    for ask in (store.run, store.steps, store.tasks, store.failures, store.cancel):
        with pytest.raises(UnknownRunError) as caught:
            ask("run-9")
        assert str(caught.value) == message
    with pytest.raises(UnknownRunError):
        store.claim("run-9").result(30)


def test_runs_are_listed_newest_first(store: Store) -> None:
    claims: dict[str, Claim] = {}
    for number, flow in enumerate(["a", "b", "a", "a"], start=1):
        claims[f"run-{number}"] = created(store, f"run-{number}", flow=flow, at=NOON + number).claim
    store.commit(claims["run-1"], [ended("completed")]).result(30)
    store.release(claims["run-2"]).result(30)
    store.commit(claims["run-3"], [task("page", "started"), task("page", "retrying", error=ERROR)]).result(30)
    store.commit(claims["run-4"], [task("approval", "waiting")]).result(30)

    def listed(**filters: object) -> list[str]:
        return [run.run_id.removeprefix("run-") for run in store.runs(**filters)]  # type: ignore[arg-type]  # each its own type

    assert listed() == ["4", "3", "2", "1"]
    assert listed(flow="a") == ["4", "3", "1"]
    assert listed(limit=2) == ["4", "3"]
    assert listed(limit=2, before="run-3") == ["2", "1"]
    assert listed(since=later(3)) == ["4", "3"]
    assert listed(since=timedelta(days=1)) == []
    assert listed(prefix="run-2") == ["2"]
    assert listed(status="completed") == ["1"]
    assert listed(status="started") == ["4", "3", "2"]
    assert listed(status="running") == ["4", "3"]
    assert listed(status="interrupted") == ["2"]
    assert listed(status="retrying") == ["3"]
    assert listed(status="waiting", flow="a") == ["4"]
    assert [(run.retrying, run.waiting) for run in store.runs(limit=2)] == [(0, ("approval",)), (1, ())]


def test_a_run_that_no_process_executes_is_cancelled_immediately(store: Store) -> None:
    claim = created(store).claim
    store.commit(claim, [task("page", "started")]).result(30)
    store.release(claim).result(30)

    run = store.cancel("run-1")

    assert run.status == "cancelled"
    assert run.cancel_requested_at is not None
    assert [task.status for task in store.tasks("run-1")] == ["cancelled"]
    with pytest.raises(RunEndedError, match='run "run-1" of flow "website" has ended: it is cancelled'):
        store.cancel("run-1")


def test_the_owner_of_a_run_is_asked_to_cancel_it(store: Store) -> None:
    claim = created(store).claim
    asked = Event()
    unwatch = store.watch(claim, asked.set)

    run = store.cancel("run-1")

    assert asked.wait(30)
    unwatch()
    assert run.status == "started"
    assert run.cancel_requested_at is not None


def test_a_cancellation_that_was_requested_is_carried_out_by_the_next_claim(store: Store) -> None:
    claim = created(store).claim
    store.cancel("run-1")
    store.release(claim).result(30)

    with pytest.raises(RunEndedError, match="it is cancelled"):
        store.claim("run-1").result(30)

    assert store.run("run-1").status == "cancelled"


def test_the_revision_changes_with_every_commit(store: Store) -> None:
    first = store.revision()
    assert store.revision() == first
    created(store)
    assert store.revision() != first


def test_a_closed_store_refuses_everything(store: Store) -> None:
    created(store)
    store.close()
    store.close()

    with pytest.raises(StoreError) as caught:
        store.run("run-1")

    assert str(caught.value) == f'store "{store.name}": it is closed. Open it again.'


def test_a_status_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        store.runs(status="done")  # type: ignore[arg-type]  # that is what is tested
    assert caught.value.reason == (
        'status has to be one of "started", "completed", "failed", "cancelled", "running", "interrupted", "retrying", '
        "\"waiting\", not 'done'."
    )
    created(store)
    with pytest.raises(StoreError, match="not 'done'"):
        store.tasks("run-1", status="done")  # type: ignore[arg-type]  # as above

"""Wait steps of runs that a store remembers: interrupted, resumed, delivered to from elsewhere, timed out."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import DeliveryError, Flow, InvalidDeliveryError, StepFailedError
from typedflow.listeners import inline
from typedflow.stores import MemoryStore, SqliteStore, StoredError, StoredValue, Transition
from typedflow.testing import RecordedEvents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typedflow import Run
    from typedflow.stores import Store


@dataclass
class Approval:
    by: str


ADA = Approval("ada")


def orders(timeout: float | None = None, mode: Any = None) -> Flow[int, Any]:
    return (
        Flow("orders", int)
        .step("check", lambda i: i["run"] > 0)
        .wait("approval", Approval, depends_on=["check"], timeout=timeout, when_exhausted=mode)
        .step("ship", lambda i: i["approval"] and i["approval"].by, depends_on=["approval"])
    )


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "runs.db") as opened:
        yield opened


class InterruptionError(Exception):
    pass


def interrupted(flow: Flow[int, Any], store: Store, run_id: str = "r1") -> None:
    """Begin a run, and interrupt it when it waits."""

    async def main() -> None:
        async with flow.start(1, store=store, run_id=run_id) as run:
            await until_it_waits(run)
            raise InterruptionError

    with pytest.raises(InterruptionError):
        trio.run(main)


async def until_it_waits(run: Run[Any]) -> None:
    async for event in run.events:
        if event.status == "waiting":
            return


def test_a_run_that_only_waits_needs_no_process(store: Store) -> None:
    flow, events = orders(), RecordedEvents()
    interrupted(flow, store)
    record = store.run("r1")
    assert (record.status, record.is_interrupted, record.waiting) == ("started", True, ("approval",))
    with pytest.raises(InvalidDeliveryError):
        flow.deliver("r1", "approval", "ada", store=store)
    flow.deliver("r1", "approval", ADA, store=store)
    assert store.run("r1").waiting == ()
    assert flow.resume_sync("r1", store=store, listeners=[inline(events.append)])["ship"] == "ada"
    assert events.words == ["run started", "ship started", "ship[0] started 1", "ship[0] completed 1", "ship completed",
                            "run completed"]  # fmt: skip
    with pytest.raises(DeliveryError, match="it has its output already"):
        flow.deliver("r1", "approval", ADA, store=store)


def test_it_waits_on_when_it_is_resumed_before_the_delivery(store: Store) -> None:
    flow = orders()
    interrupted(flow, store)
    deliver_when_it_waits(flow, store, "r1")
    assert flow.resume_sync("r1", store=store)["ship"] == "ada"


def deliver_when_it_waits(flow: Flow[int, Any], store: Store, run_id: str) -> None:
    """Deliver in another thread, as soon as a process executes the run."""

    def deliver() -> None:
        for _ in range(10_000):
            found = [run for run in store.runs(status="waiting") if run.run_id == run_id and run.owner is not None]
            if found:
                flow.deliver(run_id, "approval", ADA, store=store)
                return
            threading.Event().wait(0.001)

    threading.Thread(target=deliver).start()


def test_a_delivery_from_elsewhere_reaches_a_run_that_is_executed(store: Store) -> None:
    flow = orders()
    deliver_when_it_waits(flow, store, "r2")
    assert flow.run_sync(1, store=store, run_id="r2")["ship"] == "ada"


def test_a_store_validates_by_the_shape_of_the_run(store: Store) -> None:
    flow = orders()
    interrupted(flow, store)
    with pytest.raises(InvalidDeliveryError, match="by: Input should be a valid string"):
        store.deliver("r1", "approval", {"by": 5})
    store.deliver("r1", "approval", {"by": "grace"})
    assert flow.resume_sync("r1", store=store)["approval"] == Approval("grace")


def test_what_a_store_took_and_the_flow_does_not_accept_fails_the_step(store: Store) -> None:
    flow = orders()
    with pytest.raises(StepFailedError, match="StoredValueError") as caught:
        _deliver_while_it_runs(flow, store, StoredValue('"ada"'))
    assert caught.value.step == "approval"
    assert store.run("r3").status == "failed"
    with pytest.raises(StepFailedError, match="StoredValueError"):
        flow.resume_sync("r3", store=store)


def _deliver_while_it_runs(flow: Flow[int, Any], store: Store, value: object) -> None:
    async def main() -> None:
        async with flow.start(1, store=store, run_id="r3") as run:
            await until_it_waits(run)
            await trio.to_thread.run_sync(store.deliver, "r3", "approval", value)

    trio.run(main)


@pytest.mark.parametrize("mode", ["fail", "skip", "skip_cascade"])
def test_its_timeout_goes_by_the_wall_clock(store: Store, mode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    flow = orders(60, mode)
    interrupted(flow, store)
    wall_clock = time.time
    monkeypatch.setattr(time, "time", lambda: wall_clock() + 61)
    with pytest.raises(DeliveryError, match="timed out"):
        flow.deliver("r1", "approval", ADA, store=store)
    if mode == "fail":
        with pytest.raises(StepFailedError, match="nothing was delivered within its timeout of 60 s"):
            flow.resume_sync("r1", store=store)
        with pytest.raises(StepFailedError, match="nothing was delivered within its timeout of 60 s"):
            flow.resume_sync("r1", store=store)
        return
    assert flow.resume_sync("r1", store=store) == {"check": True, "approval": None, "ship": None}
    assert flow.resume_sync("r1", store=store) == {"check": True, "approval": None, "ship": None}
    assert store.steps("r1")[1].reason == "handler_failed"


def test_a_run_whose_step_timed_out_waits_again_when_it_is_retried(store: Store) -> None:
    with pytest.raises(StepFailedError):
        orders(0.001, "fail").run_sync(1, store=store, run_id="r1")
    flow = orders()
    deliver_when_it_waits(flow, store, "r1")
    assert flow.retry_sync("r1", store=store)["ship"] == "ada"


def test_a_delivery_before_the_step_waits_is_used_after_an_interruption(store: Store) -> None:
    async def main() -> None:
        async with flow.start(1, store=store, run_id="r1") as run:
            run.deliver("approval", ADA)
            with pytest.raises(DeliveryError, match="delivered already"):
                run.deliver("approval", ADA)
            raise InterruptionError

    flow = orders().replace("check", _wait_forever)
    with pytest.raises(InterruptionError):
        trio.run(main)
    assert orders().resume_sync("r1", store=store)["ship"] == "ada"


async def _wait_forever(_: object) -> bool:
    await trio.Event().wait()
    return True


def test_one_of_many_deliveries_wins(store: Store) -> None:
    flow = orders()
    interrupted(flow, store)
    refused: list[DeliveryError] = []

    def deliver(name: str) -> None:
        try:
            flow.deliver("r1", "approval", Approval(name), store=store)
        except DeliveryError as error:
            refused.append(error)

    threads = [threading.Thread(target=deliver, args=(f"{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert flow.resume_sync("r1", store=store)["ship"] in {f"{number}" for number in range(8)}


def test_a_run_of_another_flow_and_a_step_with_a_handler_are_refused(store: Store) -> None:
    interrupted(orders(), store)
    other = Flow("returns", int).wait("approval", Approval)
    with pytest.raises(DeliveryError) as caught:
        other.deliver("r1", "approval", ADA, store=store)
    assert str(caught.value).endswith(
        'run "r1", step "approval": the run is one of flow "orders", and not of flow "returns".'
    )
    with pytest.raises(DeliveryError, match=r"because it has a handler\. The flow has no wait step."):
        Flow("orders", int).step("check", lambda _: 1).deliver("r1", "check", 1, store=store)  # type: ignore[typedflow-delivery]


def test_in_asyncio_and_from_its_threads() -> None:
    async def main() -> None:
        async with orders().start(1) as run:
            await asyncio.to_thread(run.deliver, "approval", ADA)
            assert (await run.outputs())["ship"] == "ada"
        with pytest.raises(DeliveryError, match="its output was delivered already"):
            run.deliver("approval", ADA)

    asyncio.run(main())


def test_a_delivery_that_the_process_has_not_noticed_wins_over_the_timeout(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow = orders(0.05)
    monkeypatch.setattr(store, "watch", lambda _, __: lambda: None)

    async def main() -> Any:
        async with flow.start(1, store=store, run_id="r1") as run:
            await until_it_waits(run)
            await trio.to_thread.run_sync(lambda: flow.deliver("r1", "approval", ADA, store=store))
            return await run.outputs()

    assert trio.run(main)["ship"] == "ada"


@pytest.mark.parametrize("mode", ["fail", "skip"])
def test_a_timeout_that_was_stored_before_a_kill_is_a_timeout_when_the_run_is_resumed(store: Store, mode: Any) -> None:
    flow = orders(60, mode)
    interrupted(flow, store)
    claimed = store.claim("r1").result()
    failed = Transition("task", "failed", time.time(), "approval", 0, 1, error=StoredError("TimeoutError", "late"))
    store.commit(claimed.claim, [failed]).result()
    store.release(claimed.claim).result()
    if mode == "skip":
        assert flow.resume_sync("r1", store=store)["ship"] is None
        return
    with pytest.raises(StepFailedError, match="nothing was delivered"):
        flow.resume_sync("r1", store=store)


def test_a_step_that_failed_before_it_waited_fails_again(store: Store) -> None:
    def broken(_: object) -> bool:
        raise ValueError("no")

    flow = Flow("orders", int).wait("approval", Approval, if_=broken)
    for _ in range(2):
        with pytest.raises(StepFailedError, match="PredicateError"):
            flow.run_sync(1, store=store, run_id="r1")

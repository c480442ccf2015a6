"""`PgflowEngine`: programs that start runs, watch them and end them, on a real database."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import pytest
import trio

from tests.checks.pgflow.working import ask, wait_for, working
from typedflow import (
    DeliveryError,
    DeployedShapeError,
    DifferentInputError,
    EngineError,
    Event,
    Flow,
    InvalidDeliveryError,
    InvalidInputError,
    InvalidMapSourceError,
    NotDeployedError,
    OtherFlowError,
    RemoteError,
    RunCancelledError,
    RunTimeoutError,
    StepFailedError,
    UnknownRunError,
    UnknownStepError,
)
from typedflow.engines.pgflow import PgflowEngine
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Iterator


class State:
    """What the handlers of the tests do."""

    calls: list[str]
    is_broken = True


Output = TypeVar("Output")


def called(name: str, output: Output) -> Output:
    State.calls.append(name)
    return output


def breaks(inputs: Any) -> int:
    State.calls.append("pay")
    if State.is_broken:
        raise ValueError("no money")
    return 5


async def sleeps(inputs: Any) -> None:
    await trio.sleep_forever()


order = (
    Flow("order", int)
    .step("find", lambda i: called("find", [i["run"], 2]))
    .map("items", lambda i: called("items", 10 * i), over="find")
    .step("sum", lambda i: sum(i["items"]), depends_on=["items"])
)
paying = Flow("paying", int).step("find", lambda i: called("find", 1)).step("pay", breaks, depends_on=["find"])
waiting = Flow("waiting", int).step("a", lambda i: 1).wait("answer", int, depends_on=["a"])
unmet = Flow("unmet", int).step("a", lambda i: 1).wait("answer", int, depends_on=["a"], if_={"a": 2})
skipping = (
    Flow("skipping", int)
    .step("a", lambda i: 1, if_={"run": 2})
    .step("b", lambda i: 1, depends_on=["a"])
    .wait("answer", int, depends_on=["a", "b"])
)
waiting_long = Flow("sleeping", int).step("a", lambda i: 1).step("b", sleeps, depends_on=["a"])


@pytest.fixture(autouse=True)
def state() -> None:
    State.calls, State.is_broken = [], True


@pytest.fixture
def engine(engine_database: str) -> Iterator[PgflowEngine]:
    with PgflowEngine(engine_database) as opened:
        yield opened


@pytest.fixture
def address(engine_database: str) -> str:
    return engine_database


async def test_a_run_gives_the_outputs_of_all_steps_in_the_order_of_definition(
    engine: PgflowEngine, address: str
) -> None:
    async with working(address, order):
        outputs = await engine.run(order, 1)
    assert list(outputs.items()) == [("find", [1, 2]), ("items", [10, 20]), ("sum", 30)]


async def test_a_run_id_starts_one_run(engine: PgflowEngine, address: str) -> None:
    async with working(address, order, paying):
        first = await engine.run(order, 1, run_id="order-7")
        assert await engine.run(order, 1, run_id="order-7") == first
        assert State.calls.count("find") == 1
        with pytest.raises(DifferentInputError) as caught:
            await engine.run(order, 2, run_id="order-7")
        run_id = ask(address, "select run_id from pgflow.runs")[0][0]
        assert str(caught.value) == (
            f'engine "{engine.name}": run "{run_id}" of flow "order" was started with another flow input. Give it the '
            "same input, or choose another run_id."
        )
        assert await engine.run(order, 1, run_id=str(run_id)) == first
        with pytest.raises(OtherFlowError):
            await engine.run(paying, 1, run_id="order-7")


async def test_a_failure_has_what_the_handler_raised_in_the_worker(engine: PgflowEngine, address: str) -> None:
    async with working(address, paying):
        for _ in range(2):  # also where the run has failed already
            with pytest.raises(StepFailedError) as caught:
                await engine.run(paying, 1, run_id="pay-1")
            error = caught.value
            assert str(error) == 'flow "paying": step "pay" failed at attempt 1: ValueError: no money'
            assert error.outputs == {"find": 1}
            assert isinstance(error.__cause__, RemoteError)
            assert 'raise ValueError("no money")' in error.__cause__.traceback
    assert State.calls.count("pay") == 1


async def test_a_retry_is_a_new_run_that_reuses_what_has_completed(engine: PgflowEngine, address: str) -> None:
    async with working(address, paying):
        with pytest.raises(StepFailedError):
            await engine.run(paying, 1, run_id="pay-1")
        State.is_broken = False
        assert await engine.retry(paying, "pay-1") == {"find": 1, "pay": 5}
        assert State.calls == ["find", "pay", "pay"]
        assert await engine.retry(paying, "pay-1", from_steps=["find"]) == {"find": 1, "pay": 5}
        assert State.calls == ["find", "pay", "pay", "find", "pay"]
        with pytest.raises(UnknownStepError):
            await engine.retry(paying, "pay-1", from_steps=["fnd"])  # type: ignore[typedflow-unknown-step]
    assert len(ask(address, "select run_id from pgflow.runs")) == 3


async def test_the_events_of_a_handle(engine: PgflowEngine, address: str) -> None:
    async with working(address, paying), engine.start(paying, 1) as run:
        events = [event async for event in run.events]
        assert [(each.subject, each.status, each.step, each.attempt) for each in events] == [
            ("run", "started", None, None),
            ("step", "started", "find", None),
            ("task", "started", "find", 1),
            ("task", "completed", "find", 1),
            ("step", "completed", "find", None),
            ("step", "started", "pay", None),
            ("task", "started", "pay", 1),
            ("task", "failed", "pay", 1),
            ("step", "failed", "pay", None),
            ("run", "failed", None, None),
        ]
        assert (events[0].input, events[3].output) == (1, 1)
        assert str(events[-1].error) == 'flow "paying": step "pay" failed at attempt 1: ValueError: no money'
        assert run.steps == {"find": "completed", "pay": "failed"}
        with pytest.raises(StepFailedError):
            await run.output("pay")
        assert str(UUID(run.run_id)) == run.run_id


async def test_a_failure_is_raised_where_the_block_ends_unless_it_was_seen(engine: PgflowEngine, address: str) -> None:
    async with working(address, paying):
        with pytest.raises(StepFailedError):
            async with engine.start(paying, 1) as run:
                await wait_for(lambda: run.status == "failed")


async def test_a_run_is_cancelled_with_its_handlers(engine: PgflowEngine, address: str) -> None:
    async with working(address, waiting_long), engine.start(waiting_long, 1) as run:
        await run.output("a")
        await wait_for(lambda: run.steps["b"] == "started")
        run.cancel()
        with pytest.raises(RunCancelledError) as caught:
            await run.outputs()
        assert caught.value.outputs == {"a": 1}
        assert (run.status, run.steps) == ("cancelled", {"a": "completed", "b": "cancelled"})
        engine.cancel(run.run_id)  # it has ended: nothing happens


async def test_a_run_without_workers_is_cancelled_too(engine: PgflowEngine) -> None:
    engine.deploy(order)
    async with engine.start(order, 1, run_id="alone") as run:
        engine.cancel("alone")
        with pytest.raises(RunCancelledError):
            await run.outputs()


async def test_a_timeout_ends_the_run(engine: PgflowEngine, address: str) -> None:
    async with working(address, waiting_long):
        with pytest.raises(RunTimeoutError) as caught:
            await engine.run(waiting_long, 1, timeout=0.5)
    assert caught.value.steps == ("b",)
    assert ask(address, "select status from pgflow.runs") == [("failed",)]


async def test_leaving_the_block_leaves_the_run(engine: PgflowEngine, address: str) -> None:
    engine.deploy(order)
    async with engine.start(order, 1, run_id="later"):
        pass
    async with working(address, order), engine.attach(order, "later") as run:
        assert await run.output("sum") == 30


@pytest.mark.parametrize("is_early", [True, False])
async def test_a_delivery_may_come_before_the_step_waits_or_after(
    engine: PgflowEngine, address: str, *, is_early: bool
) -> None:
    engine.deploy(waiting)
    async with engine.start(waiting, 1) as run:
        if is_early:
            run.deliver("answer", 42)
        async with working(address, waiting):
            if not is_early:
                await run.output("a")
                with pytest.raises(InvalidDeliveryError):
                    run.deliver("answer", "forty-two")  # type: ignore[typedflow-delivery]
                engine.deliver(waiting, run.run_id, "answer", 42)
            assert await run.output("answer") == 42
        with pytest.raises(DeliveryError, match="the step is completed"):
            run.deliver("answer", 43)


async def test_a_delivery_waits_for_the_condition_of_its_step(engine: PgflowEngine, address: str) -> None:
    engine.deploy(unmet)
    async with working(address, unmet, skipping), engine.start(unmet, 1) as run:
        run.deliver("answer", 42)
        assert await run.outputs() == {"a": 1, "answer": None}
        assert run.steps == {"a": "completed", "answer": "skipped"}
        async with engine.start(skipping, 1) as other:
            await other.output("b")
            other.deliver("answer", 42)  # a worker tests the condition at this moment
            assert await other.outputs() == {"a": None, "b": 1, "answer": 42}


async def test_a_map_over_a_flow_input_that_is_no_list_starts_no_run(engine: PgflowEngine, address: str) -> None:
    mapping = Flow("mapping", Any).map("each", str, over="run")
    engine.deploy(mapping)
    with pytest.raises(StepFailedError) as caught:
        await engine.run(mapping, "ab")
    with pytest.raises(StepFailedError) as local:
        await mapping.run("ab")
    assert str(caught.value) == str(local.value)
    assert isinstance(caught.value.__cause__, InvalidMapSourceError)
    assert engine.runs() == []


async def test_a_failure_that_the_database_found_is_called_what_it_is(engine: PgflowEngine, address: str) -> None:
    wrong = Flow("wrong", int).step("find", lambda _: called("find", {"a": 1})).map("each", str, over="find")  # type: ignore[typedflow-not-a-list]
    async with working(address, wrong):
        with pytest.raises(StepFailedError) as caught:
            await engine.run(wrong, 1)
    assert str(caught.value) == (
        'flow "wrong": step "find" failed: InvalidMapSourceError: step "each" maps over the output of step "find", '
        "which is a dict. Make it a list, such as list(....values()) or list(....items())."
    )
    assert isinstance(caught.value.__cause__, InvalidMapSourceError)


async def test_an_engine_lists_its_runs(address: str) -> None:
    async with PgflowEngine(address) as engine:
        engine.deploy(order)
        async with engine.start(order, 1, run_id="one") as run:
            pass
        assert [record.run_id for record in engine.runs(flow="order", status="started")] == [run.run_id]
        assert engine.runs(flow="paying") == []
        assert [step.step for step in engine.run_log.steps("one")] == ["find"]


async def test_what_is_refused(engine: PgflowEngine, address: str) -> None:
    with pytest.raises(NotDeployedError) as missing:
        await engine.run(order, 1)
    assert str(missing.value) == (f'engine "{engine.name}": flow "order" is not deployed. Run typedflow engine deploy.')
    engine.deploy(order)
    with pytest.raises(InvalidInputError):
        await engine.run(order, "one")  # type: ignore[arg-type]
    other = Flow("order", int).step("search", lambda _: 1)
    with pytest.raises(DeployedShapeError) as shape:
        await engine.run(other, 1)
    assert shape.value.differences == (
        'step "search" is new',
        'step "find" is gone',
        'step "items" is gone',
        'step "sum" is gone',
    )
    with pytest.raises(UnknownRunError):
        engine.cancel("nothing")
    with pytest.raises(UnknownRunError):
        async with engine.attach(order, "nothing"):
            pass
    assert ask(address, "select count(*) from pgflow.runs") == [(0,)]


def test_from_asyncio_and_from_plain_code(engine: PgflowEngine, address: str) -> None:
    token: list[Any] = []
    is_ready = threading.Event()

    async def work() -> None:
        async with working(address, order) as worker:
            token.append((trio.lowlevel.current_trio_token(), worker))
            is_ready.set()
            await trio.sleep_forever()

    async def in_asyncio() -> Any:
        async with engine.start(order, 1) as run:
            assert await run.output("find") == [1, 2]
            events: list[Event] = [event async for event in run.events]
        assert events[-1].output == await run.outputs()
        return await engine.run(order, 1)

    async def program() -> None:
        with trio.move_on_after(60) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(work)
                await trio.to_thread.run_sync(is_ready.wait)
                outputs = await trio.to_thread.run_sync(engine.run_sync, order, 1)
                assert outputs["sum"] == 30
                assert await trio.to_thread.run_sync(asyncio.run, in_asyncio()) == outputs
                scope.cancel()
        assert outputs["sum"] == 30

    trio.run(program)


async def test_many_runs_take_few_connections_and_leave_none(engine: PgflowEngine, address: str) -> None:
    seen: list[Event] = []
    async with working(address, order), trio.open_nursery() as nursery:
        for number in range(40):
            nursery.start_soon(lambda n: engine.run(order, n), number)
        nursery.start_soon(lambda: engine.run(order, 1, listeners=[inline(seen.append)]))
        await trio.sleep(0.5)
        connections = ask(address, "select count(*) from pg_stat_activity where application_name = 'typedflow'")
        assert connections[0][0] <= 9
    assert seen[-1].status == "completed"
    engine.close()
    left = "select 1 from pg_stat_activity where application_name = 'typedflow'"
    await wait_for(lambda: ask(address, left) == [])


async def test_a_database_that_is_gone_says_so() -> None:
    with pytest.raises(EngineError, match=r'engine "postgresql://.*/none": '):
        await PgflowEngine("postgresql:///none?host=/nowhere").run(order, 1)


async def test_a_program_that_waits_survives_that_its_connections_are_ended(engine: PgflowEngine, address: str) -> None:
    engine.deploy(order)
    end = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'typedflow'"
    async with engine.start(order, 1) as run:
        ask(address, end)
        async with working(address, order):
            outputs = await run.outputs()
        assert outputs["sum"] == 30

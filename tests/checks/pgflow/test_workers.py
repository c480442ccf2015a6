"""Workers on a real database, within the process of the test."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import trio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.checks.pgflow.working import ask, start, wait_for, working
from typedflow import Event, Flow, RateLimit, StepContext
from typedflow.engines.pgflow import PgflowEngine, PgflowWorker
from typedflow.exceptions import EngineError, InvalidOptionError, InvalidResourcesError
from typedflow.listeners import inline
from typedflow.listeners.tracing import RunTracer
from typedflow.testing import RecordedEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CONNECTIONS = "select pid from pg_stat_activity where application_name = 'typedflow worker'"
END_CONNECTIONS = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'typedflow worker'"


class Shop:
    """Resources."""

    opened = 0


async def outputs(address: str, flow: Flow[Any, Any], flow_input: Any = None, **options: Any) -> Any:
    with trio.fail_after(60), PgflowEngine(address) as engine:
        async with working(address, flow, **options):
            return dict(await engine.run(flow, flow_input))


async def test_resources_are_opened_once_for_all_flows(engine_database: str) -> None:
    opened: list[str] = []

    @asynccontextmanager
    async def shop() -> AsyncIterator[Shop]:
        opened.append("opened")
        yield Shop()
        opened.append("closed")

    def known(_: Any, context: StepContext[int, Shop]) -> str:
        return type(context.resources).__name__

    first = Flow("first", int, resources=Shop).step("a", known)
    second = Flow("second", int, resources=Shop).step("a", known)
    with PgflowEngine(engine_database) as engine:
        async with working(engine_database, first, second, Flow("third", int).step("a", lambda _: 1), resources=shop):
            await wait_for(lambda: opened)
            for flow in (first, second):
                assert (await engine.run(flow, 1)) == {"a": "Shop"}
    assert opened == ["opened", "closed"]


def test_a_worker_without_the_resources_of_its_flows_is_refused() -> None:
    first = Flow("first", int, resources=Shop).step("a", lambda _: 1)
    with pytest.raises(InvalidResourcesError) as caught:
        PgflowWorker("postgresql://", [first])
    assert str(caught.value) == (
        'flow "first": it needs resources. Pass resources=..., an instance of Shop, or a context manager or a function '
        "that gives one."
    )
    other = Flow("other", int, resources=int).step("a", lambda _: 1)
    with pytest.raises(InvalidResourcesError) as caught:
        PgflowWorker("postgresql://", [first, other], resources=Shop)
    assert str(caught.value) == 'flow "other": flow "first" declares others. Give each of them a worker of its own.'


def test_wrong_options_are_refused() -> None:
    flow = Flow("first", int).step("a", lambda _: 1)
    with pytest.raises(TypeError, match=r"^a worker needs at least one flow$"):
        PgflowWorker("postgresql://", [])
    for options, text in (
        ({"max_concurrency": 0}, "max_concurrency must be a whole number of at least 1, not 0."),
        ({"heartbeat": 0}, "heartbeat must be a duration above 0 (seconds or a timedelta), not 0."),
        ({"lost_after": 9}, "lost_after must be at least two heartbeats, not 9."),
    ):
        with pytest.raises(InvalidOptionError) as caught:
            PgflowWorker("postgresql://", [flow], **options)  # type: ignore[arg-type]
        assert str(caught.value) == f'flow "first": {text}'
    with pytest.raises(InvalidOptionError) as caught:
        PgflowWorker("postgresql://", [flow, flow])
    assert str(caught.value) == "flow \"first\": flows must be flows with different slugs, not ['first', 'first']."


def test_a_database_that_is_not_there_is_an_error_when_the_worker_starts() -> None:
    worker = PgflowWorker("postgresql://nobody@/none?host=/nowhere", [Flow("first", int).step("a", lambda _: 1)])
    with pytest.raises(EngineError) as caught:
        worker.run_sync()
    assert str(caught.value).startswith('engine "postgresql://nobody@/nowhere/none": ')


async def test_listeners_receive_the_events_of_tasks_as_those_of_a_local_run_do(engine_database: str) -> None:
    def fails(_: Any, context: StepContext[Any]) -> int:
        if context.attempt < 2:
            raise OSError("busy")
        return 5

    def breaks(_: Any) -> int:
        raise OSError("broken")

    flow = Flow("shop", int).step("retried", fails, max_attempts=2, base_delay=0).step("list", lambda _: [1, 2])
    flow = flow.map("each", lambda item: item, over="list")
    flow = flow.step("exhausted", breaks, when_exhausted="skip")
    flow = flow.step("unmet", lambda _: 1, depends_on=["list"], if_=lambda i: 3 in i["list"])

    def shown(events: RecordedEvents) -> list[Any]:
        tasks = [event for event in events if event.subject == "task" or event.status == "skipped"]
        return sorted(
            (str(event.step), event.task_index or 0, event.attempt or 0, event.status, event.reason, event.output,
             repr(event.error), event.input)
            for event in tasks
        )  # fmt: skip

    here, there = RecordedEvents(), RecordedEvents()
    await flow.run(1, listeners=[inline(here.append)])
    await outputs(engine_database, flow, 1, listeners=[inline(there.append)])
    assert shown(there) == shown(here)


async def test_a_run_that_a_handler_starts_knows_its_task(engine_database: str) -> None:
    inner = Flow("inner", int).step("a", lambda _: 1)
    events: list[Event] = []

    async def outer(_: Any) -> int:
        return (await inner.run(1))["a"]

    await outputs(engine_database, Flow("outer", int).step("b", outer), 1, listeners=[inline(events.append)])
    parents = {event.parent and event.parent[2:] for event in events if event.flow == "inner"}
    assert parents == {("b", 0, 1)}
    assert next(event for event in events if event.flow == "inner").parent[1] == events[0].run_id  # type: ignore[index]


async def test_limits_hold(engine_database: str) -> None:
    executing, most, starts = 0, 0, []

    async def counted(item: int) -> int:
        nonlocal executing, most
        executing += 1
        most = max(most, executing)
        await trio.sleep(0.01)
        executing -= 1
        return item

    def paced(_: Any) -> None:
        starts.append(time.monotonic())

    flow = Flow("shop", list[int]).map("two", counted, over="run", max_concurrency=2)
    flow = flow.map("paced", paced, over="run", rate_limit=RateLimit(10, 0.3))
    found = await outputs(engine_database, flow, list(range(30)))
    assert found["two"] == list(range(30))
    assert most == 2
    assert all(later - earlier > 0.25 for earlier, later in zip(starts, starts[10:], strict=False))


async def test_items_of_a_map_that_is_skipped_are_not_executed(engine_database: str) -> None:
    called = []

    def first_fails(item: int) -> int:
        called.append(item)
        if item == 0:
            raise OSError("broken")
        return item

    flow = Flow("shop", list[int]).map("each", first_fails, over="run", when_exhausted="skip", max_concurrency=1)
    assert await outputs(engine_database, flow, list(range(20))) == {"each": None}
    assert called == [0]


async def test_a_cancelled_run_reaches_its_handlers_without_a_notification(engine_database: str) -> None:
    left = trio.Event()

    async def waits(_: Any) -> None:
        try:
            await trio.sleep_forever()
        finally:
            left.set()

    flow = Flow("shop", int).step("a", waits)
    async with working(engine_database, flow):
        start(engine_database, flow)
        started = "select 1 from pgflow.step_tasks where status = 'started'"
        await wait_for(lambda: ask(engine_database, started))
        ask(engine_database, "update pgflow.runs set status = 'failed', failed_at = now()")
        with trio.fail_after(30):
            await left.wait()


async def test_a_worker_survives_that_its_connections_are_lost(
    engine_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It reports what it knows then, once, and says so in the log."""
    caplog.set_level(logging.WARNING)
    calls = 0
    goes = trio.Event()

    async def waits(_: Any) -> int:
        nonlocal calls
        calls += 1
        await goes.wait()
        return calls

    flow = Flow("shop", int).step("a", waits).step("b", lambda i: i["a"], depends_on=["a"])
    async with working(engine_database, flow):
        await wait_for(lambda: ask(engine_database, CONNECTIONS))
        await wait_for(lambda: ask(engine_database, "select 1 from pgflow.workers"))
        run_id = start(engine_database, flow)
        await wait_for(lambda: calls)
        ask(engine_database, END_CONNECTIONS)
        goes.set()
        ended = "select output from pgflow.runs where run_id = %s and status = 'completed'"
        await wait_for(lambda: ask(engine_database, ended, run_id))
        assert ask(engine_database, ended, run_id) == [({"b": 1},)]
        await wait_for(lambda: len(caplog.messages) >= 2)
    assert calls == 1
    assert len([text for text in caplog.messages if "The worker keeps its results" in text]) == 1
    assert len([text for text in caplog.messages if "can be reached again, after" in text]) == 1


async def test_a_worker_whose_row_was_deleted_registers_anew(
    engine_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    async def waits(_: Any, context: StepContext[Any]) -> int:
        calls.append(context.interruptions)
        if len(calls) == 1:
            await trio.sleep_forever()
        return context.attempt

    flow = Flow("shop", int).step("a", waits)
    async with working(engine_database, flow, heartbeat=0.1, lost_after=0.3):
        await wait_for(lambda: ask(engine_database, "select 1 from pgflow.workers"))
        run_id = start(engine_database, flow)
        await wait_for(lambda: calls)
        ask(engine_database, "delete from pgflow.workers")
        ended = "select output from pgflow.runs where run_id = %s and status = 'completed'"
        await wait_for(lambda: ask(engine_database, ended, run_id))
        assert ask(engine_database, ended, run_id) == [({"a": 1},)]
    assert calls == [0, 1]
    assert any("was deleted, so others may have its tasks. It registers anew." in text for text in caplog.messages)


async def test_a_worker_ends_with_its_flow(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", lambda _: 1)
    worker = PgflowWorker(engine_database, [flow])
    ended: list[EngineError] = []

    async def work() -> None:
        try:
            await worker.run()
        except EngineError as error:
            ended.append(error)

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await wait_for(lambda: ask(engine_database, "select 1 from pgflow.workers"))
            ask(engine_database, "select pgmq.drop_queue('shop')")
    assert str(ended[0]) == (
        f'engine "{worker.name}": relation "pgmq.q_shop" does not exist. Was the flow deleted or replaced? Then start '
        "the worker again."
    )


async def test_a_deprecated_worker_stops(engine_database: str) -> None:
    worker = PgflowWorker(engine_database, [Flow("shop", int).step("a", lambda _: 1)], heartbeat=0.1)
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker.run)
            await wait_for(lambda: ask(engine_database, "update pgflow.workers set deprecated_at = now() returning 1"))
    assert worker.is_settled.is_set()


async def test_a_cancelled_worker_gives_back_its_tasks(engine_database: str) -> None:
    seen: list[int] = []

    async def waits(_: Any, context: StepContext[Any]) -> int:
        seen.append(context.attempt)
        if len(seen) == 1:
            await trio.sleep_forever()
        return context.interruptions

    flow = Flow("shop", int).step("a", waits)
    with trio.CancelScope() as scope:
        async with working(engine_database, flow):
            await wait_for(lambda: ask(engine_database, "select 1 from pgflow.workers"))
            run_id = start(engine_database, flow)
            await wait_for(lambda: seen)
            scope.cancel()
            await trio.sleep_forever()
    ((status, message),) = ask(engine_database, "select status, error_message from pgflow.step_tasks")
    assert status == "queued"
    assert message.startswith("its worker was stopped\n")
    async with working(engine_database, flow):
        ended = "select output from pgflow.runs where run_id = %s and status = 'completed'"
        await wait_for(lambda: ask(engine_database, ended, run_id))
    assert ask(engine_database, ended, run_id) == [({"a": 0},)]
    assert seen == [1, 1]


async def test_what_the_database_refuses_fails_its_task_only(engine_database: str) -> None:
    flow = Flow("shop", int).step("number", lambda _: float("1e300")).step("other", lambda _: 1)
    with psycopg.connect(engine_database, autocommit=True) as connection:
        connection.execute(
            "create function refuse() returns trigger language plpgsql as "
            "$$ begin if new.output = '13' then raise exception 'it is unlucky'; end if; return new; end $$"
        )
        connection.execute("create trigger t before update on pgflow.step_tasks for each row execute function refuse()")
    unlucky = Flow("unlucky", int).step("a", lambda _: 13).step("b", lambda _: 1)
    with PgflowEngine(engine_database) as engine:
        async with working(engine_database, flow, unlucky):
            assert dict(await engine.run(flow, 1)) == {"number": 1e300, "other": 1}
            with pytest.raises(Exception, match=r"the database refused it: it is unlucky") as caught:
                await engine.run(unlucky, 1)
    assert type(caught.value).__name__ == "StepFailedError"


def test_a_worker_runs_in_asyncio(engine_database: str) -> None:
    """Its handlers and its resources are on the loop of the program."""
    seen: list[Any] = []

    @asynccontextmanager
    async def shop() -> AsyncIterator[Shop]:
        seen.append(asyncio.get_running_loop())
        yield Shop()
        seen.append("closed")

    async def handler(_: Any, context: StepContext[int, Shop]) -> str:
        await asyncio.sleep(0)
        seen.append(asyncio.get_running_loop())
        return type(context.resources).__name__

    flow = Flow("shop", int, resources=Shop, runs_in="asyncio").step("a", handler)

    async def program() -> None:
        with PgflowEngine(engine_database) as engine:
            engine.deploy(flow)
            worker = PgflowWorker(engine, [flow], resources=shop)
            working = asyncio.ensure_future(worker.run())
            assert dict(await engine.run(flow, 1)) == {"a": "Shop"}
        worker.stop()
        await working
        loop = asyncio.get_running_loop()
        assert seen == [loop, loop, "closed"]

    asyncio.run(program())


async def test_attempts_have_spans(engine_database: str) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    own = provider.get_tracer("handlers")

    def handler(_: Any, context: StepContext[Any]) -> int:
        with own.start_as_current_span("own"):
            if context.attempt == 1:
                raise OSError("busy")
            return 1

    flow = Flow("shop", int).step("a", handler, max_attempts=2, base_delay=0)
    await outputs(engine_database, flow, 1, listeners=[RunTracer(provider).in_place])
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["own", "attempt a", "own", "attempt a"]
    assert [span.parent and span.parent.span_id for span in spans[::2]] == [
        span.context and span.context.span_id for span in spans[1::2]
    ]
    assert [(span.attributes or {})["typedflow.status"] for span in spans[1::2]] == ["retrying", "completed"]


async def test_a_cache_has_no_effect_and_that_is_said(engine_database: str, caplog: pytest.LogCaptureFixture) -> None:
    flow = Flow("shop", int).step("a", lambda _: 1, cache="forever", cache_version=1)
    assert await outputs(engine_database, flow, 1) == {"a": 1}
    assert 'Flow "shop": the cache of "a" has no effect in a worker. Only a store has one.' in caplog.messages


async def test_a_condition_is_tested_after_a_worker_has_died_that_had_claimed_the_step(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", lambda i: 1).step("b", lambda i: 2, depends_on=["a"], if_not={"a": 1})
    with PgflowEngine(engine_database) as engine:
        engine.deploy(flow)
        run_id = start(engine_database, flow)
        dead = "00000000-0000-4000-8000-000000000001"
        ask(engine_database, "insert into pgflow.workers values (%s, 'shop', 'dead')", dead)
        for slug, output in (("a", "1"), ("b", None)):
            claim = """
                select count(*) from pgflow.start_tasks('shop', (select array_agg(message_id) from pgflow.step_tasks
                where step_slug = %s), %s::uuid)
            """
            assert ask(engine_database, claim, slug, dead) == [(1,)]
            if output is not None:
                complete = "select status from pgflow.complete_task(%s, %s, 0, %s::jsonb)"
                ask(engine_database, complete, run_id, slug, output)
        ask(engine_database, "update pgflow.workers set last_heartbeat_at = now() - interval '1 hour'")
        async with working(engine_database, flow, heartbeat=0.2, lost_after=0.6):
            with trio.fail_after(60):
                async with engine.attach(flow, str(run_id)) as run:
                    assert await run.outputs() == {"a": 1, "b": None}
                    assert run.steps["b"] == "skipped"

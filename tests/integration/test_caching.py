"""Runs that use outputs of earlier runs again."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
import trio
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rich.console import Console

from typedflow import Flow, RateLimit, StepContext, StepFailedError, StepInput, StepTimeoutError
from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._cli.progress.step_table import StepTable
from typedflow._definition.flow import FlowDefinition
from typedflow.engines._local.runs import execute, resume
from typedflow.exceptions import StoreError
from typedflow.listeners import inline
from typedflow.listeners.logs import log_events
from typedflow.listeners.tracing import RunTracer
from typedflow.stores import MemoryStore, SqliteStore
from typedflow.testing import VirtualClock
from typedflow.testing._cut_off import CutOffError, MortalStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from typedflow import Event


@dataclass(frozen=True)
class Report:
    day: date
    words: list[str]


@pytest.fixture
def store() -> Iterator[MemoryStore]:
    with MemoryStore() as opened:
        yield opened


@pytest.fixture
def calls() -> list[Any]:
    return []


def in_virtual_time(program: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    return trio.run(program, *arguments, clock=VirtualClock())


def shown(events: list[Event]) -> list[str]:
    """Each event of a step or a task in a few words."""
    return [
        f"{each.step} {each.status}" + ("" if each.cached_from is None else f" from {each.cached_from}")
        for each in events
        if each.subject != "run"
    ]


def test_an_output_is_used_again_and_is_what_it_was(store: MemoryStore, calls: list[str]) -> None:
    def report(inputs: StepInput) -> Report:
        calls.append(inputs["run"])
        return Report(date(2026, 12, 1), inputs["run"].split())

    flow = (
        Flow("daily", str)
        .step("report", report, cache=timedelta(days=1))
        .step("words", lambda i: len(i["report"].words), depends_on=["report"])
    )
    events: list[Event] = []

    first = flow.run_sync("a b", store=store, run_id="first")
    again = flow.run_sync("a b", store=store, run_id="again", listeners=[inline(events.append)])
    flow.run_sync("a b c", store=store)

    assert first == again == {"report": Report(date(2026, 12, 1), ["a", "b"]), "words": 2}
    assert calls == ["a b", "a b c"]
    assert shown(events)[:3] == ["report started", "report completed from first", "report completed from first"]
    assert [(each.subject, each.attempt, each.cached_from) for each in events if each.step == "report"][1:] == [
        ("task", 0, "first"),
        ("step", None, "first"),
    ]
    task = store.tasks("again", step="report")[0]
    assert (task.status, task.attempt, task.started_at, task.cached_from) == ("completed", 0, None, "first")
    assert store.cached()[0].hits == 1
    assert flow.run_sync("a b", store=store, run_id="again") == again


def test_a_used_output_outlives_its_run(tmp_path: Path, calls: list[int]) -> None:
    def square(inputs: StepInput) -> int:
        calls.append(inputs["run"])
        return int(inputs["run"]) ** 2

    flow = Flow("square", int).step("square", square, cache="forever")
    with SqliteStore(tmp_path / "runs.db") as store:
        flow.run_sync(3, store=store, run_id="first")
        store.delete("first")
    with SqliteStore(tmp_path / "runs.db") as store:
        assert flow.run_sync(3, store=store, run_id="second") == {"square": 9}
        assert store.tasks("second")[0].cached_from == "first"
    assert calls == [3]


def test_each_item_of_a_map_step_is_computed_once(store: MemoryStore, calls: list[int]) -> None:
    async def square(number: int) -> int:
        calls.append(number)
        await trio.sleep(1)
        return number**2

    flow = Flow("squares", list[int]).map("squares", square, over="run", cache=60)
    run = partial(flow.run, store=store)

    assert in_virtual_time(run, [1, 2, 1, 3, 1]) == {"squares": [1, 4, 1, 9, 1]}
    assert in_virtual_time(run, [4, 3, 2]) == {"squares": [16, 9, 4]}
    assert in_virtual_time(run, [3, 3]) == {"squares": [9, 9]}
    assert in_virtual_time(run, []) == {"squares": []}
    assert sorted(calls) == [1, 2, 3, 4]


@pytest.mark.parametrize("max_concurrency", [1, None])
def test_two_runs_that_need_an_output_compute_it_once(
    store: MemoryStore, calls: list[str], max_concurrency: int | None
) -> None:
    """The one that waits takes up none of its run's places, and its timeout has not begun."""

    async def slow(inputs: StepInput) -> str:
        calls.append("slow")
        await trio.sleep(10)
        return "done"

    async def other(inputs: StepInput) -> str:
        calls.append("other")
        return "done"

    flow = Flow("slow", int).step("slow", slow, cache=60, timeout=11).step("other", other)
    limit: Any = {} if max_concurrency is None else {"max_concurrency": max_concurrency}

    async def program() -> float:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(partial(flow.run, 1, store=store, **limit))
        return trio.current_time() - began

    assert in_virtual_time(program) == pytest.approx(10, abs=1)
    assert Counter(calls) == {"slow": 1, "other": 3}


def test_if_the_first_fails_the_second_computes_it(store: MemoryStore, calls: list[str]) -> None:
    async def fails_once(inputs: StepInput, context: StepContext[Any]) -> str:
        calls.append(context.run_id)
        await trio.sleep(5)
        if len(calls) == 1:
            raise ConnectionError("no answer")
        return "done"

    flow = Flow("fails_once", int).step("step", fails_once, cache=60)

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            await trio.sleep(1)
            outputs = await flow.run(1, store=store, run_id="second")
            assert outputs == {"step": "done"}

    async def first() -> None:
        with pytest.raises(StepFailedError):
            await flow.run(1, store=store, run_id="first")

    in_virtual_time(program)
    assert calls == ["first", "second"]
    with pytest.raises(StepFailedError):
        flow.run_sync(1, store=store, run_id="first")


def test_a_retry_may_find_what_another_run_has_computed(store: MemoryStore, calls: list[str]) -> None:
    async def fails_once(inputs: StepInput, context: StepContext[Any]) -> str:
        calls.append(context.run_id)
        if len(calls) == 1:
            raise ConnectionError("no answer")
        return "done"

    flow = Flow("fails_once", int, max_attempts=2, base_delay=60).step("step", fails_once, cache=3600)

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(flow.run, 1, store=store, run_id="first"))
            await trio.sleep(1)
            await flow.run(1, store=store, run_id="second")

    in_virtual_time(program)
    task = store.tasks("first")[0]
    assert (calls, task.cached_from, task.attempt) == (["first", "second"], "second", 1)


def test_a_run_that_waits_for_another_one_can_be_cancelled(store: MemoryStore) -> None:
    async def slow(inputs: StepInput) -> str:
        await trio.sleep(100)
        return "done"

    flow = Flow("slow", int).step("slow", slow, cache=60)

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(flow.run, 1, store=store, run_id="first"))
            await trio.sleep(1)
            with trio.move_on_after(5) as scope:
                await flow.run(1, store=store, run_id="second")
            assert scope.cancelled_caught
            assert trio.current_time() < 50
        assert store.run("second").is_interrupted
        assert await flow.resume("second", store=store) == {"slow": "done"}

    in_virtual_time(program)
    assert store.tasks("second")[0].cached_from == "first"


def test_items_that_will_not_start_any_more_are_left_to_others(store: MemoryStore, calls: list[Any]) -> None:
    async def item(number: int, context: StepContext[Any]) -> int:
        calls.append((context.run_id, number))
        await trio.sleep(1)
        if number == 0:
            raise ValueError("zero")
        return number

    async def approval(inputs: StepInput) -> None:
        await trio.sleep(1000)

    flow = (
        Flow("items", list[int])
        .map("items", item, over="run", when_exhausted="skip", cache="forever")
        .step("approval", approval, if_={"run": [0]}, depends_on=["items"])
    )

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(flow.run, [0, 1, 2, 3], store=store, run_id="first", max_concurrency=1))
            await trio.sleep(10)
            outputs = await flow.run([1, 2, 3], store=store, run_id="second")
            assert outputs["items"] == [1, 2, 3]
            assert trio.current_time() < 100

    in_virtual_time(program)
    assert calls == [("first", 0), ("second", 1), ("second", 2), ("second", 3)]


def test_neither_failures_nor_skipped_steps_are_cached(store: MemoryStore, calls: list[Any]) -> None:
    def odd(number: int) -> int:
        calls.append(number)
        if number % 2:
            raise ValueError(number)
        return number

    flow = (
        Flow("odd", list[int])
        .map("none", odd, over="run", when_exhausted="none", cache="forever")
        .step("skipped", lambda i: odd(1), when_exhausted="skip", cache="forever")
        .step("unmet", lambda i: odd(2), if_not=[2], cache="forever")
    )
    for _ in range(2):
        assert flow.run_sync([1, 2, 3], store=store) == {"none": [None, 2, None], "skipped": None, "unmet": None}

    assert Counter(calls) == {1: 4, 2: 1, 3: 2}
    assert [(record.step, record.outputs) for record in store.cached()] == [("none", 1)]


def test_a_hit_uses_up_neither_attempts_nor_a_rate_limit(store: MemoryStore, calls: list[int]) -> None:
    limit = RateLimit(1, per=60)

    def step(item: int) -> int:
        calls.append(item)
        return item

    flow = Flow("limited", list[int]).map("step", step, over="run", rate_limit=limit, cache=3600)

    async def program() -> list[float]:
        took: list[float] = []
        for items in ([1, 2], [1, 2, 1, 2], [3, 1]):
            began = trio.current_time()
            await flow.run(items, store=store)
            took.append(round(trio.current_time() - began))
        return took

    assert in_virtual_time(program) == [60, 0, 60]
    assert calls == [1, 2, 3]


def test_a_step_that_begins_again_computes_what_its_run_had_computed(store: MemoryStore, calls: list[str]) -> None:
    def step(inputs: StepInput, context: StepContext[Any]) -> str:
        calls.append(context.run_id)
        return context.run_id

    flow = Flow("again", int).step("cached", step, cache="forever")
    fails = flow.step("fails", lambda i: 1 // i["run"], depends_on=["cached"])
    for run_id in ("first", "second"):
        with pytest.raises(StepFailedError):
            fails.run_sync(0, store=store, run_id=run_id)
        with pytest.raises(StepFailedError):
            fails.retry_sync(run_id, store=store, from_steps=["cached"])

    assert calls == ["first", "first"]
    assert store.tasks("second", step="cached")[0].cached_from == "first"


def test_listeners_say_that_an_output_is_from_the_cache(
    store: MemoryStore, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    flow = (
        Flow("squares", list[int])
        .step("first", lambda i: i["run"][0], cache=60)
        .map("squares", lambda number: number**2, over="run", cache=60)
    )
    table = StepTable(flow.definition, Console())
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    flow.run_sync([1, 2], store=store, run_id="before")
    listeners = [inline(PlainLines()), inline(log_events), inline(table), RunTracer(provider).in_place]

    with caplog.at_level("DEBUG", "typedflow"):
        flow.run_sync([1, 2], store=store, run_id="now", listeners=listeners)
        flow.run_sync([1, 3], store=store, run_id="later", listeners=listeners[:1])

    lines = capsys.readouterr().err.splitlines()
    assert 'step "first" completed: from the cache of run before' in lines
    assert [line.partition(" s,")[2] for line in lines if line.startswith('step "squares" completed after')] == [
        " 2 items from the cache",
        " 1 item from the cache",
    ]
    logged = [message for message in caplog.messages if "cache" in message]
    assert logged[:2] == [
        'flow "squares", run now, step "first": completed from the cache of run before',
        'flow "squares", run now, step "first": completed from the cache of run before',
    ]
    assert 'flow "squares", run now, step "squares", item 1: completed from the cache of run before' in logged
    with (console := Console(width=120)).capture() as shown_table:
        console.print(table)
    assert "from the cache of run before" in shown_table.get()
    assert "2 of 2 items, 2 from the cache" in shown_table.get()
    spans = [
        (span.name, (span.attributes or {}).get("typedflow.cached_from")) for span in exporter.get_finished_spans()
    ]
    assert spans[:2] == [("cached first", "before"), ("step first", "before")]
    assert ("cached squares", "before") in spans
    assert not any(name.startswith("attempt") for name, _ in spans)


def test_another_version_is_computed_anew(store: MemoryStore, calls: list[int]) -> None:
    def squares(version: int) -> Flow[int, Any]:
        def square(inputs: StepInput) -> int:
            calls.append(version)
            return int(inputs["run"]) ** 2 * version

        return Flow("squares", int).step("square", square, cache="forever", cache_version=version)

    outputs = [squares(version).run_sync(3, store=store)["square"] for version in (1, 2, 1, 2)]

    assert (outputs, calls) == ([9, 18, 9, 18], [1, 2])


class OnlyText(TypedDict):
    text: str


def test_what_a_typed_dict_does_not_name_does_not_count(store: MemoryStore, calls: list[str]) -> None:
    def length(inputs: OnlyText) -> int:
        calls.append(inputs["text"])
        return len(inputs["text"])

    flow = (
        Flow("length", tuple[str, int])
        .step("text", lambda i: i["run"][0])
        .step("length", length, depends_on=["text"], cache="forever")
    )

    assert [flow.run_sync(("word", number), store=store)["length"] for number in range(3)] == [4, 4, 4]
    assert calls == ["word"]


def test_without_a_store_nothing_is_used_again(calls: list[int]) -> None:
    flow = Flow("square", int).step("square", lambda i: calls.append(i["run"]), cache="forever")

    for _ in range(2):
        flow.run_sync(3)

    assert calls == [3, 3]


@pytest.mark.parametrize("is_raised", [True, False])
def test_a_store_that_cannot_be_asked_interrupts_the_run(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, *, is_raised: bool
) -> None:
    def look_up(*arguments: object) -> Future[Any]:
        error = StoreError("memory", "the disk is full.")
        if is_raised:
            raise error
        future: Future[Any] = Future()
        future.set_exception(error)
        return future

    flow = Flow("square", int).step("other", lambda i: 1).step("square", lambda i: i["run"] ** 2, cache="forever")
    with monkeypatch.context() as patched:
        patched.setattr(store, "look_up", look_up)
        with pytest.raises(StoreError, match=r"the disk is full\."):
            flow.run_sync(3, store=store, run_id="first")

    assert store.run("first").is_interrupted
    assert flow.resume_sync("first", store=store) == {"other": 1, "square": 9}


def test_an_output_that_cannot_be_read_any_more_is_computed_anew(tmp_path: Path, calls: list[int]) -> None:
    def square(inputs: StepInput) -> int:
        calls.append(inputs["run"])
        return int(inputs["run"]) ** 2

    flow = Flow("square", int).step("square", square, cache="forever")
    with SqliteStore(tmp_path / "runs.db") as store:
        flow.run_sync(3, store=store)
        with closing(sqlite3.connect(tmp_path / "runs.db")) as db, db:
            db.execute("""update tasks set output = '"nine"'""")

        assert flow.run_sync(3, store=store) == {"square": 9}
        assert flow.run_sync(3, store=store) == {"square": 9}
    assert calls == [3, 3]


def test_a_timeout_of_the_handler_lets_others_compute(store: MemoryStore, calls: list[str]) -> None:
    async def slow(inputs: StepInput, context: StepContext[Any]) -> str:
        calls.append(context.run_id)
        await trio.sleep(100 if len(calls) == 1 else 1)
        return "done"

    flow = Flow("slow", int).step("slow", slow, cache=60, timeout=10)

    async def program() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(first)
            await trio.sleep(1)
            assert await flow.run(1, store=store, run_id="second") == {"slow": "done"}

    async def first() -> None:
        with pytest.raises(StepFailedError) as caught:
            await flow.run(1, store=store, run_id="first")
        assert isinstance(caught.value.__cause__, StepTimeoutError)

    in_virtual_time(program)
    assert calls == ["first", "second"]


def random_flow(seed: int, called: Counter[tuple[str, str]] | None) -> FlowDefinition:
    """Return a flow whose outputs follow from its inputs. With ``called``, all of its steps have a cache."""
    chance = Random(seed)  # noqa: S311  the same every time
    cached: Any = {} if called is None else {"cache": "forever"}

    def handler(slug: str) -> Callable[[Any], Any]:
        def handle(given: Any) -> Any:
            if called is not None:
                called[slug, repr(given)] += 1
            total = sum(int(digit) for digit in repr(given) if digit.isdigit())
            return [total % 3, total % 5] if slug.endswith("s") else total % 7

        return handle

    definition = FlowDefinition("random", list[int])
    lists = ["run"]
    for number in range(chance.randint(1, 8)):
        slugs = [step.slug for step in definition.steps]
        depends_on = chance.sample(slugs, min(len(slugs), chance.randint(0, 2)))
        slug = f"step_{number}" + chance.choice(["", "s"])
        options = {**cached, "when_exhausted": "skip", "runs_in": "inline"}
        if chance.random() < 0.4:
            beside = chance.choice([None, depends_on])
            definition = definition.with_map(slug, handler(slug), chance.choice(lists), beside, **options)
            lists.append(slug)
        else:
            definition = definition.with_step(slug, handler(slug), depends_on, **options)
            lists += [slug] if slug.endswith("s") else []
    return definition


@pytest.mark.parametrize("seed", range(24))
def test_a_random_flow_has_the_same_outputs_with_a_cache(seed: int) -> None:
    """One run after another, and all at the same time."""
    called: Counter[tuple[str, str]] = Counter()
    plain, cached = random_flow(seed, None), random_flow(seed, called)
    chance = Random(seed)  # noqa: S311  the same every time
    inputs = [chance.choices(range(4), k=number) for number in range(4)] * 2
    found: dict[int, Any] = {}

    async def run(number: int, store: MemoryStore) -> None:
        found[number] = await execute(cached, inputs[number], store=store, max_concurrency=2)

    async def program() -> None:
        expected = dict(enumerate([await execute(plain, flow_input) for flow_input in inputs]))
        with MemoryStore() as store:
            for number in range(len(inputs)):
                await run(number, store)
        assert (found, set(called.values())) == (expected, {1})
        found.clear()
        with MemoryStore() as store:
            async with trio.open_nursery() as nursery:
                for number in range(len(inputs)):
                    nursery.start_soon(run, number, store)
        assert (found, set(called.values())) == (expected, {2})

    trio.run(program)


@pytest.mark.parametrize("seed", range(24))
def test_a_run_that_was_cut_off_keeps_no_output_from_others(seed: int, store: MemoryStore) -> None:
    """It is cut off at any of its commits, another run takes its place, and then it is resumed."""
    called: Counter[tuple[str, str]] = Counter()
    plain, cached = random_flow(seed, None), random_flow(seed, called)
    chance = Random(seed)  # noqa: S311  the same every time
    flow_input, last, is_stored = chance.choices(range(4), k=3), chance.randint(1, 6), chance.random() < 0.5

    async def program() -> None:
        expected = await execute(plain, flow_input)
        mortal = MortalStore(store, lambda _: mortal.commits >= last, is_stored=is_stored)
        with suppress(CutOffError):
            await execute(cached, flow_input, store=mortal, run_id="first")
        before = sum(called.values())
        assert await execute(cached, flow_input, store=store) == expected
        assert await resume(cached, "first", store) == expected if mortal.is_cut else True
        assert sum(called.values()) - before <= len(called)

    trio.run(program)
    assert max(called.values()) <= 2

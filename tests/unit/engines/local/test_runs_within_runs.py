"""A run that a handler has started: its events name the task, and reach the listeners of the surrounding run."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
import trio

from typedflow import Event, Flow
from typedflow.event import ParentTask
from typedflow.listeners.logs import log_events
from typedflow.testing import RecordedEvents

INNER = Flow("inner", str).step("words", lambda i: i["run"].split())


async def in_trio(inputs: Any) -> object:
    return await INNER.run(inputs["run"])


def in_a_thread(inputs: Any) -> object:
    return INNER.run_sync(inputs["run"])


def in_asyncio(inputs: Any) -> object:
    return asyncio.run(INNER.run(inputs["run"]))


async def in_a_child_task(inputs: Any) -> object:
    outputs = []

    async def run() -> None:
        outputs.append(await INNER.run(inputs["run"]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
    return outputs[0]


async def with_a_handle(inputs: Any) -> object:
    async with INNER.start(inputs["run"]) as run:
        outputs = await run.outputs()
        assert {event.run_id async for event in run.events} == {run.run_id}
        return outputs


def by_lambda(inputs: Any) -> object:
    return INNER.run(inputs["run"])


HANDLERS = [in_trio, in_a_thread, in_asyncio, in_a_child_task, with_a_handle, lambda i: by_lambda(i)]  # noqa: PLW0108


@pytest.mark.parametrize("handler", HANDLERS)
async def test_the_events_of_an_inner_run_name_the_task_that_has_started_it(handler: Any) -> None:
    events = RecordedEvents()
    outer = Flow("outer", str).step("before", lambda i: 1).step("step", handler, depends_on=["before"])  # type: ignore[typedflow-any-output]
    outputs = await outer.run("a b", listeners=[events.append])

    assert outputs["step"] == {"words": ["a", "b"]}
    inner = [event for event in events if event.parent is not None]
    run_id = events[0].run_id
    assert {event.parent for event in inner} == {ParentTask("outer", run_id, "step", 0, 1)}
    assert [(event.flow, event.subject, event.status) for event in inner] == [
        ("inner", "run", "started"),
        ("inner", "step", "started"),
        ("inner", "task", "started"),
        ("inner", "task", "completed"),
        ("inner", "step", "completed"),
        ("inner", "run", "completed"),
    ]
    assert len({event.run_id for event in inner} | {run_id}) == 2
    assert events.words[-2:] == ["step completed", "run completed"]
    assert events.attempts("words") == 0
    assert events.index(inner[0]) > [event.step for event in events if event.subject == "task"].index("step")


async def test_a_map_over_a_flow_names_the_item_and_the_attempt() -> None:
    tried: list[str] = []

    def flaky(inputs: Any) -> int:
        tried.append(inputs["run"])
        if tried.count("b") == 1 and inputs["run"] == "b":
            raise ConnectionError
        return 1

    inner = Flow("inner", str).step("try", flaky)
    outer = Flow("outer", list[str]).map("each", inner.run, over="run", max_attempts=2, base_delay=0)
    events: list[Event] = []
    await outer.run(["a", "b"], listeners=[events.append])
    ends = [(event.parent.task_index, event.parent.attempt, event.status) for event in events if event.parent
            and event.subject == "run" and event.status != "started"]  # fmt: skip
    assert sorted(ends) == [(0, 1, "completed"), (1, 1, "failed"), (1, 2, "completed")]


async def test_three_levels() -> None:
    middle = Flow("middle", str).step("in_middle", in_trio)

    async def nest(inputs: Any) -> object:
        return await middle.run(inputs["run"], listeners=[of_middle.append])

    of_middle: list[Event] = []
    of_outer: list[Event] = []
    await Flow("outer", str).step("nest", nest).run("a", listeners=[of_outer.append])
    starts = [(event.flow, event.parent and event.parent.step) for event in of_outer if event.subject == "run"
              and event.status == "started"]  # fmt: skip
    assert starts == [("outer", None), ("middle", "nest"), ("inner", "in_middle")]
    assert {event.flow for event in of_middle} == {"middle", "inner"}


async def test_a_listener_of_both_runs_receives_each_event_once() -> None:
    events: list[Event] = []
    listener = events.append

    async def again(inputs: Any) -> object:
        return await INNER.run(inputs["run"], listeners=[listener])

    await Flow("outer", str).step("again", again).run("a", listeners=[listener])
    assert len(events) == 12


async def test_a_run_beside_a_run_has_no_parent() -> None:
    events: list[Event] = []
    async with Flow("outer", str).step("a", lambda i: 1).start("x", listeners=[events.append]) as run:
        await run.outputs()
        await INNER.run("a", listeners=[events.append])
    assert {event.parent for event in events} == {None}


async def test_a_run_that_outlives_the_surrounding_one_is_no_longer_heard() -> None:
    events: list[Event] = []
    ended = trio.Event()
    async with trio.open_nursery() as nursery:

        async def later(inputs: Any) -> None:
            await ended.wait()
            await INNER.run(inputs["run"], listeners=[own.append])

        async def leave(inputs: Any) -> int:
            nursery.start_soon(later, inputs)
            return 1

        own: list[Event] = []
        await Flow("outer", str).step("leave", leave).run("a", listeners=[events.append])
        ended.set()
    assert {event.flow for event in events} == {"outer"}
    assert [event.parent and event.parent.step for event in own] == ["leave"] * 6


async def test_the_log_says_who_has_started_a_run(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "typedflow")
    await Flow("outer", str).step("step", in_trio).run("a", listeners=[log_events])
    outer, inner = caplog.records[0], caplog.records[2]
    run_ids = outer.__dict__["run_id"], inner.__dict__["run_id"]
    assert inner.getMessage() == (
        f'flow "inner", run {run_ids[1]}: started by step "step", task 0, of run {run_ids[0]}'
    )
    parent = {name: value for name, value in inner.__dict__.items() if name.startswith("parent_")}
    assert parent == {
        "parent_flow": "outer", "parent_run_id": run_ids[0], "parent_step": "step", "parent_task_index": 0,
        "parent_attempt": 1,
    }  # fmt: skip
    assert "parent_run_id" not in outer.__dict__

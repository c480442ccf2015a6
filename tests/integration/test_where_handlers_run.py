"""Each kind of handler behaves alike, wherever its run is started. The slow cells are in tests/checks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest
import sniffio

from tests.integration.cells import EXPECTED, HAPPENINGS, STARTS, cleaned_up, left_behind, observe
from typedflow import Flow, StepFailedError, StepInput
from typedflow.listeners import inline

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow import RunsIn


@pytest.mark.parametrize("runs_in", ["trio", "asyncio", "thread", "inline"])
@pytest.mark.parametrize("start", STARTS)
def test_a_handler_ends_as_expected_and_leaves_nothing_behind(start: str, runs_in: RunsIn, tmp_path: Path) -> None:
    kind = "trio" if runs_in == "inline" else runs_in
    observe(start, runs_in, "returns", tmp_path)  # what is started only once, such as a cached thread, stays
    assert cleaned_up.get(timeout=30) == kind
    before = left_behind()
    for happening in HAPPENINGS:
        assert observe(start, runs_in, happening, tmp_path) == EXPECTED[happening]
        assert cleaned_up.get(timeout=30) == kind  # a thread is not awaited after its timeout
    assert left_behind() == before


@pytest.mark.parametrize("backend", ["trio", "asyncio"])
def test_anyio_finds_out_where_a_handler_runs(backend: str) -> None:
    async def library(_: StepInput) -> str:
        await anyio.lowlevel.checkpoint()
        return sniffio.current_async_library()

    flow = Flow("f", int).step("on_trio", library).step("on_asyncio", library, runs_in="asyncio")
    outputs = anyio.run(flow.run, 1, backend=backend)
    assert outputs == {"on_trio": "trio", "on_asyncio": "asyncio"}


def test_what_a_failed_asyncio_handler_held_is_freed_with_its_error() -> None:
    class Held:
        pass

    held: list[weakref.ref[Held]] = []

    async def fail(_: StepInput) -> None:
        large = Held()
        held.append(weakref.ref(large))
        await asyncio.sleep(0)
        raise LookupError("no such page")

    async def in_asyncio() -> None:
        with contextlib.suppress(StepFailedError):
            await Flow("f", int).step("fail", fail, runs_in="asyncio").run(1)

    gc.collect()
    gc.disable()
    try:
        with contextlib.suppress(StepFailedError):
            Flow("f", int).step("fail", fail, runs_in="asyncio").run_sync(1)
        asyncio.run(in_asyncio())
        assert [each() for each in held] == [None, None]
    finally:
        gc.enable()


def test_a_run_is_cancelled_when_its_loop_cancels_all_of_its_tasks() -> None:
    begun: list[asyncio.Event] = []

    async def wait(_: StepInput) -> None:
        begun[-1].set()
        await asyncio.Event().wait()

    flow = Flow("f", int, max_attempts=3, runs_in="asyncio").step("wait", wait)

    async def program() -> list[tuple[str, str]]:
        begun.append(asyncio.Event())
        events: list[tuple[str, str]] = []
        run = asyncio.create_task(
            flow.run(1, listeners=[inline(lambda event: events.append((event.subject, event.status)))])
        )
        await begun[-1].wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.wait([run])
        assert run.cancelled()
        return events[-3:]

    for _ in range(10):
        assert asyncio.run(program()) == [("task", "cancelled"), ("step", "cancelled"), ("run", "cancelled")]


def test_a_handler_whose_task_alone_is_cancelled_has_failed() -> None:
    async def give_up(_: StepInput) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)

    flow = Flow("f", int, runs_in="asyncio").step("a", give_up)
    with pytest.raises(StepFailedError, match="at attempt 1: CancelledError"):
        asyncio.run(flow.run(1))

"""The handle of a run that a task of asyncio has started: its methods are awaited on the loop of that task."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from typedflow import Event, Flow, InvalidInputError, RunCancelledError, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


async def forever(_: StepInput) -> None:
    await asyncio.Event().wait()


async def fail(_: StepInput) -> None:
    raise LookupError("no such page")


class Steps:
    """Two steps on asyncio, of which the first waits until the test lets it."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def first(self, inputs: StepInput) -> int:
        await self.may_end.wait()
        count: int = inputs["run"]
        return count + 1

    def flow(self) -> Flow[int, Any]:
        flow = Flow("f", int, runs_in="asyncio").step("first", self.first)
        return flow.step("second", lambda i: i["first"] + 1, depends_on=["first"])


def in_asyncio(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test in asyncio, and look whether it has left tasks or threads."""

    async def main() -> None:
        await test()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    def run() -> None:
        before = threading.enumerate()
        asyncio.run(main())
        others = [thread.name for thread in threading.enumerate() if thread not in before]
        assert not [name for name in others if name.startswith(("run of", "typedflow"))]

    return run


@in_asyncio
async def test_outputs_and_events_are_awaited_as_they_come() -> None:
    steps = Steps()
    async with steps.flow().start(1) as run:
        assert run.steps == {"first": "started", "second": "created"} or run.status == "started"
        waiting = [asyncio.ensure_future(run.output(slug)) for slug in ("first", "second")]
        events = asyncio.ensure_future(_all(run.events))
        outputs = asyncio.ensure_future(run.outputs())
        await asyncio.sleep(0)
        steps.may_end.set()
        assert await asyncio.gather(*waiting) == [2, 3]
        assert await outputs == {"first": 2, "second": 3}
        assert [event.status for event in await events if event.subject == "run"] == ["started", "completed"]
    assert run.status == "completed"
    assert await run.outputs() == {"first": 2, "second": 3}
    assert len(await _all(run.events)) == 10


@in_asyncio
async def test_an_exception_of_the_block_cancels_the_run() -> None:
    with pytest.raises(KeyError) as caught:
        async with Flow("f", int, runs_in="asyncio").step("a", forever).start(1) as run:
            raise KeyError("of the block")
    assert caught.value.args == ("of the block",)
    assert run.status == "cancelled"
    with pytest.raises(RunCancelledError):
        await run.outputs()


@in_asyncio
async def test_the_run_may_be_cancelled_by_its_handle() -> None:
    async with Flow("f", int, runs_in="asyncio").step("a", forever).start(1) as run:
        waiting = asyncio.ensure_future(run.outputs())
        await asyncio.sleep(0)
        run.cancel()
    assert run.status == "cancelled"
    with pytest.raises(RunCancelledError):
        await waiting


@in_asyncio
async def test_a_failure_is_raised_where_the_block_ends_unless_its_outputs_were_awaited() -> None:
    flow = Flow("f", int, runs_in="asyncio").step("a", fail)
    with pytest.raises(StepFailedError):
        async with flow.start(1):
            pass
    async with flow.start(1) as run:
        with pytest.raises(StepFailedError) as caught:
            await run.outputs()
    assert isinstance(caught.value.__cause__, LookupError)
    with pytest.raises(KeyError) as noted:
        async with flow.start(1) as run:
            raise KeyError((await _all(run.events))[-1].status)
    (note,) = noted.value.__notes__
    failure = 'flow "f": step "a" failed at attempt 1: LookupError: no such page'
    assert (noted.value.args, note) == (
        ("failed",),
        f"The run failed before or while it was cancelled: {failure}",
    )


@in_asyncio
async def test_cancelling_the_task_cancels_the_run() -> None:
    runs: list[Any] = []
    began = asyncio.Event()

    async def task() -> None:
        async with Flow("f", int, runs_in="asyncio").step("a", forever).start(1) as run:
            runs.append(run)
            began.set()
            await asyncio.Event().wait()

    for wait_for_block in (True, False):
        began.clear()
        started = asyncio.ensure_future(task())
        await (began.wait() if wait_for_block else asyncio.sleep(0))
        started.cancel()
        with pytest.raises(asyncio.CancelledError):
            await started
    assert {run.status for run in runs} == {"cancelled"}


@in_asyncio
async def test_what_cannot_start_is_raised_where_the_block_begins() -> None:
    flow: Any = Flow("f", int).step("a", lambda _: 1)
    with pytest.raises(InvalidInputError):
        async with flow.start("1"):
            raise AssertionError("the block must not begin")


async def _all(events: Any) -> list[Event]:
    return [event async for event in events]

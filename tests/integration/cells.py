"""Each kind of handler, wherever its run is started, whatever happens to it: what the caller sees, and what is left."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import queue
import threading
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

import httpx
import trio
from fastapi import FastAPI

from typedflow import Flow, RunsIn, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

Happening: TypeAlias = Literal["returns", "raises", "timed out", "cancelled from outside", "sibling fails"]
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)

cleaned_up: queue.SimpleQueue[str] = queue.SimpleQueue()
"""Which kinds of handlers have cleaned up. A process that is killed does not."""


class Job(TypedDict):
    """The flow input: what happens, and the pipe to which a handler writes when it has begun."""

    happening: str
    pipe: str


def _begin(job: Job) -> bool:
    """Say that a handler has begun. Return whether it waits for its end, or else return or raise."""
    Path(job["pipe"]).write_text("begun", "utf-8")
    if job["happening"] == "raises":
        raise LookupError("no such page")
    return job["happening"] != "returns"


async def on_trio(inputs: StepInput) -> str:
    try:
        if _begin(inputs["run"]):
            await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        cleaned_up.put("trio")
    return "done"


async def on_asyncio(inputs: StepInput) -> str:
    try:
        if _begin(inputs["run"]):
            await asyncio.Event().wait()
    finally:
        await asyncio.sleep(0)
        cleaned_up.put("asyncio")
    return "done"


def in_thread(inputs: StepInput) -> str:
    try:
        if _begin(inputs["run"]):
            trio.from_thread.run(trio.sleep_forever)
    finally:
        cleaned_up.put("thread")
    return "done"


def in_process(inputs: StepInput) -> str:
    if _begin(inputs["run"]):
        time.sleep(600)
    return "done"


HANDLERS: dict[RunsIn, Callable[..., Awaitable[str] | str]] = {
    "trio": on_trio,
    "asyncio": on_asyncio,
    "thread": in_thread,
    "process": in_process,
    "inline": lambda inputs: on_trio(inputs),  # noqa: PLW0108  a lambda is what is tested
}


def _flow(runs_in: RunsIn, happening: Happening, begun: Callable[[], bytes]) -> Flow[Job, Any]:
    timeout = 0.05 if happening == "timed out" else None
    flow = Flow("f", Job).step("work", HANDLERS[runs_in], runs_in=runs_in, timeout=timeout)
    if happening != "sibling fails":
        return flow

    def fail(_: StepInput) -> str:
        begun()
        raise LookupError("sibling")

    return flow.step("sibling", fail)


async def _by_trio(flow: Flow[Job, Any], job: Job, cancel_when: Callable[[], bytes] | None) -> Any:
    async with trio.open_nursery() as nursery:

        async def cancel() -> None:
            if cancel_when is not None:
                await trio.to_thread.run_sync(cancel_when)
                nursery.cancel_scope.cancel()

        nursery.start_soon(cancel)
        outputs = await flow.run(job)
        return outputs["work"]


async def _by_run_sync(flow: Flow[Job, Any], job: Job, cancel_when: Callable[[], bytes] | None) -> Any:
    async with trio.open_nursery() as nursery:

        async def cancel() -> None:
            if cancel_when is not None:
                await trio.to_thread.run_sync(cancel_when)
                nursery.cancel_scope.cancel()

        nursery.start_soon(cancel)
        outputs = await trio.to_thread.run_sync(flow.run_sync, job)
        return outputs["work"]


async def _by_asyncio(flow: Flow[Job, Any], job: Job, cancel_when: Callable[[], bytes] | None) -> Any:
    task = asyncio.ensure_future(flow.run(job))
    return (await _cancelled_when(task, cancel_when))["work"]


async def _by_fastapi(flow: Flow[Job, Any], job: Job, cancel_when: Callable[[], bytes] | None) -> Any:
    app = FastAPI()

    @app.get("/")
    async def page() -> Any:
        return await flow.run(job)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as client:
        task = asyncio.ensure_future(client.get("/"))
        return (await _cancelled_when(task, cancel_when)).json()["work"]


async def _cancelled_when(task: asyncio.Future[Any], cancel_when: Callable[[], bytes] | None) -> Any:
    if cancel_when is not None:
        await asyncio.to_thread(cancel_when)
        task.cancel()
    try:
        return await task
    finally:
        await asyncio.get_running_loop().shutdown_default_executor()
        assert asyncio.all_tasks() == {asyncio.current_task()}


STARTS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "trio": (trio.run, _by_trio),
    "run_sync": (trio.run, _by_run_sync),
    "asyncio": (lambda main, *args: asyncio.run(main(*args)), _by_asyncio),
    "FastAPI": (lambda main, *args: asyncio.run(main(*args)), _by_fastapi),
}


@contextmanager
def _prepared(runs_in: RunsIn, happening: Happening, folder: Path) -> Iterator[tuple[Any, ...]]:
    """Give the flow, its input, and what waits until the run is to be cancelled, or None."""
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    ends = os.open(pipe, os.O_RDWR)  # so that opening it does not block the handler
    begun = partial(os.read, ends, 5)
    cancel_when = begun if happening == "cancelled from outside" else None
    try:
        yield _flow(runs_in, happening, begun), Job(happening=happening, pipe=str(pipe)), cancel_when
    finally:
        os.close(ends)
        pipe.unlink()


def observe(start: str, runs_in: RunsIn, happening: Happening, folder: Path) -> str:
    """Run a flow of one handler, and return what its caller sees."""
    run, main = STARTS[start]
    with _prepared(runs_in, happening, folder) as prepared:
        try:
            output = run(main, *prepared)
        except BaseExceptionGroup as group:
            (error,) = group.exceptions
            return str(error)
        except StepFailedError as error:
            return str(error)
        except asyncio.CancelledError:
            return "cancelled"
    return "cancelled" if output is None else output


async def observe_in_cell(runs_in: RunsIn, happening: Happening, folder: str) -> tuple[str, bool]:
    """Await a run in a cell of a notebook. Return what the cell sees, and whether no task was left behind."""
    before = asyncio.all_tasks()
    with _prepared(runs_in, happening, Path(folder)) as (flow, job, cancel_when):
        task = asyncio.ensure_future(flow.run(job))
        if cancel_when is not None:
            await asyncio.to_thread(cancel_when)
            task.cancel()
        try:
            seen = (await task)["work"]
        except StepFailedError as error:
            seen = str(error)
        except asyncio.CancelledError:
            seen = "cancelled"
    return seen, asyncio.all_tasks() == before


EXPECTED: dict[Happening, str] = {
    "returns": "done",
    "raises": 'flow "f": step "work" failed at attempt 1: LookupError: no such page',
    "timed out": 'flow "f": step "work" failed at attempt 1: StepTimeoutError: attempt 1 was cancelled after its '
    "timeout of 0.05 s. Give the step a longer timeout if it needs one.",
    "cancelled from outside": "cancelled",
    "sibling fails": 'flow "f": step "sibling" failed at attempt 1: LookupError: sibling',
}


def left_behind() -> dict[str, object]:
    """Return what runs may leave behind: threads at work, processes, and the number of open files and sockets."""
    gc.collect()
    names = sorted(thread.name for thread in threading.enumerate())
    return {
        "threads": [name for name in names if not name.startswith(("Main", "Trio thread"))],
        "processes": multiprocessing.active_children(),
        "files": len(list(Path("/proc/self/fd").iterdir())),
    }

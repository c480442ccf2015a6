"""Temporal's dev server, on a file: one workflow executes a graph, and each step is an activity."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client as Temporal
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.benchmarks.engines.contest import DIAMOND, PAUSE, ROOT, Contestant, Output, main, results

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUE = "benchmark"
PATIENCE = timedelta(minutes=5)
# A workflow may have 2,000 activities that have not ended.
MOST_ACTIVITIES = 1000


@activity.defn
async def handler(_: Any) -> Output:
    return {"number": 1}


@workflow.defn
class ExecuteGraph:
    @workflow.run
    async def run(self, graph: dict[str, list[str]], items: int) -> list[Output]:
        steps: dict[str, asyncio.Task[Output]] = {}

        async def step(slug: str) -> Output:
            given = [await steps[dependency] for dependency in graph[slug]]
            found: Output = await workflow.execute_activity(handler, given, start_to_close_timeout=PATIENCE)
            return found

        for slug in graph:
            steps[slug] = asyncio.create_task(step(slug))
        outputs = [await task for task in steps.values()]
        room = asyncio.Semaphore(MOST_ACTIVITIES)

        async def item(index: int) -> Output:
            async with room:
                found: Output = await workflow.execute_activity(handler, index, start_to_close_timeout=PATIENCE)
                return found

        return [*outputs, *await asyncio.gather(*map(item, range(items)))]


async def connected(address: str) -> Temporal:
    deadline = time.monotonic() + 60
    while True:
        try:
            return await Temporal.connect(address)
        except (RPCError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


@contextmanager
def dev_server(_: int) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (ROOT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(dir=ROOT / "build") as folder:
        command = [str(Path(sys.executable).with_name("temporal")), "server", "start-dev", "--headless"]
        command += ["--port", str(port), "--log-level", "never", "--db-filename", str(Path(folder, "temporal.db"))]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603  spelled above
            try:
                yield f"127.0.0.1:{port}"
            finally:
                process.kill()


def prepare(address: str) -> None:
    asyncio.run(connected(address))


def work(address: str) -> None:
    async def serve() -> None:
        await Worker(
            await connected(address),
            task_queue=QUEUE,
            workflows=[ExecuteGraph],
            activities=[handler],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ).run()

    asyncio.run(serve())


class WorkflowClient:
    def __init__(self, address: str) -> None:
        self._address = address

    @staticmethod
    async def _run(opened: Temporal, graph: dict[str, tuple[str, ...]], items: int = 0) -> int:
        found = await opened.execute_workflow(ExecuteGraph.run, args=[graph, items], id=str(uuid4()), task_queue=QUEUE)
        return results(found)

    def diamonds(self, runs: int) -> int:
        async def all_runs() -> int:
            opened = await connected(self._address)
            return sum(await asyncio.gather(*[self._run(opened, DIAMOND) for _ in range(runs)]))

        return asyncio.run(all_runs())

    def map(self, items: int) -> int:
        async def one() -> int:
            return await self._run(await connected(self._address), {}, items)

        return asyncio.run(one())

    def latencies(self, runs: int) -> list[float]:
        async def all_runs() -> list[float]:
            opened = await connected(self._address)
            seconds = []
            for _ in range(runs):
                await asyncio.sleep(PAUSE)
                began = time.perf_counter()
                await self._run(opened, DIAMOND)
                seconds.append(time.perf_counter() - began)
            return seconds

        return asyncio.run(all_runs())


@contextmanager
def client(address: str) -> Iterator[WorkflowClient]:
    yield WorkflowClient(address)


if __name__ == "__main__":
    main(Contestant("with_temporal", prepare, work, client, server=dev_server))

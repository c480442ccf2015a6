"""DBOS on Postgres: a queue of workflows. All steps of a workflow are called in the worker that has dequeued it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dbos import DBOS, DBOSClient, DBOSConfig

from tests.benchmarks.engines.contest import PAUSE, Contestant, Output, main, results

if TYPE_CHECKING:
    from collections.abc import Iterator

# How often the queue and the client look, in seconds. By default each second, which would be most of a latency.
POLL = 0.02


def launch(address: str) -> None:
    config: DBOSConfig = {
        "name": "benchmark",
        "system_database_url": address,
        "application_version": "1",
        "log_level": "ERROR",
        "enable_otlp": False,
        "run_admin_server": False,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue("benchmark", polling_interval_sec=POLL)


@DBOS.step()
async def handler(_: Any) -> Output:
    return {"number": 1}


@DBOS.workflow(name="diamond")
async def diamond(number: int) -> list[Output]:
    first = await handler(number)
    left, right = await asyncio.gather(handler(first), handler(first))
    return [first, left, right, await handler([left, right])]


@DBOS.workflow(name="mapped")
async def mapped(items: int) -> list[Output]:
    return list(await asyncio.gather(*map(handler, range(items))))


def prepare(address: str) -> None:
    logging.disable()
    launch(address)
    DBOS.destroy()


def work(address: str) -> None:
    launch(address)
    threading.Event().wait()


class QueueClient:
    def __init__(self, opened: DBOSClient) -> None:
        self._client = opened

    async def _run(self, workflow: str, given: int) -> int:
        handle: Any = await self._client.enqueue_async({"queue_name": "benchmark", "workflow_name": workflow}, given)
        return results(await handle.get_result(polling_interval_sec=POLL))

    def diamonds(self, runs: int) -> int:
        async def all_runs() -> int:
            return sum(await asyncio.gather(*[self._run("diamond", number) for number in range(runs)]))

        return asyncio.run(all_runs())

    def map(self, items: int) -> int:
        return asyncio.run(self._run("mapped", items))

    def latencies(self, runs: int) -> list[float]:
        async def all_runs() -> list[float]:
            seconds = []
            for number in range(runs):
                await asyncio.sleep(PAUSE)
                began = time.perf_counter()
                await self._run("diamond", number)
                seconds.append(time.perf_counter() - began)
            return seconds

        return asyncio.run(all_runs())


@contextmanager
def client(address: str) -> Iterator[QueueClient]:
    opened = DBOSClient(system_database_url=address)
    yield QueueClient(opened)
    opened.destroy()


if __name__ == "__main__":
    main(Contestant("with_dbos", prepare, work, client))

"""DBOS on SQLite: a workflow whose steps are called one after another, or awaited together where they may."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dbos import DBOS, DBOSConfig

from tests.benchmarks.durable.workloads import Output, Workload, main, results

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def launch(folder: Path) -> None:
    config: DBOSConfig = {
        "name": "benchmark",
        "system_database_url": f"sqlite:///{folder / 'dbos.sqlite'}",
        "log_level": "ERROR",
        "enable_otlp": False,
    }
    DBOS(config=config)


def sync(workload: Workload, folder: Path, count: Callable[[], None]) -> Callable[[], int]:
    """Plain functions. The steps of a workflow can only be called one after another."""
    launch(folder)

    @DBOS.step()
    def handler(_: object) -> Output:
        count()
        return {"number": 1}

    @DBOS.workflow()
    def flow(number: int) -> list[Output]:
        outputs: dict[str, Output] = {}
        for slug, dependencies in workload.graph.items():
            outputs[slug] = handler({dependency: outputs[dependency] for dependency in dependencies})
        return [
            *outputs.values(),
            *(handler(item) for item in range(workload.items if number >= 0 else min(1, workload.items))),
        ]

    def carry_out() -> int:
        found = 0
        for first in range(0, workload.runs, workload.concurrent):
            batch = range(first, min(first + workload.concurrent, workload.runs))
            if workload.concurrent == 1:
                found += results(flow(first))
            else:
                handles = [DBOS.start_workflow(flow, number) for number in batch]
                found += sum(results(handle.get_result()) for handle in handles)
        return found

    DBOS.launch()
    flow(-1)
    return carry_out


def asynchronous(workload: Workload, folder: Path, count: Callable[[], None]) -> Callable[[], int]:
    """Coroutine functions. The steps that may run concurrently are gathered, layer by layer."""
    launch(folder)
    layers = layered(workload)

    @DBOS.step()
    async def handler(_: object) -> Output:
        count()
        return {"number": 1}

    @DBOS.workflow()
    async def flow(number: int) -> list[Output]:
        outputs: dict[str, Output] = {}
        for layer in layers:
            inputs = [{name: outputs[name] for name in workload.graph[slug]} for slug in layer]
            outputs.update(zip(layer, await asyncio.gather(*map(handler, inputs)), strict=True))
        items = await asyncio.gather(*map(handler, range(workload.items if number >= 0 else min(1, workload.items))))
        return [*outputs.values(), *items]

    async def all_runs() -> int:
        limit = asyncio.Semaphore(workload.concurrent)

        async def one(number: int) -> int:
            async with limit:
                return results(await flow(number))

        return sum(await asyncio.gather(*map(one, range(workload.runs))))

    DBOS.launch()
    asyncio.run(flow(-1))
    return lambda: asyncio.run(all_runs())


def layered(workload: Workload) -> list[list[str]]:
    """The steps by the length of the longest path to them."""
    depths: dict[str, int] = {}
    layers: dict[int, list[str]] = {}
    for slug, dependencies in workload.graph.items():
        depths[slug] = 1 + max((depths[dependency] for dependency in dependencies), default=-1)
        layers.setdefault(depths[slug], []).append(slug)
    return [layers[depth] for depth in sorted(layers)]


if __name__ == "__main__":
    main("DBOS", {"sync": sync, "async": asynchronous})

"""typedflow with a `SqliteStore`, whose commits survive a power cut, as by default."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from tests.benchmarks.durable.workloads import Output, Workload, main, results
from typedflow import Flow
from typedflow.stores import MemoryStore, SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stored(workload: Workload, folder: Path, count: Callable[[], None]) -> Callable[[], int]:
    """Run a flow with a store."""

    async def handler(_: Any) -> Output:
        count()
        return {"number": 1}

    flow: Flow[Any, Any] = Flow("benchmark", list[int])
    for slug, dependencies in workload.graph.items():
        flow = flow.step(slug, handler, depends_on=dependencies)  # type: ignore[typedflow-not-literal]
    if workload.items:
        flow = flow.map("items", handler, over="run")
    items = list(range(workload.items))

    async def all_runs() -> int:
        found = 0
        limit = trio.CapacityLimiter(workload.concurrent)

        async def one() -> None:
            nonlocal found
            async with limit:
                outputs: Any = await flow.run(items, store=store)
            found += results(outputs["items"] if workload.items else list(outputs.values()))

        with SqliteStore(folder / "runs.db") as store:
            if workload.concurrent == 1:
                for _ in range(workload.runs):
                    await one()
            else:
                async with trio.open_nursery() as nursery:
                    for _ in range(workload.runs):
                        nursery.start_soon(one)
        return found

    with MemoryStore() as memory:
        trio.run(partial(flow.run, items[:1], store=memory))
    return partial(trio.run, all_runs)


if __name__ == "__main__":
    main("typedflow", {"full": stored})

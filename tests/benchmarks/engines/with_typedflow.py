"""typedflow's engine on pgflow."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import trio

from tests.benchmarks.engines.contest import DIAMOND, PAUSE, Contestant, Output, main, results
from tests.pgflow import source
from typedflow import Flow
from typedflow.engines.pgflow import PgflowEngine, PgflowWorker
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install

if TYPE_CHECKING:
    from collections.abc import Iterator


async def handler(_: Any) -> Output:
    return {"number": 1}


diamond: Flow[Any, Any] = Flow("diamond", int)
for slug, dependencies in DIAMOND.items():
    diamond = diamond.step(slug, handler, depends_on=dependencies)  # type: ignore[typedflow-not-literal]
mapped: Flow[Any, Any] = Flow("mapped", list[int]).map("items", handler, over="run")


def prepare(address: str) -> None:
    with Database(address) as database:
        install(database, source())
    with PgflowEngine(address) as engine:
        engine.deploy(diamond)
        engine.deploy(mapped)


def work(address: str) -> None:
    PgflowWorker(address, [diamond, mapped]).run_sync()


class EngineClient:
    def __init__(self, engine: PgflowEngine) -> None:
        self._engine = engine

    def diamonds(self, runs: int) -> int:
        found = 0

        async def one(number: int) -> None:
            nonlocal found
            outputs: Any = await self._engine.run(diamond, number)
            found += results(list(outputs.values()))

        async def all_runs() -> None:
            async with trio.open_nursery() as nursery:
                for number in range(runs):
                    nursery.start_soon(one, number)

        trio.run(all_runs)
        return found

    def map(self, items: int) -> int:
        outputs: Any = self._engine.run_sync(mapped, list(range(items)))
        return results(outputs["items"])

    def latencies(self, runs: int) -> list[float]:
        async def all_runs() -> list[float]:
            seconds = []
            for number in range(runs):
                await trio.sleep(PAUSE)
                began = time.perf_counter()
                await self._engine.run(diamond, number)
                seconds.append(time.perf_counter() - began)
            return seconds

        return trio.run(all_runs)


@contextmanager
def client(address: str) -> Iterator[EngineClient]:
    with PgflowEngine(address) as engine:
        yield EngineClient(engine)


if __name__ == "__main__":
    main(Contestant("with_typedflow", prepare, work, client))

"""procrastinate with joins written by hand: what a step's end makes ready is counted and queued in one transaction."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
from procrastinate import App, PsycopgConnector
from psycopg_pool import AsyncConnectionPool

from tests.benchmarks.engines.contest import DIAMOND, PAUSE, Contestant, Output, main, results

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLES = """
create table runs (run uuid primary key, remaining int not null);
create table joins (run uuid, step text, remaining int not null, primary key (run, step));
create table outputs (run uuid, step text, index int, output jsonb not null, primary key (run, step, index));
"""
DEPENDENTS = {slug: [other for other, needs in DIAMOND.items() if slug in needs] for slug in DIAMOND}
DEFER = """
select procrastinate_defer_jobs_v1(array(
  select row('default', 'execute', 0, null, null, args, null)::procrastinate_job_to_defer_v1
  from unnest(%s::jsonb[]) as args))
"""
INPUTS = "select output from outputs where run = %s and step = any(%s)"
DONE = "insert into outputs values (%s, %s, %s, %s)"
JOIN = "update joins set remaining = remaining - 1 where run = %s and step = any(%s) returning step, remaining"
END = "update runs set remaining = remaining - 1 where run = %s returning remaining"


def make_app(address: str) -> App:
    return App(connector=PsycopgConnector(conninfo=address))


def prepare(address: str) -> None:
    async def apply() -> None:
        async with make_app(address).open_async() as app:
            await app.schema_manager.apply_schema_async()

    asyncio.run(apply())
    with psycopg.connect(address) as connection:
        connection.execute(TABLES)


async def handler(_: Any) -> Output:
    return {"number": 1}


def work(address: str) -> None:
    async def serve() -> None:
        app = make_app(address)
        async with AsyncConnectionPool(address, min_size=4, max_size=10, open=False) as pool:

            @app.task(name="execute")
            async def execute(run: str, step: str, index: int) -> None:
                async with pool.connection() as connection:
                    given: Any = index
                    if DIAMOND.get(step):
                        given = await (await connection.execute(INPUTS, (run, list(DIAMOND[step])))).fetchall()
                    await finish(connection, run, step, index, await handler(given))

            async with app.open_async():
                await app.run_worker_async(concurrency=50, fetch_job_polling_interval=1.0)

    asyncio.run(serve())


async def finish(connection: Any, run: str, step: str, index: int, output: Output) -> None:
    """Keep the output, and queue what is ready now. The pool commits."""
    await connection.execute(DONE, (run, step, index, json.dumps(output)))
    dependents = DEPENDENTS.get(step, [])
    if dependents:
        ready = [
            slug for slug, rest in await (await connection.execute(JOIN, (run, dependents))).fetchall() if not rest
        ]
        if ready:
            await connection.execute(DEFER, ([_task(run, slug) for slug in ready],))
    ((remaining,),) = await (await connection.execute(END, (run,))).fetchall()
    if remaining == 0:
        await connection.execute("select pg_notify('ended', %s)", (run,))


def _task(run: str | UUID, slug: str, index: int = 0) -> str:
    return json.dumps({"run": str(run), "step": slug, "index": index})


class JoinClient:
    def __init__(self, address: str) -> None:
        self._address = address

    async def _run_all(self, diamonds: int, items: int = 0) -> int:
        """Start runs, and wait for the notifications of their ends. The outputs are read together."""
        async with (
            AsyncConnectionPool(self._address, min_size=8, max_size=8, open=False) as pool,
            await psycopg.AsyncConnection.connect(self._address, autocommit=True) as listening,
        ):
            await listening.execute("listen ended")
            runs = {uuid4() for _ in range(1 if items else diamonds)}
            await asyncio.gather(*[self._start(pool, run, items) for run in runs])
            waiting = {str(run) for run in runs}
            async for notification in listening.notifies():
                waiting.discard(notification.payload)
                if not waiting:
                    break
            async with pool.connection() as connection:
                rows = await connection.execute("select output from outputs where run = any(%s)", (list(runs),))
                return results([output for (output,) in await rows.fetchall()])

    @staticmethod
    async def _start(pool: AsyncConnectionPool[Any], run: UUID, items: int) -> None:
        async with pool.connection() as connection:
            await connection.execute("insert into runs values (%s, %s)", (run, items or len(DIAMOND)))
            if items:
                first = [_task(run, "map", index) for index in range(items)]
            else:
                rows = [(run, slug, len(needs)) for slug, needs in DIAMOND.items() if needs]
                columns = [list(column) for column in zip(*rows, strict=True)]
                await connection.execute(
                    "insert into joins select * from unnest(%s::uuid[], %s::text[], %s::int[])", columns
                )
                first = [_task(run, "s0")]
            await connection.execute(DEFER, (first,))

    def diamonds(self, runs: int) -> int:
        return asyncio.run(self._run_all(runs))

    def map(self, items: int) -> int:
        return asyncio.run(self._run_all(0, items))

    def latencies(self, runs: int) -> list[float]:
        async def all_runs() -> list[float]:
            seconds = []
            async with (
                AsyncConnectionPool(self._address, min_size=1, open=False) as pool,
                await psycopg.AsyncConnection.connect(self._address, autocommit=True) as listening,
            ):
                await listening.execute("listen ended")
                for _ in range(runs):
                    await asyncio.sleep(PAUSE)
                    began = time.perf_counter()
                    run = uuid4()
                    await self._start(pool, run, 0)
                    async for notification in listening.notifies():
                        if notification.payload == str(run):
                            break
                    async with pool.connection() as connection:
                        await connection.execute("select output from outputs where run = %s", (run,))
                    seconds.append(time.perf_counter() - began)
            return seconds

        return asyncio.run(all_runs())


@contextmanager
def client(address: str) -> Iterator[JoinClient]:
    yield JoinClient(address)


if __name__ == "__main__":
    main(Contestant("with_procrastinate", prepare, work, client))

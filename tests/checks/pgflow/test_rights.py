"""Users with the rights on the page about operating run a flow, its queries work, and passwords stay secret."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
import trio
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.checks.pgflow.working import ask
from typedflow import EngineError, Flow, RunCancelledError
from typedflow.engines.pgflow import PgflowEngine, PgflowWorker

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
SQL = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PASSWORD = "s3cret-pass"  # noqa: S105  of a server that trusts everybody
ALL_TABLES = """
select format('select row_to_json(rows)::text from %I.%I as rows', schemaname, tablename)
from pg_tables where schemaname in ('pgflow', 'pgmq', 'typedflow')
"""


class Calls:
    count = 0


def fails_once(_: Any) -> int:
    Calls.count += 1
    if Calls.count == 1:
        raise ValueError("once")
    return 1


def order() -> Flow[Any, Any]:
    return (
        Flow("order", int)
        .step("find", fails_once, max_attempts=2, base_delay=0.01)
        .step("parts", lambda _: [1, 2], depends_on=["find"])
        .map("pack", lambda part: part, over="parts")
        .wait("paid", int)
        .step("send", lambda _: 1, depends_on=["pack", "paid"])
    )


@pytest.fixture
def users(engine_database: str) -> Iterator[tuple[str, str]]:
    """The connection strings of a client and of a worker that have the rights on the page, and a password."""
    with PgflowEngine(engine_database) as engine:
        engine.deploy(order())
    ask(engine_database, "create role client_1 login password 'unused'")
    ask(engine_database, "create role worker_1 login password 'unused'")
    (granting,) = [each for each in SQL if "create role" in each]
    for statement in granting.split(";\n"):
        ask(engine_database, statement)
    ask(engine_database, "grant flow_client to client_1")
    ask(engine_database, "grant flow_worker to worker_1")
    given = [make_conninfo(engine_database, user=user, password=PASSWORD) for user in ("client_1", "worker_1")]
    yield given[0], given[1]
    for role in ("client_1", "worker_1", "flow_client", "flow_worker"):
        ask(engine_database, f"drop owned by {role} cascade")
        ask(engine_database, f"drop role {role}")


async def run_all(client: str, worker: str) -> list[str]:
    """Complete two runs, whose steps are tried again and wait for a delivery, and cancel one. Return what is shown."""
    Calls.count = 0
    flow, shown = order(), list[str]()
    executing = PgflowWorker(worker, [flow], heartbeat=0.2, lost_after=1.0)
    with trio.fail_after(60), PgflowEngine(client) as engine:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(executing.run)
            for is_late in (False, True):
                async with engine.start(flow, 1) as run:
                    if is_late:
                        await run.output("pack")
                    await trio.to_thread.run_sync(run.deliver, "paid", 3)
                    outputs = dict(await run.outputs())
                assert outputs == {"find": 1, "parts": [1, 2], "pack": [1, 2], "paid": 3, "send": 1}
            async with engine.start(flow, 2) as run:
                await run.output("pack")
                shown += [str(row) for row in ask(client, "select application_name, query from pg_stat_activity")]
                run.cancel()
                with pytest.raises(RunCancelledError) as caught:
                    await run.outputs()
            shown += [str(caught.value), engine.name, str(engine.runs())]
            executing.stop(0)
    return shown


async def test_users_with_the_rights_on_the_page_run_a_flow(users: tuple[str, str]) -> None:
    await run_all(*users)


async def test_a_password_is_shown_and_stored_nowhere(
    users: tuple[str, str], engine_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    shown = await run_all(*users)
    found = conninfo_to_dict(engine_database)
    nowhere = f"postgresql://ada:{PASSWORD}@{quote(str(found['host']), safe='')}:1/{found['dbname']}"
    with pytest.raises(EngineError) as caught, PgflowEngine(nowhere) as engine:
        engine.cancel("order-7")
    with psycopg.connect(engine_database) as connection:
        for (query,) in connection.execute(ALL_TABLES).fetchall():
            shown += [text for (text,) in connection.execute(query)]
    assert "order" in "".join(shown)
    assert PASSWORD not in "".join([*shown, str(caught.value), caplog.text])


def test_the_queries_on_the_page_work(engine_database: str) -> None:
    queries = [each for each in SQL if "create role" not in each]
    assert len(queries) == 4
    for query in queries:
        assert ask(engine_database, query) == []

"""Workers in Python and in TypeScript's runtime share a run of a flow that pgflow's own compiler has deployed."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
import trio
from psycopg.conninfo import conninfo_to_dict

from tests.checks.pgflow.working import ask, process, wait_for, working
from typedflow import Flow
from typedflow.engines.pgflow import PgflowEngine

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGES = ("@pgflow/dsl@0.8.1", "@pgflow/core@0.8.1")
PROGRAM = Path(__file__).parent / "typescript" / "mixed.mjs"
CACHE = Path(".cache/pgflow").resolve()
COMPLETED_BY_NODE = "select true from pgflow.step_tasks where step_slug = 'shout' and output ->> 'by' = 'node'"


class Shout(TypedDict):
    word: str
    by: str


def flow(shout: Callable[[str], Any]) -> Flow[Any, Any]:
    async def shouted(word: str) -> Shout:
        return {"word": word.upper(), "by": await shout(word)}

    def words(inputs: Any) -> list[str]:
        return list(inputs["run"].split())

    def join(inputs: Any) -> str:
        return " ".join(each["word"] for each in inputs["shout"])

    return (
        Flow("mixed", str)
        .step("words", words)
        .map("shout", shouted, over="words")
        .step("join", join, depends_on=["shout"])
    )


@pytest.fixture(scope="session")
def packages(announce: Callable[[str], None]) -> Path:
    """A folder with pgflow's packages for TypeScript, brought once and kept for later sessions."""
    folder = CACHE / "typescript"
    folder.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            announce("bringing pgflow's packages for TypeScript")
            command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
            subprocess.run([*command, *PACKAGES], check=True, capture_output=True, timeout=120)  # noqa: S603  spelled above
            (folder / "complete").touch()
    return folder


async def test_a_run_is_shared_by_workers_in_python_and_typescript(engine_database: str, packages: Path) -> None:
    found = conninfo_to_dict(engine_database)
    address = json.dumps({"host": found["host"], "username": found["user"], "database": found["dbname"]})

    def node(*arguments: str) -> list[str]:
        return ["node", str(PROGRAM), str(packages), *arguments]

    async def said(*arguments: str) -> str:
        done = await trio.run_process(node(*arguments), capture_stdout=True)
        return str(done.stdout.decode().strip())

    for statement in json.loads(await said("compile")):
        ask(engine_database, statement)
    node_has_worked = trio.Event()

    async def shout(_: str) -> str:
        await node_has_worked.wait()
        return "python"

    mixed = flow(shout)
    with trio.fail_after(60), PgflowEngine(engine_database) as engine:
        assert engine.deploy(mixed).changes == ()
        run_id = await said("start", address, "so many words for one short run of many workers")
        async with (
            working(engine_database, mixed, max_concurrency=1, heartbeat=0.2, lost_after=1.0),
            engine.attach(mixed, run_id) as run,
        ):
            with process(*node("work", address, "hang"), folder=PROGRAM.parent) as killed:
                assert killed.stdout is not None
                assert await trio.to_thread.run_sync(killed.stdout.readline, abandon_on_cancel=True) == "claimed\n"
            with process(*node("work", address), folder=PROGRAM.parent):
                await wait_for(lambda: ask(engine_database, COMPLETED_BY_NODE))
                node_has_worked.set()
                outputs = dict(await run.outputs())
    assert outputs["join"] == "SO MANY WORDS FOR ONE SHORT RUN OF MANY WORKERS"
    assert {each["by"] for each in outputs["shout"]} >= {"node"}
    claims = ask(engine_database, "select attempts_count from pgflow.step_tasks where step_slug = 'shout'")
    assert max(claims) > (1,)

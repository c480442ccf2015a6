"""Workers for the tests: within a test, and in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import trio

from typedflow.engines.pgflow import PgflowWorker
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from typedflow import Flow

COMMAND = [str(Path(sys.executable).with_name("typedflow")), "worker"]


@asynccontextmanager
async def working(address: str, *flows: Flow[Any, Any], **options: Any) -> AsyncIterator[PgflowWorker]:
    """A worker that executes tasks until the block is left."""
    worker = PgflowWorker(address, flows, **options)
    with Database(address) as database:
        for flow in flows:
            deploy(database, flow.definition)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker.run)
        try:
            yield worker
        finally:
            worker.stop(0)


@contextmanager
def process(
    *command: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed when the block is left, unless it has ended."""
    with subprocess.Popen(  # noqa: S603  its own command
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path.cwd()), **(environment or {})},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_until(has_happened: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not has_happened():
        assert time.monotonic() < until
        time.sleep(0.02)


async def wait_for(has_happened: Callable[[], object], seconds: float = 30) -> None:
    """As `wait_until`, while trio continues."""
    with trio.fail_after(seconds):
        while not has_happened():  # noqa: ASYNC110  there is no event for it
            await trio.sleep(0.02)


def ask(address: str, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """The rows that a statement returns, if it returns some."""
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(query, arguments)
        return cursor.fetchall() if cursor.description else []


def start(address: str, flow: Flow[Any, Any], flow_input: str = "1") -> Any:
    """Start a run without the client's help, and return its identifier."""
    found = ask(address, "select run_id from pgflow.start_flow(%s, %s::jsonb)", flow.definition.slug, flow_input)
    return found[0][0]

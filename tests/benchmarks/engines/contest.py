"""What engines are measured on: a client and worker processes. The standard library is all that it needs."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.benchmarks.shapes import Graph

ROOT = Path(__file__).parents[3]
DIAMOND: Graph = {"s0": (), "s1": ("s0",), "s2": ("s0",), "s3": ("s1", "s2")}
# How long workers are left alone before the clock starts, in seconds, so that all of them have found their work.
SETTLE = 2.0
# The pause between two diamonds whose latency is measured, in seconds: the workers are idle by then.
PAUSE = 0.1


class Output(TypedDict):
    number: int


class Client(Protocol):
    """A program that starts runs and waits for their outputs."""

    def diamonds(self, runs: int) -> int:
        """Start runs of a diamond of four steps, wait for all of them, and return how many outputs are right."""

    def map(self, items: int) -> int:
        """Run a flow of one map, and return how many outputs are right."""

    def latencies(self, runs: int) -> list[float]:
        """Run diamonds one after another, with a pause before each, and return how many seconds each has taken."""


@dataclass(frozen=True)
class Contestant:
    """An engine.

    Attributes:
        module: Its module in this folder.
        prepare: Makes a database ready, or whatever the address names.
        work: Executes tasks until the process is ended.
        client: Gives a client.
        server: What it needs instead of Postgres, for a number of workers: gives the address.
        has_workers: Whether the workers are processes of this benchmark, and not of the server.
    """

    module: str
    prepare: Callable[[str], None]
    work: Callable[[str], None]
    client: Callable[[str], AbstractContextManager[Client]]
    server: Callable[[int], AbstractContextManager[str]] | None = None
    has_workers: bool = True


def results(outputs: object) -> int:
    """How many outputs are right."""
    assert isinstance(outputs, (list, tuple))
    return sum(output == {"number": 1} for output in outputs)


def main(contestant: Contestant) -> None:
    """Measure one workload as the arguments say, and print a line of JSON."""
    parser = argparse.ArgumentParser(description="Measure one workload, as a line of JSON.")
    parser.add_argument("role", choices=("client", "worker"))
    parser.add_argument("address", help="of a database that exists")
    parser.add_argument("--workload", choices=("diamonds", "map", "latency"), default="diamonds")
    parser.add_argument("--size", type=int, default=1, help="how many runs, or items")
    parser.add_argument("--workers", type=int, default=1, help="how many processes")
    options = parser.parse_args()
    if options.role == "worker":
        contestant.work(options.address)
        return
    with contestant.server(options.workers) if contestant.server else nullcontext(options.address) as address:
        contestant.prepare(address)
        with ExitStack() as stack:
            command = [sys.executable, "-m", f"tests.benchmarks.engines.{contestant.module}", "worker", address]
            for _ in range(options.workers if contestant.has_workers else 0):
                process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL))  # noqa: S603  spelled above
                stack.callback(process.kill)
            client = stack.enter_context(contestant.client(address))
            seconds = measured(client, options.workload, options.size)
    sys.stdout.write(json.dumps(seconds) + "\n")
    sys.stdout.flush()


def measured(client: Client, workload: str, size: int) -> list[float]:
    """Return the seconds of the whole workload, or those of each diamond if it is latency."""
    checked(client.diamonds(20), 80)
    checked(client.map(20), 20)
    time.sleep(SETTLE)
    if workload == "latency":
        return client.latencies(size)
    began = time.perf_counter()
    found = client.diamonds(size) if workload == "diamonds" else client.map(size)
    seconds = time.perf_counter() - began
    checked(found, 4 * size if workload == "diamonds" else size)
    return [seconds]


def checked(found: int, wanted: int) -> None:
    """Make sure that the engine did what was asked."""
    if found != wanted:
        raise RuntimeError(f"{found} outputs instead of {wanted}")

"""Steps per second and latency of engines of many machines, each with worker processes, as tables."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.benchmarks.peers.environments import ENVIRONMENTS, ROOT, Environments, NotInstalledError
from tests.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Engine:
    """What is measured.

    Attributes:
        name: As the table has it.
        module: Its module in this folder.
        environment: The environment of a peer that it needs; None for the one that runs this.
        is_durable: Whether a run survives the end of all processes.
    """

    name: str
    module: str
    environment: str | None = None
    is_durable: bool = True


@dataclass(frozen=True)
class Workload:
    """A row of the table, for each number of workers.

    Attributes:
        kind: What the clients call it.
        name: As the table has it.
        size: How many runs or items.
        tasks: How many tasks each of these has.
    """

    kind: str
    name: str
    size: int
    tasks: int


ENGINES = {
    "typedflow": Engine("typedflow", "with_typedflow"),
    "DBOS": Engine("DBOS", "with_dbos", "dbos"),
    "procrastinate": Engine("procrastinate", "with_procrastinate", "procrastinate"),
    "Temporal": Engine("Temporal, dev server", "with_temporal", "temporal"),
    "dask": Engine("dask (not durable)", "with_dask", "dask", is_durable=False),
}
WORKLOADS = {
    "diamonds": Workload("diamonds", "1,000 diamonds", 1000, 4),
    "map": Workload("map", "map of 1,000", 1000, 1),
    "large": Workload("map", "map of 10,000", 10_000, 1),
    "latency": Workload("latency", "a diamond", 100, 4),
}
_numbers = count()


class NotMeasuredError(Exception):
    """An engine did not carry out a workload."""


@dataclass(frozen=True)
class Machine:
    """Where everything is measured.

    Attributes:
        postgres: The connection string of a server.
        environments: The environments of the peers.
        limit: Seconds after which a process is killed.
    """

    postgres: str
    environments: Environments
    limit: float


def seconds(engine: Engine, workload: Workload, workers: int, machine: Machine) -> list[float]:
    """Return what a process of an engine has measured, in a database of its own."""
    name = f"benchmark{next(_numbers)}"
    host = quote(str(conninfo_to_dict(machine.postgres)["host"]), safe="")
    python = machine.environments.python(engine.environment) if engine.environment else Path(sys.executable)
    with psycopg.connect(machine.postgres, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        command = [str(python), "-m", f"tests.benchmarks.engines.{engine.module}", "client"]
        command += [f"postgresql://postgres@/{name}?host={host}", "--workload", workload.kind]
        command += ["--size", str(workload.size), "--workers", str(workers)]
        try:
            done = subprocess.run(  # noqa: S603  spelled above
                command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=machine.limit, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotMeasuredError(f"over {machine.limit:g} s") from None
        finally:
            connection.execute(f"drop database {name} with (force)")
            connection.execute("checkpoint")
    lines = done.stdout.splitlines()
    if not lines:
        raise NotMeasuredError((done.stderr.splitlines() or [f"it ended with {done.returncode}"])[-1])
    return list(json.loads(lines[-1]))


def row(
    workload: Workload, workers: int, measure: Callable[[Engine], list[float]], names: list[str], repetitions: int
) -> str:
    """Measure a workload with all engines in turns, so that all meet the same machine."""
    found: dict[str, list[list[float]]] = {name: [] for name in names}
    for _ in range(repetitions):
        for name in names:
            try:
                found[name].append(measure(ENGINES[name]))
            except (NotInstalledError, NotMeasuredError) as error:
                print(f"{workload.name}, {ENGINES[name].name}: {error}", file=sys.stderr)
    cells = [cell(workload, found[name]) for name in names]
    heading = f"{workload.name}, {workers} worker{'s' if workers > 1 else ''}"
    ours = typical(workload, found["typedflow"])
    theirs = [typical(workload, found[name]) for name in names if name != "typedflow" and ENGINES[name].is_durable]
    best = max((each for each in theirs if each), default=0.0)
    cells.append(f"{ours / best:.1f}" if ours and best else "")
    return f"| {heading} | {' | '.join(cells)} |"


def typical(workload: Workload, found: list[list[float]]) -> float:
    """Tasks or diamonds a second: more is better."""
    if not found:
        return 0.0
    tasks = 1 if workload.kind == "latency" else workload.size * workload.tasks
    return tasks / statistics.median(each for measured in found for each in measured)


def cell(workload: Workload, found: list[list[float]]) -> str:
    """The median of tasks a second, or the median and the 95th percentile of milliseconds."""
    if not found:
        return "not measured"
    if workload.kind == "latency":
        all_of_them = sorted(each for measured in found for each in measured)
        p95 = all_of_them[min(len(all_of_them) - 1, round(0.95 * len(all_of_them)))]
        return f"{1000 * statistics.median(all_of_them):,.0f} ms (95 %: {1000 * p95:,.0f})"
    rates = [workload.size * workload.tasks / seconds for (seconds,) in found]
    spread = f" ({min(rates):,.0f} to {max(rates):,.0f})" if len(rates) > 1 else ""
    return f"{statistics.median(rates):,.0f}{spread}"


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.engines", description=__doc__)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="what is measured")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="what is run")
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4], help="how many processes execute tasks")
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and items")
    parser.add_argument("--repetitions", type=int, default=1, help="how often each is measured")
    parser.add_argument("--limit", type=float, default=300, help="seconds after which a process is killed")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help="where they are made")
    options = parser.parse_args()
    environments = Environments(options.environments)
    print(f"| tasks a second, or time | {' | '.join(ENGINES[name].name for name in options.engines)} | over durable |")
    print(f"|---|{'---:|' * (len(options.engines) + 1)}", flush=True)
    with server(syncs=True) as postgres:
        machine = Machine(postgres, environments, options.limit)
        for name in options.workloads:
            given = WORKLOADS[name]
            workload = Workload(given.kind, given.name, max(1, round(given.size * options.scale)), given.tasks)
            for workers in options.workers:

                def measure(engine: Engine, workload: Workload = workload, workers: int = workers) -> list[float]:
                    return seconds(engine, workload, workers, machine)

                print(row(workload, workers, measure, options.engines, options.repetitions), flush=True)


if __name__ == "__main__":
    main()

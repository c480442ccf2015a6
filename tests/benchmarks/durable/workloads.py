"""What durable runs are measured on; the standard library is all that it needs, as every peer imports it."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol, TypedDict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.shapes import Graph


class Output(TypedDict):
    number: int


@dataclass(frozen=True)
class Workload:
    """Some runs of a flow.

    Attributes:
        name: As the table has it.
        runs: How many runs.
        concurrent: How many of them at most at any time.
        graph: Each step's slug and those of its dependencies, in topological order.
        items: How many items the map step has that is the only other step; none if it is 0.
    """

    name: str
    runs: int
    concurrent: int
    graph: Graph
    items: int = 0

    @property
    def tasks(self) -> int:
        """How often a handler is called."""
        return self.runs * (len(self.graph) + self.items)

    def scaled(self, scale: float) -> Workload:
        """The workload with fewer runs or items."""
        if self.items:
            return replace(self, items=max(1, round(self.items * scale)))
        runs = max(1, round(self.runs * scale))
        return replace(self, runs=runs, concurrent=min(self.concurrent, runs))


def chain(length: int) -> Graph:
    return {f"s{i}": (f"s{i - 1}",) if i else () for i in range(length)}


def fan(width: int) -> Graph:
    middle = tuple(f"s{i}" for i in range(1, width + 1))
    return {"first": (), **dict.fromkeys(middle, ("first",)), "last": middle}


DIAMOND: Graph = {"s0": (), "s1": ("s0",), "s2": ("s0",), "s3": ("s1", "s2")}
WORKLOADS = {
    "chain": Workload("chain of 300", 3, 1, chain(300)),
    "fan": Workload("fan of 100, 10 runs", 10, 1, fan(100)),
    "diamonds": Workload("diamond, one after another", 200, 1, DIAMOND),
    "many": Workload("diamond, 100 at a time", 1000, 100, DIAMOND),
    "map": Workload("map of 10,000", 1, 1, {}, 10_000),
}


class Contestant(Protocol):
    """Something that carries out a workload, and lets every handler call ``count``."""

    def __call__(self, workload: Workload, folder: Path, count: Callable[[], None]) -> Callable[[], int]:
        """Prepare a workload, with its store in a folder. It may carry out one run to have everything loaded.

        Returns:
            What carries it out, and returns how many outputs it has received.
        """


def main(name: str, modes: dict[str, Contestant]) -> None:
    """Measure one workload as the arguments say, in this process, and print a line of JSON."""
    parser = argparse.ArgumentParser(description=f"Measure a workload with {name}, as a line of JSON.")
    parser.add_argument("mode", choices=modes)
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs or items")
    parser.add_argument("--folder", type=Path, help="where a folder for the store is made")
    options = parser.parse_args()
    workload = WORKLOADS[options.workload].scaled(options.scale)
    seconds = measured(modes[options.mode], workload, options.folder)
    sys.stdout.write(json.dumps({"tasks": workload.tasks, "seconds": seconds}) + "\n")


def measured(contestant: Contestant, workload: Workload, parent: Path | None) -> float:
    """Return how many seconds a workload takes, in which every handler must be called once and return its output."""
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    with TemporaryDirectory(dir=parent) as folder:
        carry_out = contestant(workload, Path(folder), count)
        calls = 0
        began = time.perf_counter()
        outputs = carry_out()
        seconds = time.perf_counter() - began
    if (calls, outputs) != (workload.tasks, workload.tasks):
        raise RuntimeError(f"{workload.name}: {workload.tasks} tasks had {calls} calls and {outputs} outputs")
    return seconds


def results(outputs: Sequence[object]) -> int:
    """How many outputs are right."""
    return sum(output == {"number": 1} for output in outputs)

"""Time and memory of runs of many steps and of maps over many items, and whether they grow linearly."""

from __future__ import annotations

import argparse
import gc
import math
import resource
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import trio

from tests.benchmarks.shapes import random_graph
from tests.benchmarks.yardstick import counted, trio_min
from typedflow import Flow
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

STEPS = (10_000, 30_000, 100_000)
ITEMS = (10_000, 100_000, 1_000_000)


async def number(_: Any) -> int:
    return 1


async def square(item: int) -> int:
    return item * item


def run_of_steps(count: int) -> Callable[[], Awaitable[Any]]:
    """A run of a flow of so many steps, with 1 to 3 dependencies each among the 200 before it."""
    flow: Flow[Any, Any] = Flow("steps", int)
    for slug, dependencies in random_graph(count).items():
        flow = flow.step(slug, number, depends_on=dependencies)  # type: ignore[typedflow-not-literal]
    return partial(flow.run, 1, listeners=[inline(lambda _: None)])


def map_over_items(count: int) -> Callable[[], Awaitable[Any]]:
    """A run of a flow that maps over so many items."""
    flow = Flow("items", list[int]).map("squares", square, over="run")
    return partial(flow.run, list(range(count)), listeners=[inline(lambda _: None)])


def yardstick(count: int) -> Callable[[], Awaitable[Any]]:
    """The same graph in the least scheduler, whose growth is that of Python's own memory."""
    graph = random_graph(count)
    return trio_min(graph, counted(graph, dict.fromkeys(graph, 0), suspend=None))


KINDS = {"steps": run_of_steps, "steps, trio_min": yardstick, "items": map_over_items}


def resident() -> int:
    """The most memory that this process has had at once, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def run_once(kind: str, count: int) -> None:
    """Print the seconds and the bytes that a run takes of this process, over what the flow and its input take."""
    trio.run(KINDS[kind](1))  # imports what is imported late
    run = KINDS[kind](count)
    gc.collect()
    before, start = resident(), time.perf_counter()
    outputs = trio.run(run)
    taken = time.perf_counter() - start
    found = len(outputs["squares"] if kind == "items" else outputs)
    if found != count:
        raise RuntimeError(f"a run of {count:,} {kind} has {found:,} outputs")
    print(taken, resident() - before)


def measure(kind: str, count: int) -> tuple[float, float]:
    """Seconds and bytes of a run in a fresh process."""
    command = [sys.executable, "-m", "tests.benchmarks.memory", "--once", kind, str(count)]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=True)  # noqa: S603  spelled above
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def growth(counts: tuple[int, int], values: tuple[float, float]) -> str:
    """The power of the count that something grows with; 1 is linear."""
    if min(values) <= 0:
        return "too small to tell"
    return f"{math.log(values[1] / values[0]) / math.log(counts[1] / counts[0]):.2f}"


def report(kind: str, counts: Sequence[int], repetitions: int) -> None:
    """Print rows, with the least of several processes: what else the machine does can only add."""
    last: tuple[int, float, float] | None = None
    for count in counts:
        found = [measure(kind, count) for _ in range(repetitions)]
        seconds, memory = (min(column) for column in zip(*found, strict=True))
        slower = growth((last[0], count), (last[1], seconds)) if last else ""
        larger = growth((last[0], count), (last[2], memory)) if last else ""
        cells = [kind, f"{count:,}", f"{seconds:.2f}", f"{seconds / count * 1e6:.1f}", slower]
        cells += [f"{memory / 2**20:.1f}", f"{memory / count:.0f}", larger]
        print(f"| {' | '.join(cells)} |", flush=True)
        last = count, seconds, memory


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.memory", description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=STEPS, help="how many steps the flows have")
    parser.add_argument("--items", type=int, nargs="+", default=ITEMS, help="how many items are mapped over")
    parser.add_argument("--repetitions", type=int, default=3, help="in how many processes each is run")
    parser.add_argument("--once", nargs=2, metavar=("KIND", "COUNT"), help="run once, in this process, and end")
    options = parser.parse_args()
    if options.once:
        kind, count = options.once
        run_once(kind, int(count))
        return
    print("| run of | how many | seconds | microseconds each | power | MiB | bytes each | power |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for kind in KINDS:
        report(kind, options.items if kind == "items" else options.steps, options.repetitions)


if __name__ == "__main__":
    main()

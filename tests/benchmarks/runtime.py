"""Microseconds per step, against the least that a scheduler on trio can cost."""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import trio

from typedflow import Flow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Engine: TypeAlias = Callable[[], Awaitable[dict[str, Any]]]
    Handler: TypeAlias = Callable[[Any], Awaitable["Output"]]
    Graph: TypeAlias = dict[str, tuple[str, ...]]


class Input(TypedDict):
    number: int


class Output(TypedDict):
    number: int


@dataclass(frozen=True)
class Shape:
    """What depends on what: each step's slug and those of its dependencies, in topological order."""

    name: str
    graph: Graph
    runs: int


def shapes(scale: float) -> list[Shape]:
    """The five shapes; the scale shrinks how much is run, and the largest shape."""

    def runs(usual: int) -> int:
        return max(1, round(usual * scale))

    chain: Graph = {f"s{i}": (f"s{i - 1}",) if i else () for i in range(100)}
    middle = tuple(f"s{i}" for i in range(1, 101))
    fan: Graph = {"s0": (), **dict.fromkeys(middle, ("s0",)), "s101": middle}
    layers = [tuple(f"s{layer}_{i}" for i in range(10)) for layer in range(10)]
    layered = {slug: layers[n - 1] if n else () for n, layer in enumerate(layers) for slug in layer}
    diamond: Graph = {"s0": (), "s1": ("s0",), "s2": ("s0",), "s3": ("s1", "s2")}
    chance = random.Random(1)  # noqa: S311  the same graph every time
    wild: Graph = {}
    for i in range(runs(10_000)):
        before = range(max(0, i - 200), i)
        chosen = chance.sample(before, min(chance.randint(1, 3), len(before)))
        wild[f"s{i}"] = tuple(f"s{j}" for j in chosen)
    return [
        Shape("chain", chain, runs(30)),
        Shape("fan", fan, runs(30)),
        Shape("layered", layered, runs(30)),
        Shape("diamond", diamond, runs(1000)),
        Shape("random", wild, 1),
    ]


def trio_min(graph: Graph, handlers: dict[str, Handler]) -> Engine:
    """The yardstick: the minimal scheduler, with no input, validation, event, context, timeout or retry."""
    dependents: dict[str, list[str]] = {slug: [] for slug in graph}
    for slug, dependencies in graph.items():
        for dependency in dependencies:
            dependents[dependency].append(slug)
    open_dependencies = {slug: len(dependencies) for slug, dependencies in graph.items()}
    roots = [slug for slug, dependencies in graph.items() if not dependencies]

    async def run() -> dict[str, Any]:
        waiting_for = open_dependencies.copy()
        outputs: dict[str, Any] = {}

        async def run_step(slug: str) -> None:
            outputs[slug] = await handlers[slug]({dependency: outputs[dependency] for dependency in graph[slug]})
            for dependent in dependents[slug]:
                waiting_for[dependent] -= 1
                if not waiting_for[dependent]:
                    nursery.start_soon(run_step, dependent)

        async with trio.open_nursery() as nursery:
            for slug in roots:
                nursery.start_soon(run_step, slug)
        return outputs

    return run


def typedflow(graph: Graph, handlers: dict[str, Handler]) -> Engine:
    """The library as it is used: outputs declared, so input and outputs are validated."""
    flow: Flow[Any, Any] = Flow("benchmark", Input)
    for slug, dependencies in graph.items():
        flow = flow.step(slug, handlers[slug], depends_on=dependencies)  # type: ignore[typedflow-not-literal]
    return partial(flow.run, {"number": 1})


def counted(graph: Graph, calls: dict[str, int], *, suspends: bool) -> dict[str, Handler]:
    """A handler for each step that does nothing but to count its calls, and to suspend if it is to."""

    def handler_of(slug: str) -> Handler:
        async def suspending(_: Any) -> Output:
            calls[slug] += 1
            await trio.lowlevel.checkpoint()
            return {"number": 1}

        async def immediate(_: Any) -> Output:
            calls[slug] += 1
            return {"number": 1}

        return suspending if suspends else immediate

    return {slug: handler_of(slug) for slug in graph}


async def microseconds(engine: Engine, shape: Shape, calls: dict[str, int]) -> float:
    """Time some runs, check that each called every step exactly once, and return the time per step."""
    calls.update(dict.fromkeys(calls, 0))
    gc.collect()
    start = time.perf_counter()
    for _ in range(shape.runs):
        await engine()
    taken = time.perf_counter() - start
    wrong = {slug: count for slug, count in calls.items() if count != shape.runs}
    if wrong:
        raise RuntimeError(f"{shape.name}: in {shape.runs} runs these steps were called so often: {wrong}")
    return taken / shape.runs / len(shape.graph) * 1e6


async def compare(shape: Shape, *, suspends: bool, repetitions: int) -> tuple[float, float]:
    """The medians of typedflow and of the yardstick, taken in turns so that both meet the same machine."""
    calls = dict.fromkeys(shape.graph, 0)
    handlers = counted(shape.graph, calls, suspends=suspends)
    engines = [typedflow(shape.graph, handlers), trio_min(shape.graph, handlers)]
    times: list[list[float]] = [[], []]
    for engine in engines:  # types are resolved and caches filled at the first run
        outputs = await engine()
        if outputs.keys() != shape.graph.keys():
            raise RuntimeError(f"{shape.name}: outputs are missing")
    for _ in range(repetitions):
        for engine, taken in zip(engines, times, strict=True):
            taken.append(await microseconds(engine, shape, calls))
    ours, least = map(statistics.median, times)
    return ours, least


RAGGED_SLEEPS = [[0.4 if level == chain else 0.2 for level in range(4)] for chain in range(4)]
RAGGED_CRITICAL_PATH = 1.0


async def ragged(unit: float) -> tuple[float, float]:
    """Time over critical path of typedflow and of the yardstick; whoever runs level by level takes 1.6.

    Four chains of four sleeps and a join: each chain sleeps for a second, the longest sleeps of the levels add up
    to 1.6 seconds. The unit shortens them all.
    """
    graph: Graph = {}
    handlers: dict[str, Handler] = {}

    def sleeping(seconds: float) -> Handler:
        async def handler(_: Any) -> Output:
            await trio.sleep(seconds)
            return {"number": 1}

        return handler

    for chain, sleeps in enumerate(RAGGED_SLEEPS):
        for level, seconds in enumerate(sleeps):
            graph[f"s{chain}_{level}"] = (f"s{chain}_{level - 1}",) if level else ()
            handlers[f"s{chain}_{level}"] = sleeping(seconds * unit)
    graph["join"] = tuple(f"s{chain}_3" for chain in range(4))
    handlers["join"] = sleeping(0)
    ratios = []
    for engine in (typedflow(graph, handlers), trio_min(graph, handlers)):
        start = trio.current_time()
        await engine()
        ratios.append((trio.current_time() - start) / (RAGGED_CRITICAL_PATH * unit))
    ours, least = ratios
    return ours, least


async def report(*, scale: float, repetitions: int) -> None:
    """Print the tables, a row as soon as it is measured."""
    print("| handlers | shape | typedflow, microseconds per step | trio_min | ratio |")
    print("|---|---|---:|---:|---:|")
    for suspends, shape in product((False, True), shapes(scale)):
        ours, least = await compare(shape, suspends=suspends, repetitions=repetitions)
        handlers = "suspend once" if suspends else "never suspend"
        print(f"| {handlers} | {shape.name} | {ours:.1f} | {least:.1f} | {ours / least:.2f} |", flush=True)
    ours, least = await ragged(scale)
    print("\n| | typedflow, time over critical path | trio_min |")
    print("|---|---:|---:|")
    print(f"| ragged | {ours:.3f} | {least:.3f} |")


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.runtime", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and a smaller random graph")
    parser.add_argument("--repetitions", type=int, default=15, help="how often each is measured")
    options = parser.parse_args()
    trio.run(partial(report, scale=options.scale, repetitions=options.repetitions))


if __name__ == "__main__":
    main()

"""The least that a scheduler on trio can be, the handlers that do nothing, and how both are timed.

It needs trio alone, so that a peer can be measured beside it in an environment of its own.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import trio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.benchmarks.shapes import Graph, Shape

    Engine: TypeAlias = Callable[[], Awaitable[Any]]
    Handler: TypeAlias = Callable[[Any], Awaitable["Output"]]
    Sleep: TypeAlias = Callable[[float], Awaitable[None]]


class Output(TypedDict):
    number: int


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


def counted(
    graph: Graph, calls: dict[str, int], *, suspend: Callable[[], Awaitable[None]] | None
) -> dict[str, Handler]:
    """A handler for each step that does nothing but to count its calls, and to suspend if it is given how."""

    def handler_of(slug: str) -> Handler:
        async def immediate(_: Any) -> Output:
            calls[slug] += 1
            return {"number": 1}

        if suspend is None:
            return immediate
        pause = suspend

        async def suspending(_: Any) -> Output:
            calls[slug] += 1
            await pause()
            return {"number": 1}

        return suspending

    return {slug: handler_of(slug) for slug in graph}


def sleeping(shape: Shape, calls: dict[str, int], sleep: Sleep) -> dict[str, Handler]:
    """A handler for each step that counts its calls and sleeps as the shape says."""

    def handler_of(slug: str, seconds: float) -> Handler:
        async def handler(_: Any) -> Output:
            calls[slug] += 1
            await sleep(seconds)
            return {"number": 1}

        return handler

    return {slug: handler_of(slug, shape.sleeps.get(slug, 0)) for slug in shape.graph}


async def seconds_of_a_run(engine: Engine, shape: Shape, runs: int, calls: dict[str, int]) -> float:
    """Time some runs, check that each called every step exactly once, and return the time of one."""
    calls.update(dict.fromkeys(calls, 0))
    gc.collect()
    start = time.perf_counter()
    for _ in range(runs):
        await engine()
    taken = time.perf_counter() - start
    wrong = {slug: count for slug, count in calls.items() if count != runs}
    if wrong:
        raise RuntimeError(f"{shape.name}: in {runs} runs these steps were called so often: {wrong}")
    return taken / runs


def cost(shape: Shape, seconds: float) -> float:
    """What a run of so many seconds costs: microseconds per step, or time over critical path where steps sleep."""
    return seconds / shape.critical_path if shape.critical_path else seconds / len(shape.graph) * 1e6

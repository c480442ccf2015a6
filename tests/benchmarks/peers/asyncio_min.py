"""No library: the yardstick's scheduler written on asyncio, to tell what a peer costs from what its event loop does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine


def engine(shape: Shape, handlers: Handlers) -> Engine:
    """A counter of open dependencies and a task for each step."""
    graph = shape.graph
    dependents: dict[str, list[str]] = {slug: [] for slug in graph}
    for slug, dependencies in graph.items():
        for dependency in dependencies:
            dependents[dependency].append(slug)

    async def run() -> dict[str, Any]:
        waiting_for = {slug: len(dependencies) for slug, dependencies in graph.items()}
        outputs: dict[str, Any] = {}

        async def run_step(slug: str) -> None:
            outputs[slug] = await handlers[slug]({dependency: outputs[dependency] for dependency in graph[slug]})
            for dependent in dependents[slug]:
                waiting_for[dependent] -= 1
                if not waiting_for[dependent]:
                    group.create_task(run_step(dependent))

        async with asyncio.TaskGroup() as group:
            for slug, dependencies in graph.items():
                if not dependencies:
                    group.create_task(run_step(slug))
        return outputs

    return run


if __name__ == "__main__":
    Peer("asyncio, by hand", "", engine).main()

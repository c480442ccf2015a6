"""Prefect: a flow that submits a task for each step, with the server that it starts by itself on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect import flow, task

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape


def engine(shape: Shape, handlers: Handlers) -> Callable[[], Any]:
    """Plain functions in its threads: coroutines take longer here, submitted or awaited."""

    def step_of(slug: str) -> Any:
        handler = handlers[slug]

        def step(*inputs: Any) -> Any:
            return handler(inputs)

        return task(step, name=slug)

    steps = {slug: step_of(slug) for slug in shape.graph}

    def submit() -> None:
        futures: dict[str, Any] = {}
        for slug, dependencies in shape.graph.items():
            futures[slug] = steps[slug].submit(*(futures[dependency] for dependency in dependencies))
        for future in futures.values():
            future.result()

    run: Callable[[], Any] = flow(submit, name=shape.name)
    return run


if __name__ == "__main__":
    Peer("Prefect", "prefect", engine, awaits=False).main()

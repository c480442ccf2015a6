"""dask: its custom graphs, a dict of calls, computed by its threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dask.threaded import get

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape


def engine(shape: Shape, handlers: Handlers) -> Callable[[], Any]:
    """The graph is what `dask.delayed` would make of calls; making it at every run would cost more than running it."""

    def step_of(handler: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *inputs: handler(inputs)

    graph = {slug: (step_of(handlers[slug]), *dependencies) for slug, dependencies in shape.graph.items()}
    outputs = list(graph)
    # A thread for each core, as by default, but for handlers that sleep: four chains of them want four threads.
    workers = {"num_workers": 4} if shape.sleeps else {}

    def run() -> Any:
        return get(graph, outputs, **workers)

    return run


if __name__ == "__main__":
    Peer("dask, threads", "dask", engine, awaits=False).main()

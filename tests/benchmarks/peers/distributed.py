"""dask distributed: delayed functions, on a cluster of one worker in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask
from distributed import Client

from tests.benchmarks.peers.measure import Peer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape

# What a call is given travels to the worker as a pickle, in which a handler would lose the count of its calls.
handlers_of_run: Handlers = {}


def call(slug: str, *inputs: Any) -> Any:
    """Call the handler of a step."""
    return handlers_of_run[slug](inputs)


def engine(shape: Shape, handlers: Handlers) -> Callable[[], Any]:
    """A run makes its delayed calls anew, as the scheduler keeps the results of those that it knows."""
    step = dask.delayed(call, pure=False)

    def run() -> Any:
        handlers_of_run.update(handlers)
        delayed: dict[str, Any] = {}
        for slug, dependencies in shape.graph.items():
            delayed[slug] = step(slug, *(delayed[dependency] for dependency in dependencies))
        return dask.compute(*delayed.values())

    return run


def main() -> None:
    """Measure on a cluster without its web page, of four threads, as four chains of sleeping handlers want them."""
    with Client(processes=False, n_workers=1, threads_per_worker=4, dashboard_address=None):
        Peer("dask distributed", "distributed", engine, awaits=False).main()


if __name__ == "__main__":
    # By its name: a function of `__main__` would be pickled together with the handlers.
    from tests.benchmarks.peers import distributed

    distributed.main()

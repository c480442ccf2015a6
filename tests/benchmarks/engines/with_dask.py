"""dask.distributed: a scheduler and workers of one thread each. Nothing of it is durable."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dask
from distributed import Client as Dask
from distributed import LocalCluster

from tests.benchmarks.engines.contest import DIAMOND, PAUSE, Contestant, Output, main, results

if TYPE_CHECKING:
    from collections.abc import Iterator


def handler(*_: Any) -> Output:
    return {"number": 1}


def diamond() -> list[Any]:
    step = dask.delayed(handler, pure=False)
    delayed: dict[str, Any] = {}
    for slug, dependencies in DIAMOND.items():
        delayed[slug] = step(*(delayed[dependency] for dependency in dependencies))
    return list(delayed.values())


class ClusterClient:
    def __init__(self, connected: Dask) -> None:
        self._client = connected

    def diamonds(self, runs: int) -> int:
        tasks = [task for _ in range(runs) for task in diamond()]
        return results(self._client.gather(self._client.compute(tasks)))

    def map(self, items: int) -> int:
        return results(self._client.gather(self._client.map(handler, range(items), pure=False)))

    def latencies(self, runs: int) -> list[float]:
        seconds = []
        for _ in range(runs):
            time.sleep(PAUSE)
            began = time.perf_counter()
            self.diamonds(1)
            seconds.append(time.perf_counter() - began)
        return seconds


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    with LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as started:
        yield started.scheduler_address


@contextmanager
def client(address: str) -> Iterator[ClusterClient]:
    with Dask(address) as connected:
        yield ClusterClient(connected)


def nothing(_: str) -> None:
    """Do nothing: the cluster is ready, and has its workers."""


if __name__ == "__main__":
    # By its name: a function of `__main__` would be pickled by value.
    from tests.benchmarks.engines import with_dask

    main(
        Contestant(
            "with_dask",
            with_dask.nothing,
            with_dask.nothing,
            with_dask.client,
            server=with_dask.cluster,
            has_workers=False,
        )
    )

"""Random flows end on pgflow as they do in this process; `make random` runs two thousand."""

from collections.abc import Iterator

import pytest

from tests.checks.random_runs.on_pgflow import check_on_pgflow
from tests.pgflow import stop_server


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    yield
    stop_server()


@pytest.mark.parametrize("first", range(0, 100, 25))
def test_random_runs_on_pgflow_are_those_in_this_process(first: int) -> None:
    for seed in range(first, first + 25):
        check_on_pgflow(seed)

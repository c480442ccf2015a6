"""Random flows with random options behave; `make random` runs ten thousand."""

import pytest

from tests.checks.random_runs.comparison import check


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_random_runs_behave(first: int) -> None:
    for seed in range(first, first + 50):
        check(seed)

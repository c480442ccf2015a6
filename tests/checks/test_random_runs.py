"""Random flows with random options behave, also if their runs are cut off; `make random` runs ten thousand."""

import pytest

from tests.checks.random_runs.comparison import check
from tests.checks.random_runs.cut_off import check_cut_off


@pytest.mark.parametrize("first", range(0, 500, 50))
def test_random_runs_behave(first: int) -> None:
    for seed in range(first, first + 50):
        check(seed)


@pytest.mark.parametrize("first", range(0, 200, 25))
def test_random_runs_that_are_cut_off_and_resumed_end_as_if_nothing_had_happened(first: int) -> None:
    for seed in range(first, first + 25):
        check_cut_off(seed)

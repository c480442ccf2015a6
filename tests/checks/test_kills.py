"""A run whose processes are killed at random moments is completed by others; `make kills` kills a hundred."""

import time
from pathlib import Path

from tests.checks.kills.trial import Trial


def test_killed_run_is_completed_and_nothing_finished_is_done_again(tmp_path: Path) -> None:
    seed = time.time_ns() % 1_000_000
    print(f"python -m tests.checks.kills --kills 20 --seed {seed}")  # noqa: T201  shown if it fails
    Trial(seed, tmp_path).carry_out(20)

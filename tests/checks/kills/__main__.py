"""Kill the processes of a run at as many random moments as the arguments say; stop at the first broken promise."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.checks.kills.trial import Trial


def main() -> None:
    """Kill them."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="of the flow and of the moments")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        trial = Trial(options.seed, Path(folder))
        trial.carry_out(options.kills)
    print(
        f"{trial.kills} processes were killed that executed one of {trial.runs} runs, and {trial.idle_kills} others; "
        f"every promise was kept, in {time.monotonic() - began:.0f} s"
    )


main()

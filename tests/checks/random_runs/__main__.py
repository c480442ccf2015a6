"""Run as many random flows as the arguments say; stop at the first that does not behave."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import argparse
import time
from collections import Counter

from tests.checks.random_runs.comparison import check
from tests.checks.random_runs.cut_off import check_cut_off
from tests.checks.random_runs.on_pgflow import check_on_pgflow
from tests.pgflow import stop_server


def main() -> None:
    """Run them."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.random_runs", description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--cut-off", action="store_true", help="cut each run off several times, and resume it")
    parser.add_argument("--engine", action="store_true", help="run each flow on pgflow too, and compare both runs")
    options = parser.parse_args()
    check_one = check_cut_off if options.cut_off else check_on_pgflow if options.engine else check
    began = time.monotonic()
    ended: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.runs):
        try:
            ended[check_one(seed)] += 1
        except BaseException:
            print(f"seed {seed}:")
            stop_server()
            raise
    stop_server()
    print(f"{options.runs} runs behaved, in {time.monotonic() - began:.0f} s: {dict(ended)}")


main()

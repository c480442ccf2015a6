"""Let storms rage over workers; stop at the first after which something is not as it must be."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import postgres
from tests.checks.pgflow.storm.storm import Storm
from tests.pgflow import source
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._install import install


def main() -> None:
    """Do it."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.pgflow.storm", description=__doc__)
    parser.add_argument("--storms", type=int, default=1, help="how many")
    parser.add_argument("--runs", type=int, default=500, help="how many runs in each")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    for seed in range(options.seed, options.seed + options.storms):
        with postgres.server() as address, TemporaryDirectory() as folder:
            with Database(address) as database:
                install(database, source())
            print(f"seed {seed}: {Storm(address, Path(folder), runs=options.runs, seed=seed).check()}", flush=True)


main()

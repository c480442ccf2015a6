"""What it costs to import typedflow, against the libraries that it is made of."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys

IMPORTS = {
    "trio and pydantic": "import trio; from pydantic import TypeAdapter",
    "typedflow": "from typedflow import Flow",
}
AT_MOST = 1.15
MEASURE = """
import time
start = time.perf_counter()
{}
taken = time.perf_counter() - start
import resource, sys
unit = 1 if sys.platform == "darwin" else 1024
print(taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)
"""


def measure(statement: str) -> tuple[float, float]:
    """Milliseconds and MiB of a fresh process that runs the statement."""
    command = [sys.executable, "-c", MEASURE.format(statement)]
    # Whoever imports a library has its byte code, but for the first time.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603  spelled above
    seconds, memory = map(float, done.stdout.split())
    return seconds * 1e3, memory / 2**20


def main() -> None:
    """Measure in turns and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.import_time", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15, help="how often each is measured")
    repetitions = parser.parse_args().repetitions
    for statement in IMPORTS.values():
        measure(statement)  # writes the byte code
    rounds = [[measure(statement) for statement in IMPORTS.values()] for _ in range(repetitions)]
    print("| import of | milliseconds | ratio | at most | MiB |")
    print("|---|---:|---:|---:|---:|")
    least = None
    for name, found in zip(IMPORTS, zip(*rounds, strict=True), strict=True):
        taken, memory = map(statistics.median, zip(*found, strict=True))
        least = least or taken
        at_most = AT_MOST if name == "typedflow" else ""
        print(f"| {name} | {taken:.0f} | {taken / least:.2f} | {at_most} | {memory:.0f} |")


if __name__ == "__main__":
    main()

"""Steps per second of durable runs, beside plain commits on the same disk and beside DBOS, as a table."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.durable.workloads import WORKLOADS
from tests.benchmarks.peers.environments import ENVIRONMENTS, ROOT, Environments, NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Contestant:
    """What is measured, in processes of its own.

    Attributes:
        name: As the table has it.
        module: The module of this folder.
        mode: The module's argument.
        environment: The environment of a peer that it needs; None for the one that runs this.
    """

    name: str
    module: str
    mode: str
    environment: str | None = None


CONTESTANTS = {
    "one by one": Contestant("sqlite3, a commit each", "plain_sqlite", "one"),
    "grouped": Contestant("sqlite3, 100 in a commit", "plain_sqlite", "grouped"),
    "DBOS, sync": Contestant("DBOS, sync", "with_dbos", "sync", "dbos"),
    "DBOS, async": Contestant("DBOS, async", "with_dbos", "async", "dbos"),
    "typedflow": Contestant("typedflow", "with_typedflow", "full"),
}


class NotMeasuredError(Exception):
    """A contestant did not carry out a workload."""


def rate(contestant: Contestant, workload: str, environments: Environments, options: argparse.Namespace) -> float:
    """Return how many tasks were completed in a second, in one process."""
    environment = contestant.environment
    python = environments.python(environment) if environment else Path(sys.executable)
    command = [str(python), "-m", f"tests.benchmarks.durable.{contestant.module}", contestant.mode, workload]
    command += [f"--scale={options.scale}", f"--folder={options.folder}"]
    try:
        done = subprocess.run(  # noqa: S603  spelled above
            command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=options.limit, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotMeasuredError(f"over {options.limit:g} s") from None
    if done.returncode:
        raise NotMeasuredError((done.stderr.splitlines() or [f"it ended with {done.returncode}"])[-1])
    found = json.loads(done.stdout)
    return float(found["tasks"] / found["seconds"])


def row(workload: str, contestants: Sequence[str], environments: Environments, options: argparse.Namespace) -> str:
    """Measure a workload with all contestants in turns, so that all meet the same disk."""
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    missing: dict[str, str] = {}
    for _ in range(options.repetitions):
        for name in [name for name in contestants if name not in missing]:
            try:
                rates[name].append(rate(CONTESTANTS[name], workload, environments, options))
            except (NotInstalledError, NotMeasuredError) as error:
                missing[name] = str(error)
    for name, why in missing.items():
        print(f"{WORKLOADS[workload].name}, {CONTESTANTS[name].name}: {why}", file=sys.stderr)
    medians = {name: statistics.median(found) for name, found in rates.items() if found and name not in missing}
    cells = [spread(rates[name]) if name in medians else "not measured" for name in contestants]
    ours = medians.get("typedflow", 0.0)
    theirs = max((median for name, median in medians.items() if name.startswith("DBOS")), default=0.0)
    cells += [ratio(ours, medians.get("one by one", 0.0)), ratio(ours, theirs)]
    return f"| {WORKLOADS[workload].name} | {' | '.join(cells)} |"


def spread(rates: Sequence[float]) -> str:
    """The median, and in brackets the least and the most."""
    median = f"{statistics.median(rates):,.0f}"
    return median if len(rates) == 1 else f"{median} ({min(rates):,.0f} to {max(rates):,.0f})"


def ratio(ours: float, theirs: float) -> str:
    """How much more we do in a second."""
    return f"{ours / theirs:.2f}" if ours and theirs else ""


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.durable", description=__doc__)
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), help="what is run")
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="leave out DBOS")
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and items")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each is measured")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a process is killed")
    parser.add_argument("--folder", type=Path, default=ROOT / "build", help="where the stores are made: on which disk")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help="where they are made")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    environments = Environments(options.environments)
    contestants = [name for name, each in CONTESTANTS.items() if options.peers or each.environment is None]
    names = [CONTESTANTS[name].name for name in contestants]
    print(f"| tasks a second | {' | '.join(names)} | over a commit each | over DBOS's better |")
    print(f"|---|{'---:|' * (len(names) + 2)}", flush=True)
    for workload in options.workloads:
        print(row(workload, contestants, environments, options), flush=True)


if __name__ == "__main__":
    main()

"""What a step costs other libraries that run graphs, each in an environment of its own, as a table.

An environment is made when it is first wanted, from the exact versions in one of this folder's .txt files.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.peers.environments import ENVIRONMENTS, ROOT, Environments, NotInstalledError, lock
from tests.benchmarks.peers.measure import NEVER_SUSPEND, SUSPEND_ONCE
from tests.benchmarks.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The modules of this folder, and the environments that they run in; None is the one that runs this.
PEERS = {
    "asyncio_min": None,
    "hamilton": "hamilton",
    "dask": "dask",
    "pydantic_graph": "pydantic_graph",
    "langgraph": "langgraph",
    "distributed": "dask",
    "prefect": "prefect",
}
# Nobody is told of these runs, and no setting of the user's counts.
QUIET = {"DO_NOT_TRACK": "1", "LANGSMITH_TRACING": "false", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
OTHERS_SETTINGS = ("PREFECT_", "DASK_", "LANGSMITH_", "LANGCHAIN_", "HAMILTON_")


@dataclass(frozen=True)
class Cell:
    """What one measurement found.

    Attributes:
        text: What the table says.
        version: Name and version of what was measured, if that is known.
        note: Why nothing was measured.
    """

    text: str
    version: str = ""
    note: str = ""


def measured(python: Path, peer: str, kind: str, shape: str, options: argparse.Namespace) -> Cell:
    """Measure one shape in a process of its own, which is killed at the limit, with all that it started."""
    command = [str(python), "-m", f"tests.benchmarks.peers.{peer}", "--handlers", kind, "--shapes", shape]
    command += [f"--{name}={getattr(options, name)}" for name in ("scale", "seconds", "repetitions")]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS_SETTINGS)}
    environment |= QUIET | {"PREFECT_HOME": str(options.environments / "prefect" / "home")}
    with subprocess.Popen(  # noqa: S603  spelled above
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            output, errors = process.communicate(timeout=options.limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return Cell(f"over {options.limit:g} s", note=f"nothing was measured within {options.limit:g} seconds")
    if process.returncode:
        return Cell("failed", note=(errors.splitlines() or [f"it ended with {process.returncode}"])[-1])
    return read(json.loads(output))


def read(found: Mapping[str, object]) -> Cell:
    """The cell for a line of JSON."""
    version = f"{found['peer']} {found['version']}".strip()
    match found:
        case {"cannot": str(reason)}:
            return Cell("cannot express it", version, reason)
        case {"shape": "ragged", "cost": float(cost)}:
            return Cell(f"{cost:.3f}", version)
        case {"cost": float(cost), "trio_min": float(least)}:
            return Cell(f"{cost:,.0f} ({cost / least:.{1 if cost < 10 * least else 0}f})", version)
    raise ValueError(f"not what a peer prints: {found}")


def row(
    peer: str, kind: str, names: Iterable[str], environments: Environments, options: argparse.Namespace
) -> list[Cell]:
    """The cells of a table's row."""
    environment = PEERS[peer]
    try:
        python = environments.python(environment) if environment else Path(sys.executable)
    except NotInstalledError as error:
        return [Cell("not installed", note=str(error)) for _ in names]
    return [measured(python, peer, kind, shape, options) for shape in names]


def table(kind: str, peers: Sequence[str], environments: Environments, options: argparse.Namespace) -> None:
    """Print the table for a kind of handler, and below it why a cell has no number."""
    # Those that sleep are of one kind.
    names = [shape for shape in options.shapes if shape != "ragged" or kind == NEVER_SUSPEND]
    titles = ["ragged, time over critical path" if shape == "ragged" else shape for shape in names]
    print(f"| handlers that {kind} | {' | '.join(titles)} |")
    print(f"|---|{'---:|' * len(names)}", flush=True)
    notes: dict[str, list[str]] = {}
    for peer in peers:
        cells = row(peer, kind, names, environments, options)
        version = next((cell.version for cell in cells if cell.version), peer)
        print(f"| {version} | {' | '.join(cell.text for cell in cells)} |", flush=True)
        for shape, cell in zip(names, cells, strict=True):
            if cell.note:
                notes.setdefault(f"{version}: {cell.text}: {cell.note}", []).append(shape)
    if notes:
        print()
    for note, where in notes.items():
        print(f"- {', '.join(where)}: {note}.")


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--lock", action="store_true", help="write the newest versions into the .txt files, and end")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="what is measured")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=SHAPES, help="what depends on what")
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and a smaller random graph")
    parser.add_argument("--seconds", type=float, default=2, help="how long each is measured")
    parser.add_argument("--repetitions", type=int, default=7, help="how often each is measured at most")
    parser.add_argument("--limit", type=float, default=60, help="seconds after which a process is killed")
    parser.add_argument("--environments", type=Path, default=ENVIRONMENTS, help="where they are made")
    options = parser.parse_args()
    if options.lock:
        lock()
        return
    environments = Environments(options.environments)
    print("Microseconds per step, and in brackets the ratio to trio_min in the same process.\n")
    table(NEVER_SUSPEND, options.peers, environments, options)
    print()
    # dask and Prefect run plain functions, which have nothing to suspend.
    awaiting = [peer for peer in options.peers if peer in {"asyncio_min", "hamilton", "pydantic_graph", "langgraph"}]
    table(SUSPEND_ONCE, awaiting, environments, options)


if __name__ == "__main__":
    main()

"""What it costs a checker without the plugin to check a flow, and what its types cost to write."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.checks.editors.checkers import BIN, COMMANDS, configure

SIZES = (24, 100, 400)
# pyright refuses to parse a longer chain of calls in one expression.
STEPS_OF_A_STATEMENT = 50
COMMAND = "typedflow stubs"


def program(size: int) -> str:
    """A flow of lambdas, each of which reads the three steps before it."""
    lines = ["from typedflow import Flow", 'flow0 = Flow("big", int)']
    for number in range(size):
        part = number // STEPS_OF_A_STATEMENT + 1
        if number % STEPS_OF_A_STATEMENT == 0:
            lines.append(f"flow{part} = (\n    flow{part - 1}")
        before = [f"s{earlier}" for earlier in range(max(0, number - 3), number)]
        read = " + ".join(f'i["{slug}"]' for slug in before) or 'i["run"]'
        lines.append(f'    .step("s{number}", lambda i: {read}, depends_on={before})')
        if number % STEPS_OF_A_STATEMENT == STEPS_OF_A_STATEMENT - 1 or number == size - 1:
            lines.append(")")
    return "\n".join(lines) + "\n"


def measure(command: list[str], folder: Path) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    subprocess.run([BIN / command[0], *command[1:]], cwd=folder, capture_output=True, check=False)  # noqa: S603  see below
    return time.perf_counter() - start


def main() -> None:
    """Measure each once and print a table; `typedflow stubs` is measured the second time, as it is used."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.editors", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many steps the flows have")
    sizes = parser.parse_args().sizes
    print(f"| seconds for a flow of | {' | '.join(f'{size:,} steps' for size in sizes)} |")
    print(f"|---|{'---:|' * len(sizes)}")
    for name, command in {**COMMANDS, COMMAND: ["typedflow", "stubs", "flow.py"]}.items():
        taken = []
        for size in sizes:
            with tempfile.TemporaryDirectory() as folder:
                configure(Path(folder))
                Path(folder, "flow.py").write_text(program(size), "utf-8")
                if name == COMMAND:
                    measure(command, Path(folder))
                taken.append(measure(command, Path(folder)))
        print(f"| {name} | {' | '.join(f'{seconds:.1f}' for seconds in taken)} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

"""What it costs mypy to check a flow, against plain Python of the same size that does the same."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

SIZES = (50, 100, 200, 400, 1000)
CONFIGURATION = """
[tool.mypy]
strict = true
plugins = ["typedflow.mypy"]
"""
# Both programs import the library, so that the difference is what the flow costs.
HEADER = """
from collections.abc import Callable
from typing import TypedDict
from typedflow import Flow, StepInput

class Page(TypedDict):
    url: str

class Count(TypedDict):
    count: int
"""


@dataclass(frozen=True)
class Program:
    """A chain of steps in which each depends on so many before it.

    Attributes:
        steps: How many.
        dependencies: How many steps before it each depends on, where there are so many.
        named: Whether the handlers are functions; else they are lambdas.
    """

    steps: int
    dependencies: int
    named: bool

    def before(self, step: int) -> list[str]:
        return [f"s{i}" for i in range(max(0, step - self.dependencies), step)]

    def body(self, step: int) -> str:
        counts = [f'i["{slug}"]["count"]' for slug in self.before(step)] or ['len(i["run"]["url"])']
        return f'{{"count": {" + ".join(counts)}}}'

    def as_flow(self) -> str:
        """The program as a flow."""
        lines = [HEADER]
        calls = []
        for step in range(self.steps):
            if self.named:
                lines.append(f"def h{step}(i: StepInput) -> Count:\n    return {self.body(step)}\n")
                handler = f"h{step}"
            else:
                handler = f"lambda i: {self.body(step)}"
            depends_on = f", depends_on={self.before(step)!r}" if step else ""
            calls.append(f'    .step("s{step}", {handler}{depends_on})')
        last = f's{self.steps - 1}"]["count'
        return "\n".join(
            [*lines, 'flow = (\n    Flow("flow", Page)', *calls, ")", _used(f'flow.run_sync({{"url": ""}})["{last}"]')]
        )

    def as_plain_python(self) -> str:
        """The same handlers, each called with a TypedDict, and no flow."""
        lines = [HEADER, 'page: Page = {"url": ""}']
        for step in range(self.steps):
            slugs = self.before(step)
            lines += [f"class I{step}(TypedDict):", "    run: Page", *(f"    {slug}: Count" for slug in slugs)]
            if self.named:
                lines.append(f"def h{step}(i: I{step}) -> Count:\n    return {self.body(step)}")
            else:
                lines.append(f"h{step}: Callable[[I{step}], Count] = lambda i: {self.body(step)}")
            values = "".join(f', "{slug}": {slug}' for slug in slugs)
            lines.append(f's{step} = h{step}({{"run": page{values}}})')
        return "\n".join([*lines, _used(f's{self.steps - 1}["count"]')])


def _used(expression: str) -> str:
    return f"total: int = {expression}\n"


def measure(source: str) -> tuple[float, float]:
    """CPU seconds and MiB of mypy on the source, in a fresh process with an empty cache."""
    with TemporaryDirectory() as folder:
        Path(folder, "pyproject.toml").write_text(CONFIGURATION, encoding="utf-8")
        Path(folder, "program.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "mypy", "--cache-dir", "cache", "program.py"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as mypy:  # noqa: S603
            output = mypy.stdout.read() if mypy.stdout else b""
            _, status, usage = os.wait4(mypy.pid, 0)
            mypy.returncode = os.waitstatus_to_exitcode(status)
    if mypy.returncode != 0:
        raise RuntimeError(f"mypy found fault with the program:\n{output.decode()[:2000]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20


def compare(program: Program, repetitions: int) -> str:
    """The medians of flow and plain Python, taken in turns, as a row of Markdown."""
    sources = (program.as_flow(), program.as_plain_python())
    found = [[measure(source) for source in sources] for _ in range(repetitions)]
    (flow, flow_memory), (plain, plain_memory) = (
        (statistics.median(seconds for seconds, _ in pairs), statistics.median(memory for _, memory in pairs))
        for pairs in zip(*found, strict=True)
    )
    handlers = "functions" if program.named else "lambdas"
    return (
        f"| {handlers} | {program.dependencies} | {program.steps} | {flow:.2f} | {plain:.2f} | {flow - plain:+.2f} "
        f"| {flow_memory:.0f} | {plain_memory:.0f} |"
    )


def main() -> None:
    """Print the table, a row as soon as it is measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.type_check", description=__doc__)
    parser.add_argument("--steps", type=int, nargs="+", default=SIZES, help="how many steps the flows have")
    parser.add_argument("--dependencies", type=int, nargs="+", default=(1, 3), help="how many each step has")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each is measured")
    options = parser.parse_args()
    print("| handlers | dependencies | steps | flow, CPU s | plain, CPU s | difference | flow, MiB | plain, MiB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for named, dependencies, steps in product((True, False), options.dependencies, options.steps):
        print(compare(Program(steps, dependencies, named), options.repetitions), flush=True)


if __name__ == "__main__":
    main()

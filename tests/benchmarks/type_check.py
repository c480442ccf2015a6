"""What it costs to type-check a flow, against a plain program of the same size that does the same.

It is measured with mypy, and on the same chains with TypeScript's compiler and pgflow, whose types need no plugin.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from tests.benchmarks.type_check_pgflow import PGFLOW, NotInstalledError, typescript_checkers
from tests.benchmarks.type_check_program import Chain, Checker, growth

if TYPE_CHECKING:
    from collections.abc import Sequence

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
class TypedflowChain(Chain):
    """A chain as typedflow has it.

    Attributes:
        named: Whether the handlers are functions; else they are lambdas.
    """

    named: bool

    def read(self, slug: str) -> str:
        return f'i["{slug}"]'

    def body(self, step: int) -> str:
        counts = [f'{self.read(slug)}["count"]' for slug in self.before(step)] or ['len(i["run"]["url"])']
        return f'{{"count": {" + ".join(counts)}}}'

    def as_flow(self) -> str:
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

    def as_plain(self) -> str:
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


def mypy_checkers() -> list[Checker]:
    """Mypy, with an empty cache."""
    return [
        Checker(
            name=f"typedflow, mypy {version('mypy')}",
            handlers=handlers,
            chain=partial(TypedflowChain, named=named),
            command=(sys.executable, "-m", "mypy", "--cache-dir", "cache", "program.py"),
            program="program.py",
            files={"pyproject.toml": CONFIGURATION},
        )
        for named, handlers in ((True, "functions"), (False, "lambdas"))
    ]


def measure(checker: Checker, steps: Sequence[int], options: argparse.Namespace) -> list[str]:
    """Print a row per size as soon as it is measured, and return the rows that say how the cost grows."""
    checker.must_check(options.limit)
    growths = []
    for dependencies in options.dependencies:
        row = f"| {checker.name} | {checker.handlers} | {dependencies} |"
        differences = {}
        for size in steps:
            flow, plain = checker.compare(checker.chain(size, dependencies), options.repetitions, options.limit)
            difference = ""
            if not (flow.failure or plain.failure):
                differences[size] = flow.seconds - plain.seconds
                difference = f"{differences[size]:+.2f}"
            print(
                f"{row} {size} | {flow} | {plain} | {difference} | {flow.mebibytes} | {plain.mebibytes} |", flush=True
            )
        if len(differences) > 1:
            growths.append(f"{row} {growth(differences)} |")
    return growths


def main() -> None:
    """Print the costs, and then how they grow."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.type_check",
        description=__doc__,
        epilog="Both libraries are measured, or if sizes are given, those that they are given for.",
    )
    parser.add_argument("--steps", type=int, nargs="+", help="how many steps the flows of typedflow have")
    parser.add_argument("--pgflow-steps", type=int, nargs="+", help="how many steps the flows of pgflow have")
    parser.add_argument("--pgflow", default=PGFLOW, help="the version of its DSL, or file:/path/of/package")
    parser.add_argument("--dependencies", type=int, nargs="+", default=(1, 3), help="how many each step has")
    parser.add_argument("--repetitions", type=int, default=3, help="how often each is measured")
    parser.add_argument("--limit", type=int, default=180, help="CPU seconds that each may take")
    options = parser.parse_args()
    given = options.steps or options.pgflow_steps
    steps, pgflow_steps = (options.steps, options.pgflow_steps) if given else (SIZES, SIZES)
    print("| flow of | handlers | dependencies | steps ", end="")
    print("| flow, CPU s | plain, CPU s | difference | flow, MiB | plain, MiB |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    growths = []
    for checker in mypy_checkers() if steps else ():
        growths += measure(checker, steps, options)
    try:
        for checker in typescript_checkers(options.pgflow) if pgflow_steps else ():
            growths += measure(checker, pgflow_steps, options)
    except NotInstalledError as error:
        print(f"\npgflow is not measured: {error}.")
    if growths:
        print("\n| flow of | handlers | dependencies | the difference grows with |\n|---|---|---:|---|")
        print("\n".join(growths))


if __name__ == "__main__":
    main()

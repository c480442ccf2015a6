"""Have mypy check programs that a grammar makes at random: odd ones, of which none may make it crash."""
# ruff: noqa: T201  what is found is printed

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_DEPTH: Final = 5
_BATCH: Final = 100
_SECONDS: Final = 120
_WITH_PLUGIN: Final = {
    "default": "[mypy]\nplugins = typedflow.mypy\n",
    "strict": "[mypy]\nplugins = typedflow.mypy\nstrict = True\n",
}
_WITHOUT_PLUGIN: Final = {"plain": "[mypy]\n"}


class Grammar:
    """The texts that programs are made of.

    Attributes:
        head: What every program begins with.
    """

    def __init__(self) -> None:
        flows, handlers = (
            tomllib.loads(Path(__file__).with_name(f"{file}.toml").read_text("utf-8")) for file in ("flows", "handlers")
        )
        self.head: str = flows["head"]
        grammar = flows["grammar"] | handlers["grammar"]
        self._texts = {name: texts.removesuffix("\n").split("\n") for name, texts in grammar.items()}
        self._name = re.compile(rf"\{{({'|'.join(self._texts)})\}}")

    def program(self, random: Random) -> str:
        """Make what follows the head."""
        return self._text("program", random, _DEPTH)

    def _text(self, name: str, random: Random, depth: int) -> str:
        texts = self._texts[name]
        lines = []
        for line in (random.choice(texts) if depth else texts[0]).split(r"\n"):
            indentation = line[: len(line) - len(line.lstrip())]
            parts = self._name.split(line)
            parts[1::2] = [self._text(part, random, max(depth - 1, 0)) for part in parts[1::2]]
            lines.append("".join(parts).replace("\n", f"\n{indentation}"))
        return "\n".join(lines)


class Checker:
    """Has mypy check programs that begin with the same head, in a folder where its caches are kept."""

    def __init__(self, folder: Path, head: str) -> None:
        self._folder = folder
        self._head = head
        self._count = 0
        for name, configuration in {**_WITH_PLUGIN, **_WITHOUT_PLUGIN}.items():
            (folder / f"{name}.ini").write_text(configuration, "utf-8")

    def crashing(self, programs: list[str]) -> list[str]:
        """Return those of which the plugin makes mypy crash."""
        if not any(self._crash(programs, name) for name in _WITH_PLUGIN):
            return []
        if len(programs) == 1:
            return programs if self.crash(*programs) else []
        middle = len(programs) // 2
        return self.crashing(programs[:middle]) + self.crashing(programs[middle:])

    def crash(self, program: str) -> str:
        """Return what mypy prints as it crashes with the plugin and does not without it; else nothing."""
        printed = next(filter(None, (self._crash([program], name) for name in _WITH_PLUGIN)), "")
        return "" if printed and any(self._crash([program], name) for name in _WITHOUT_PLUGIN) else printed

    def _crash(self, programs: list[str], configuration: str) -> str:
        # Under names of their own, as mypy may take a file for unchanged that was written in the same second.
        files = [f"program{number}.py" for number, _ in enumerate(programs, self._count)]
        self._count += len(programs)
        for file, program in zip(files, programs, strict=True):
            (self._folder / file).write_text(f"{self._head}{program}\n", "utf-8")
        options = ["--config-file", f"{configuration}.ini", "--cache-dir", configuration, "--show-traceback"]
        command = [sys.executable, "-m", "mypy", *options, *files]
        try:
            done = subprocess.run(  # noqa: S603  mypy
                command, cwd=self._folder, capture_output=True, encoding="utf-8", timeout=_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"{configuration}: no answer in {_SECONDS} s"
        crashed = done.returncode not in {0, 1}
        return f"{configuration}: status {done.returncode}\n{done.stdout}{done.stderr}" if crashed else ""


def shortest(program: str, holds: Callable[[str], object]) -> str:
    """Leave out statements, while something holds of the program."""
    statements = ast.parse(program).body
    for statement in list(statements):
        left = [other for other in statements if other is not statement]
        if holds("\n".join(map(ast.unparse, left))):
            statements = left
    return "\n".join(map(ast.unparse, statements))


def main() -> None:
    """Check so many programs; print those of which mypy crashes, and exit with status 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="how many programs")
    parser.add_argument("--seed", type=int, default=1, help="of the random programs")
    options = parser.parse_args()
    began = time.monotonic()
    grammar = Grammar()
    # Each has a seed of its own, so that how many are checked does not change them.
    programs = [grammar.program(Random(f"{options.seed} {case}")) for case in range(options.cases)]  # noqa: S311
    crashes = 0
    with TemporaryDirectory() as path:
        checker = Checker(Path(path), grammar.head)
        for first in range(0, options.cases, _BATCH):
            for program in checker.crashing(programs[first : first + _BATCH]):
                crashes += 1
                short = shortest(program, checker.crash)
                print(f"\n{short}\n\n{checker.crash(short)}", flush=True)
            checked = min(first + _BATCH, options.cases)
            print(f"{checked} programs, {crashes} crashes, {time.monotonic() - began:.0f} s", flush=True)
    if crashes:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""Programs for a type checker, and what it costs to check one."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from resource import RLIMIT_CPU, setrlimit
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Chain(ABC):
    """A program with a chain of steps in which each depends on so many before it.

    Attributes:
        steps: How many.
        dependencies: How many steps before it each depends on, where there are so many.
    """

    steps: int
    dependencies: int

    def before(self, step: int) -> list[str]:
        return [f"s{i}" for i in range(max(0, step - self.dependencies), step)]

    @abstractmethod
    def read(self, slug: str) -> str:
        """What a handler writes for the output of a step before it."""

    @abstractmethod
    def as_flow(self) -> str:
        """The program as a flow."""

    @abstractmethod
    def as_plain(self) -> str:
        """The same handlers, each called with an object of a declared type, and no flow."""

    def as_wrong_flow(self) -> str:
        """The flow, in which the handlers that should read the first step read the third, which comes later."""
        return self.as_flow().replace(self.read("s0"), self.read("s2"))


@dataclass(frozen=True)
class Cost:
    """What it cost to check a program once, or the least of several times.

    Attributes:
        seconds: CPU time.
        memory: MiB.
        failure: What the table says in place of the time, where the checker gave up or came to the limit.
    """

    seconds: float
    memory: float
    failure: str = ""

    def __str__(self) -> str:
        return self.failure or f"{self.seconds:.2f}"

    @property
    def mebibytes(self) -> str:
        return f"{'> ' if self.failure else ''}{self.memory:.0f}"

    @classmethod
    def least(cls, costs: Sequence[Cost]) -> Cost:
        # What else the machine does at the time can only add, and by more than a small flow costs.
        failed = next((cost for cost in costs if cost.failure), None)
        return failed or cls(min(cost.seconds for cost in costs), min(cost.memory for cost in costs))


@dataclass(frozen=True)
class Checker:
    """A type checker, and the library and the kind of handler that it is given.

    Attributes:
        name: The library and the checker, with versions.
        handlers: What the handlers are.
        chain: Makes a program of so many steps and dependencies.
        command: Checks the program, in a folder with the files.
        program: The file that the program is in.
        files: The other files in the folder.
        parent: The folder that the folder is in.
        failures: Finds in the output why the checker gave up on a program without fault.
    """

    name: str
    handlers: str
    chain: Callable[[int, int], Chain]
    command: Sequence[str]
    program: str
    files: Mapping[str, str] = field(default_factory=dict)
    parent: Path | None = None
    failures: str = r"(?!)"

    def __call__(self, source: str, limit: int) -> tuple[str, Cost]:
        """What a fresh process says about the source, and what that costs: at most so many seconds of CPU time."""
        with TemporaryDirectory(dir=self.parent) as folder:
            for file, text in {**self.files, self.program: source}.items():
                Path(folder, file).write_text(text, encoding="utf-8")
            with subprocess.Popen(  # noqa: S603  the checkers are this folder's
                self.command,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                # Not a timeout: a busy machine would change what it stops. Safe, as this process has one thread.
                preexec_fn=partial(setrlimit, RLIMIT_CPU, (limit, limit)),  # noqa: PLW1509
            ) as process:
                output = process.stdout.read().decode() if process.stdout else ""
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime
        memory = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 2**20
        if process.returncode == 0:
            return "", Cost(seconds, memory)
        # The kernel's own count for the limit is coarser than the one that it reports.
        if seconds > 0.95 * limit:
            return output, Cost(seconds, memory, f"> {limit}")
        reason = re.search(self.failures, output)
        return output, Cost(seconds, memory, reason[0] if reason else "faults")

    def measure(self, source: str, limit: int) -> Cost:
        output, cost = self(source, limit)
        if cost.failure == "faults":
            raise RuntimeError(f"{self.name} found fault with the program:\n{output[:2000]}")
        return cost

    def must_check(self, limit: int) -> None:
        """Raise if the checker accepts a wrong flow, as it would be no wonder that it is fast then."""
        output, cost = self(self.chain(4, 1).as_wrong_flow(), limit)
        if cost.failure != "faults" or "s2" not in output:
            raise RuntimeError(f"{self.name} does not see that a step reads one that comes later:\n{output[:2000]}")

    def compare(self, chain: Chain, repetitions: int, limit: int) -> tuple[Cost, Cost]:
        """The least of flow and plain program, taken in turns; what failed once is not repeated."""
        rounds: list[list[Cost]] = []
        while len(rounds) < repetitions and not (rounds and any(cost.failure for cost in rounds[-1])):
            rounds.append([self.measure(source, limit) for source in (chain.as_flow(), chain.as_plain())])
        flow, plain = map(Cost.least, zip(*rounds, strict=True))
        return flow, plain


def growth(differences: Mapping[int, float]) -> str:
    """The power of the number of steps that the difference grows with, between the two largest that were measured."""
    (fewer, less), (more, most) = sorted(differences.items())[-2:]
    if min(less, most) <= 0:
        return "too small to tell"
    return f"steps^{math.log(most / less) / math.log(more / fewer):.2f} from {fewer} to {more}"

"""How a peer is measured, in its own environment: beside the yardstick, in one process, in turns.

A peer's module makes an engine of a shape and of handlers; it prints a line of JSON for each shape and kind of handler.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeAlias

import trio

from tests.benchmarks.shapes import SHAPES, shapes
from tests.benchmarks.yardstick import cost, counted, seconds_of_a_run, sleeping, trio_min

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine, Output

    Handlers: TypeAlias = dict[str, Callable[[Any], Any]]

NEVER_SUSPEND = "never suspend"
SUSPEND_ONCE = "suspend once"


class CannotExpressError(Exception):
    """The peer has no way to say what the shape is; the message says what is missing."""


@dataclass(frozen=True)
class Peer:
    """Another library that runs graphs.

    Attributes:
        name: As the table has it.
        distribution: What is installed; its version is printed. Empty for what is Python's own.
        engine: Makes of a shape and a handler for each of its steps a function without parameters that runs it.
            A handler takes the outputs of the dependencies, a dict or a sequence of them.
        awaits: Whether handlers and engine are async, on asyncio; if not, both are plain functions.
    """

    name: str
    distribution: str
    engine: Callable[[Shape, Handlers], Callable[[], Any]]
    awaits: bool = True

    def drive(self, main: Callable[[], Coroutine[Any, Any, float]]) -> float:
        return asyncio.run(main()) if self.awaits else trio.run(main)

    def made(self, shape: Shape, handlers: Handlers) -> Engine:
        run = self.engine(shape, handlers)
        if self.awaits:
            return run

        async def plain() -> Any:
            return run()

        return plain

    def handlers(self, kind: str, shape: Shape, calls: dict[str, int]) -> Handlers:
        if not self.awaits:
            return _plain(shape, calls)
        if shape.sleeps:
            return dict(sleeping(shape, calls, asyncio.sleep))
        return dict(counted(shape.graph, calls, suspend=partial(asyncio.sleep, 0) if kind == SUSPEND_ONCE else None))

    def check(self, shape: Shape) -> None:
        """Run once and see that every step was called once, with the outputs of exactly its dependencies."""
        numbers = {slug: number for number, slug in enumerate(shape.graph)}
        found: dict[str, list[list[int]]] = {slug: [] for slug in shape.graph}

        def note(slug: str, inputs: Any) -> Output:
            outputs = inputs.values() if isinstance(inputs, dict) else inputs
            found[slug].append(sorted(output["number"] for output in outputs))
            return {"number": numbers[slug]}

        def handler_of(slug: str) -> Callable[[Any], Any]:
            async def handler(inputs: Any) -> Output:
                return note(slug, inputs)

            return handler if self.awaits else partial(note, slug)

        engine = self.made(shape, {slug: handler_of(slug) for slug in shape.graph})
        self.drive(partial(seconds_of_a_run, engine, shape, 1, {}))
        for slug, dependencies in shape.graph.items():
            wanted = [sorted(numbers[dependency] for dependency in dependencies)]
            if found[slug] != wanted:
                given = " and then ".join(map(str, found[slug])) or "nothing"
                raise CannotExpressError(f'step "{slug}" should get the outputs {wanted[0]} together and got {given}')

    def measure(self, kind: str, shape: Shape, seconds: float, repetitions: int) -> tuple[float, float]:
        """The medians of the peer and of the yardstick, taken in turns for about so many seconds."""
        calls, calls_of_least = dict.fromkeys(shape.graph, 0), dict.fromkeys(shape.graph, 0)
        engine = self.made(shape, self.handlers(kind, shape, calls))
        if shape.sleeps:
            handlers = sleeping(shape, calls_of_least, trio.sleep)
        else:
            suspend = trio.lowlevel.checkpoint if kind == SUSPEND_ONCE else None
            handlers = counted(shape.graph, calls_of_least, suspend=suspend)
        yardstick = trio_min(shape.graph, handlers)

        def peer(runs: int) -> float:
            return self.drive(partial(seconds_of_a_run, engine, shape, runs, calls))

        def least(runs: int) -> float:
            return trio.run(seconds_of_a_run, yardstick, shape, runs, calls_of_least)

        start = time.perf_counter()
        least(1)
        times = [(peer(1), least(shape.runs))]
        if (first := times[0][0]) < seconds:
            times.clear()  # caches were filled at this run
            start = time.perf_counter()
        runs = max(1, min(shape.runs, int(seconds / repetitions / first)))
        while not times or (len(times) < repetitions and time.perf_counter() < start + seconds):
            times.append((peer(runs), least(shape.runs)))
        theirs, ours = (cost(shape, statistics.median(column)) for column in zip(*times, strict=True))
        return theirs, ours

    def report(self, kinds: Collection[str], names: Collection[str], scale: float, **how: Any) -> None:
        """Print a line of JSON for each kind of handler and each shape."""
        about = {"peer": self.name, "version": version(self.distribution) if self.distribution else ""}
        for kind in kinds:
            for small, shape in zip(shapes(min(scale, 0.01)), shapes(scale), strict=True):
                if shape.name not in names:
                    continue
                cell = {**about, "handlers": kind, "shape": shape.name}
                try:
                    self.check(small)
                    theirs, least = self.measure(kind, shape, **how)
                except CannotExpressError as error:
                    print(json.dumps({**cell, "cannot": str(error)}), flush=True)
                else:
                    print(json.dumps({**cell, "cost": theirs, "trio_min": least}), flush=True)

    def main(self) -> None:
        """Measure as the arguments say."""
        parser = argparse.ArgumentParser(description=f"What a step costs {self.name}, as lines of JSON.")
        kinds = (NEVER_SUSPEND, SUSPEND_ONCE) if self.awaits else (NEVER_SUSPEND,)
        parser.add_argument("--handlers", nargs="+", choices=kinds, default=kinds, help="what the handlers do")
        parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=SHAPES, help="what depends on what")
        parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and a smaller graph")
        parser.add_argument("--seconds", type=float, default=2, help="how long each is measured")
        parser.add_argument("--repetitions", type=int, default=7, help="how often each is measured at most")
        options = parser.parse_args()
        how = {"seconds": options.seconds, "repetitions": options.repetitions}
        self.report(options.handlers, options.shapes, options.scale, **how)


def _plain(shape: Shape, calls: dict[str, int]) -> Handlers:
    """A handler for each step that counts its calls, and sleeps if the shape says so."""

    def handler_of(slug: str, seconds: float) -> Callable[[Any], Output]:
        def immediate(_: Any) -> Output:
            calls[slug] += 1
            return {"number": 1}

        def sleeping(_: Any) -> Output:
            calls[slug] += 1
            time.sleep(seconds)
            return {"number": 1}

        return sleeping if seconds else immediate

    return {slug: handler_of(slug, shape.sleeps.get(slug, 0)) for slug in shape.graph}

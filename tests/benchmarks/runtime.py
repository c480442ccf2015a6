"""Microseconds per step, against the least that a scheduler on trio can cost."""

from __future__ import annotations

import argparse
import statistics
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

import trio

from tests.benchmarks.shapes import shapes
from tests.benchmarks.yardstick import Output, cost, counted, seconds_of_a_run, sleeping, trio_min
from typedflow import Flow
from typedflow.listeners import inline

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine, Handler

    Handlers: TypeAlias = dict[str, Callable[[Any], Any]]
    Calls: TypeAlias = dict[str, int]

request = ContextVar("request", default="")


class Input(TypedDict):
    number: int


@dataclass(frozen=True)
class Kind:
    """What handlers do.

    Attributes:
        name: As the table has it.
        handlers: Makes what typedflow runs, one for each step.
        least: Makes of these what the yardstick runs.
        shapes: Which shapes are run; all of them if there are none.
        target: What the ratio to the yardstick should be at most; None if nothing was set.
        fewer: By how much the usual number of runs is divided.
    """

    name: str
    handlers: Callable[[Shape, Calls], Handlers]
    least: Callable[[Handlers], dict[str, Handler]] = lambda handlers: handlers
    shapes: Sequence[str] = ()
    target: float | None = None
    fewer: int = 1


def doing_nothing(shape: Shape, calls: Calls, *, suspend: Callable[[], Awaitable[None]] | None = None) -> Handlers:
    """A coroutine function for each step that counts its calls, suspends if it is given how, and does nothing else."""
    return dict(counted(shape.graph, calls, suspend=suspend))


def plain(shape: Shape, calls: Calls) -> Handlers:
    """A handler for each step that is no coroutine function and does nothing but to count its calls."""

    def handler_of(slug: str) -> Callable[[Any], Output]:
        def handler(_: Any) -> Output:
            calls[slug] += 1
            return {"number": 1}

        return handler

    return {slug: handler_of(slug) for slug in shape.graph}


def in_threads(handlers: Handlers) -> dict[str, Handler]:
    """What one writes to run plain functions in trio's threads."""

    def handler_of(handler: Callable[[Any], Any]) -> Handler:
        return lambda inputs: trio.to_thread.run_sync(handler, inputs)

    return {slug: handler_of(handler) for slug, handler in handlers.items()}


KINDS = (
    Kind("never suspend", doing_nothing, target=1.0),
    Kind("suspend once", partial(doing_nothing, suspend=trio.lowlevel.checkpoint), target=2.0),
    Kind("run in threads", plain, in_threads, ("chain", "fan", "layered", "diamond"), fewer=5),
)
RAGGED = Kind("sleep", partial(sleeping, sleep=trio.sleep), target=1.01)


def typedflow(shape: Shape, handlers: Handlers, *, listens: bool) -> Engine:
    """The library with every feature on: validation, a timeout, attempts, and with a listener, events.

    Outputs are declared, so input and outputs are validated. The options are the defaults, spelled out.
    """
    flow: Flow[Any, Any] = Flow("benchmark", Input, timeout=60, max_attempts=3)
    for slug, dependencies in shape.graph.items():
        flow = flow.step(slug, handlers[slug], depends_on=dependencies)  # type: ignore[typedflow-not-literal]
    return partial(flow.run, {"number": 1}, listeners=[inline(lambda _: None)] if listens else ())


async def compare(shape: Shape, kind: Kind, repetitions: int) -> list[float]:
    """The median costs of typedflow with and without a listener, and of the yardstick.

    They are taken in turns, so that all meet the same machine.
    """
    calls = dict.fromkeys(shape.graph, 0)
    handlers = kind.handlers(shape, calls)
    engines = [
        typedflow(shape, handlers, listens=True),
        typedflow(shape, handlers, listens=False),
        trio_min(shape.graph, kind.least(handlers)),
    ]
    for engine in engines:  # types are resolved and caches filled at the first run
        outputs = await engine()
        if outputs.keys() != shape.graph.keys():
            raise RuntimeError(f"{shape.name}: outputs are missing")
    rounds = [
        [await seconds_of_a_run(engine, shape, shape.runs, calls) for engine in engines] for _ in range(repetitions)
    ]
    return [cost(shape, statistics.median(taken)) for taken in zip(*rounds, strict=True)]


async def report(*, scale: float, repetitions: int) -> None:
    """Print the tables, a row as soon as it is measured."""
    request.set("of the caller")  # nobody reads it, but each handler could
    *others, ragged = shapes(scale)
    print("| handlers | shape | every feature on, microseconds per step | no listener | trio_min ", end="")
    print("| ratio | ratio without listener | at most |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for kind in KINDS:
        for shape in others:
            if kind.shapes and shape.name not in kind.shapes:
                continue
            some = replace(shape, runs=max(1, shape.runs // kind.fewer))
            full, silent, least = await compare(some, kind, repetitions)
            costs = f"{full:.1f} | {silent:.1f} | {least:.1f} | {full / least:.2f} | {silent / least:.2f}"
            print(f"| {kind.name} | {shape.name} | {costs} | {kind.target or ''} |", flush=True)
    # A run of sleeps is a second long, and hardly differs from the next.
    full, silent, least = await compare(ragged, RAGGED, min(3, repetitions))
    print("\n| | every feature on, time over critical path | no listener | trio_min | at most |")
    print("|---|---:|---:|---:|---:|")
    print(f"| {ragged.name} | {full:.3f} | {silent:.3f} | {least:.3f} | {RAGGED.target} |")


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.runtime", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="less than 1 for fewer runs and a smaller random graph")
    parser.add_argument("--repetitions", type=int, default=15, help="how often each is measured")
    options = parser.parse_args()
    trio.run(partial(report, scale=options.scale, repetitions=options.repetitions))


if __name__ == "__main__":
    main()

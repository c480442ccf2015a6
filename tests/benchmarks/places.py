"""Microseconds per call of asyncio handlers and process handlers, against plain asyncio and concurrent.futures."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeAlias

from typedflow import Flow, RunsIn

Seconds: TypeAlias = Callable[[], float]


async def on_asyncio(_: object) -> int:
    return 1


async def suspending(_: object) -> int:
    await asyncio.sleep(0)
    return 1


def in_process(_: object) -> int:
    return 1


def chain(handler: Callable[..., Any], runs_in: RunsIn, count: int) -> Flow[int, Any]:
    """Steps of which each depends on the one before it."""
    flow: Flow[Any, Any] = Flow("chain", int).step("s0", handler, runs_in=runs_in)  # type: ignore[typedflow-any-output]
    for number in range(1, count):
        flow = flow.step(f"s{number}", handler, depends_on=[f"s{number - 1}"], runs_in=runs_in)  # type: ignore[typedflow-not-literal]
    return flow


def fan(handler: Callable[..., Any], runs_in: RunsIn, count: int) -> Flow[list[int], Any]:
    """A map step whose items are executed concurrently."""
    flow: Flow[list[int], Any] = Flow("fan", list[int])
    return flow.map("all", handler, over="run", max_concurrency=count, runs_in=runs_in)


def on_callers_loop(flow: Flow[Any, Any], flow_input: object) -> Seconds:
    """Time a run that is awaited in asyncio."""

    async def seconds() -> float:
        began = time.perf_counter()
        await flow.run(flow_input)
        return time.perf_counter() - began

    return lambda: asyncio.run(seconds())


def on_own_loop(flow: Flow[Any, Any], flow_input: object) -> Seconds:
    """Time a run that blocks."""

    def seconds() -> float:
        began = time.perf_counter()
        flow.run_sync(flow_input)
        return time.perf_counter() - began

    return seconds


def plain_asyncio(handler: Callable[..., Any], count: int, *, at_once: bool) -> Seconds:
    """Time tasks of asyncio that call the handler."""

    async def seconds() -> float:
        began = time.perf_counter()
        if at_once:
            await asyncio.gather(*(handler(None) for _ in range(count)))
        else:
            for _ in range(count):
                await asyncio.create_task(handler(None))
        return time.perf_counter() - began

    return lambda: asyncio.run(seconds())


def plain_processes(count: int, *, at_once: bool) -> Seconds:
    """Time calls in a pool of processes, which start as those of a run do."""

    def seconds() -> float:
        began = time.perf_counter()
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            if at_once:
                list(pool.map(in_process, range(count)))
            else:
                for number in range(count):
                    pool.submit(in_process, number).result()
        return time.perf_counter() - began

    return seconds


def report(count: int, repetitions: int) -> None:
    """Print a row for each way to call a handler."""
    items = list(range(count))
    rows: list[tuple[str, Seconds, Seconds]] = []
    for name, handler in {"does nothing": on_asyncio, "sleep(0)": suspending}.items():
        for place, timed in {"caller's loop": on_callers_loop, "own loop": on_own_loop}.items():
            flows = chain(handler, "asyncio", count), fan(handler, "asyncio", count)
            plain = plain_asyncio(handler, count, at_once=False), plain_asyncio(handler, count, at_once=True)
            title = f"asyncio, {name}, {place}"
            rows.append((f"{title}, one after another", timed(flows[0], 1), plain[0]))
            rows.append((f"{title}, concurrently", timed(flows[1], items), plain[1]))
    one, many = chain(in_process, "process", count), fan(in_process, "process", count)
    rows.append(("process, one after another", on_own_loop(one, 1), plain_processes(count, at_once=False)))
    rows.append(("process, concurrently", on_own_loop(many, items), plain_processes(count, at_once=True)))
    print("| handler | typedflow | plain asyncio, or concurrent.futures | ratio |\n|---|---:|---:|---:|")
    for title, ours, theirs in rows:
        pairs = [(ours(), theirs()) for _ in range(repetitions)]
        best, least = (min(each) / count * 1e6 for each in zip(*pairs, strict=True))
        print(f"| {title} | {best:.0f} | {least:.0f} | {best / least:.1f} |", flush=True)


def main() -> None:
    """Measure as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.places", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many calls")
    parser.add_argument("--repetitions", type=int, default=5, help="how often each is measured")
    options = parser.parse_args()
    report(options.count, options.repetitions)


if __name__ == "__main__":
    main()

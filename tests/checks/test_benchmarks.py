"""The benchmarks work; what they measure is no matter of a test."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.peers.measure import NEVER_SUSPEND, Peer

if TYPE_CHECKING:
    from tests.benchmarks.peers.measure import Handlers
    from tests.benchmarks.shapes import Shape
    from tests.benchmarks.yardstick import Engine

ROOT = Path(__file__).parents[2]


def run_benchmark(benchmark: str, *options: str, **environment: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  a module of this checkout
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (["runtime", "--scale", "0.01", "--repetitions", "1"], 15),
        (["memory", "--steps", "10", "100", "--items", "10", "100", "1000", "--repetitions", "1"], 7),
        (["durable", "--no-peers", "--scale", "0.01", "--repetitions", "1"], 5),
        (
            [
                "engines",
                "--engines",
                "typedflow",
                "--workloads",
                "diamonds",
                "latency",
                "--workers",
                "2",
                "--scale",
                "0.02",
            ],
            2,
        ),
        (["import_time", "--repetitions", "1"], 2),
        (["editors", "--sizes", "3"], 6),
        (["places", "--count", "3", "--repetitions", "1"], 10),
        (["type_check", "--steps", "5", "--dependencies", "1", "--repetitions", "1"], 2),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_benchmark_prints_its_tables(arguments: list[str], rows: int) -> None:
    tables = run_benchmark(*arguments)
    headings = sum(line.startswith("|---") for line in tables)
    assert len(tables) == 2 * headings + rows
    assert all(line.startswith(("| ", "|---")) for line in tables)
    assert "not measured" not in "".join(tables)


def test_peers_are_measured_beside_the_yardstick_on_every_shape() -> None:
    printed = run_benchmark("peers", "--peers", "asyncio_min", "--scale", "0.01", "--seconds", "0.01")
    cell = r"\| [\d,]+ \((\d\.\d|\d+)\) "
    assert [line for line in printed if line.startswith("| handlers")] == [
        "| handlers that never suspend | chain | fan | layered | diamond | random | ragged, time over critical path |",
        "| handlers that suspend once | chain | fan | layered | diamond | random |",
    ]
    measured = [line for line in printed if line.startswith("| asyncio, by hand ")]
    assert re.fullmatch(rf"\| asyncio, by hand ({cell}){{5}}\| \d+\.\d{{3}} \|", measured[0])
    assert re.fullmatch(rf"\| asyncio, by hand ({cell}){{5}}\|", measured[1])


def test_peer_that_takes_too_long_is_said_to() -> None:
    printed = run_benchmark("peers", "--peers", "asyncio_min", "--shapes", "chain", "fan", "--limit", "0.001")
    assert "| asyncio_min | over 0.001 s | over 0.001 s |" in printed
    assert "- chain, fan: asyncio_min: over 0.001 s: nothing was measured within 0.001 seconds." in printed


def test_peer_that_cannot_be_installed_is_said_to(tmp_path: Path) -> None:
    options = ("--peers", "hamilton", "--shapes", "chain", "--environments", str(tmp_path / "environments"))
    printed = run_benchmark("peers", *options, UV_OFFLINE="1", UV_CACHE_DIR=str(tmp_path / "cache"))
    assert "| hamilton | not installed |" in printed
    assert any(line.startswith("- chain: hamilton: not installed: ") for line in printed)


def test_peer_that_hands_over_the_outputs_one_by_one_cannot_express_a_join(capsys: pytest.CaptureFixture[str]) -> None:
    def one_by_one(shape: Shape, handlers: Handlers) -> Engine:
        async def run() -> None:
            outputs: dict[str, Any] = {}
            for slug, dependencies in shape.graph.items():
                for inputs in [[outputs[dependency]] for dependency in dependencies] or [[]]:
                    outputs[slug] = await handlers[slug](inputs)

        return run

    peer = Peer("one by one", "", one_by_one)
    peer.report([NEVER_SUSPEND], ["chain", "diamond"], 0.01, seconds=0.0, repetitions=1)
    chain, diamond = map(json.loads, capsys.readouterr().out.splitlines())
    assert chain["cost"] > 0
    assert diamond["cannot"] == 'step "s3" should get the outputs [1, 2] together and got [1] and then [2]'


def test_peer_that_runs_a_step_twice_is_not_measured() -> None:
    runs = 0

    def more_each_time(shape: Shape, handlers: Handlers) -> Engine:
        async def run() -> None:
            nonlocal runs
            runs += 1
            outputs: dict[str, Any] = {}
            for _ in range(2 if runs > 1 else 1):
                for slug, dependencies in shape.graph.items():
                    outputs[slug] = await handlers[slug]([outputs[dependency] for dependency in dependencies])

        return run

    said = "diamond: in 1 runs these steps were called so often: {'s0': 2, 's1': 2, 's2': 2, 's3': 2}"
    with pytest.raises(RuntimeError, match=f"^{re.escape(said)}$"):
        Peer("twice", "", more_each_time).report([NEVER_SUSPEND], ["diamond"], 0.01, seconds=0.0, repetitions=1)


def test_environments_of_peers_are_made_of_exact_versions() -> None:
    files = sorted(ROOT.joinpath("tests/benchmarks/peers").glob("*.txt"))
    assert [file.stem for file in files] == [
        "dask",
        "dbos",
        "hamilton",
        "langgraph",
        "prefect",
        "procrastinate",
        "pydantic_graph",
        "temporal",
    ]
    for file in files:
        header, *lines = file.read_text("utf-8").splitlines()
        assert header == "# Written by: python -m tests.benchmarks.peers --lock"
        inexact = [line for line in lines if not re.match(r"[\w.\-]+(\[[\w,\-]+\])?==[\w.+!]+( ; .*)?$", line)]
        assert not inexact, file
        assert any(line.startswith("trio==") for line in lines), file

"""The benchmarks work; what they measure is no matter of a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (["runtime", "--scale", "0.01", "--repetitions", "1"], 11),
        (["import_time", "--repetitions", "1"], 2),
        (["editors", "--sizes", "3"], 6),
        (["type_check", "--steps", "5", "--dependencies", "1", "--repetitions", "1"], 2),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_benchmark_prints_its_tables(arguments: list[str], rows: int) -> None:
    benchmark, *options = arguments
    done = subprocess.run(  # noqa: S603  a module of this checkout
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *options],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    tables = [line for line in done.stdout.splitlines() if line]
    headings = sum(line.startswith("|---") for line in tables)
    assert len(tables) == 2 * headings + rows
    assert all(line.startswith(("| ", "|---")) for line in tables)

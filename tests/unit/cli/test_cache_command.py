"""``typedflow cache list`` and ``typedflow cache clear``."""

from __future__ import annotations

import json
import math
import time
from typing import TYPE_CHECKING

import click.testing
import pytest

from tests.unit.cli.runs.conftest import _utc
from tests.unit.stores.runs import completed, created
from typedflow._cli.command import typedflow
from typedflow.stores import CacheKey, SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.commands import Invoke

__all__ = ["_utc"]
YEAR = 365 * 24 * 3600.0
LONG_AGO = 1_764_590_400.0
"""2025-12-01T12:00:00Z."""


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """``typedflow cache`` in this process, on a store with outputs of three steps, one of which has expired."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TYPEDFLOW_STORE", "runs.db")
    with SqliteStore(tmp_path / "runs.db") as store:
        claim = created(store).claim
        for flow, step, index, lifetime in [
            ("shop", "prices", 0, math.inf),
            ("shop", "prices", 1, 60.0),
            ("shop", "total", 0, math.inf),
            ("market", "prices", 0, YEAR * 1000),
        ]:
            key = CacheKey(f"{flow} {step} {index}", flow, step, lifetime)
            assert store.look_up(claim, key).result(30) is None
            done = completed(step, "x" * 998 * (index + 1), index=index, at=LONG_AGO + index)
            store.commit(claim, [done._replace(cache=key)]).result(30)
        assert store.look_up(claim, CacheKey("shop total 0", "shop", "total", math.inf)).result(30) is not None

    def invoke(*arguments: str) -> click.testing.Result:
        return click.testing.CliRunner().invoke(typedflow, ["cache", *arguments], prog_name="typedflow")

    return invoke


def listed(result: click.testing.Result) -> list[str]:
    assert (result.exit_code, result.stderr) == (0, "")
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_each_step_has_a_line(invoke: Invoke) -> None:
    today = time.strftime("%Y-%m-%d", time.gmtime())
    lines = listed(invoke("list"))

    assert lines[:3] == [
        "FLOW STEP OUTPUTS EXPIRED SIZE HITS NEWEST LAST HIT",
        "market prices 1 0 1.0 kB 0 2025-12-01 12:00:00 never",
        "shop prices 2 1 3.0 kB 0 2025-12-01 12:00:01 never",
    ]
    assert lines[3].startswith(f"shop total 1 0 1.0 kB 1 2025-12-01 12:00:00 {today}")
    assert listed(invoke("list", "--step", "prices")) == lines[:3]
    assert listed(invoke("list", "--flow", "shop", "--step", "prices")) == [lines[0], lines[2]]


def test_json_has_whole_numbers_and_times_in_utc(invoke: Invoke) -> None:
    assert json.loads(invoke("list", "--flow", "shop", "--step", "prices", "--json").stdout) == [
        {
            "flow": "shop",
            "step": "prices",
            "outputs": 2,
            "expired": 1,
            "size": 2998,
            "hits": 0,
            "newest_at": "2025-12-01T12:00:01+00:00",
            "last_hit_at": None,
        }
    ]


@pytest.mark.parametrize(
    ("options", "deleted", "left"),
    [
        (["--expired"], "1 cached output", ["market prices 1", "shop prices 1", "shop total 1"]),
        (["--flow", "shop"], "3 cached outputs", ["market prices 1"]),
        (["--step", "prices"], "3 cached outputs", ["shop total 1"]),
        (["--flow", "shop", "--step", "prices", "--expired"], "1 cached output", ["market prices 1", "shop prices 1"]),
        (["--flow", "none"], "0 cached outputs", ["market prices 1", "shop prices 2", "shop total 1"]),
    ],
)
def test_what_is_named_is_deleted(invoke: Invoke, options: list[str], deleted: str, left: list[str]) -> None:
    result = invoke("clear", *options)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{deleted} deleted.\n")
    lines = listed(invoke("list"))[1:]
    assert all(line.startswith(start) for line, start in zip(lines, left, strict=False))


def test_everything_is_deleted(invoke: Invoke) -> None:
    assert invoke("clear").stderr == "4 cached outputs deleted.\n"

    result = invoke("list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing is cached.\n")
    assert invoke("list", "--json").stdout == "[]\n"


def test_a_store_must_exist(invoke: Invoke) -> None:
    result = invoke("clear", "--store", "none.db")

    assert result.exit_code == 2
    assert result.stderr == (
        'Error: there is no store "none.db": the file does not exist. typedflow run --store creates it.\n'
    )

"""The example that puts CSV files together in a DataFrame, and saves the totals in SQLite."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("polars")

from docs.examples.etl import Request, Total, etl
from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def order(tmp_path: Path) -> Request:
    (tmp_path / "a.csv").write_text("product,quantity,price\ntea,2,3.5\nmilk,1,1.2\n")
    (tmp_path / "b.csv").write_text("product,quantity,price\ntea,1,3.5\n")
    return {"folder": str(tmp_path), "currency": "EUR", "database": str(tmp_path / "totals.db")}


def test_a_data_frame_passes_from_step_to_step(order: Request) -> None:
    outputs = etl.run_sync(order)

    assert [len(table) for table in outputs["tables"]] == [2, 1]
    assert outputs["sales"].columns == ["product", "quantity", "price", "amount"]
    assert outputs["totals"] == [Total("milk", 1.2), Total("tea", 10.5)]


def test_the_totals_are_saved_once(order: Request) -> None:
    for _ in range(2):
        assert etl.run_sync(order)["store"] == 2

    with closing(sqlite3.connect(order["database"])) as database:
        assert database.execute("SELECT * FROM total").fetchall() == [("milk", 1.2), ("tea", 10.5)]


def test_a_file_that_has_not_changed_is_not_read_again(order: Request, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "runs.db") as store:
        etl.run_sync(order, store=store, run_id="april")
        (tmp_path / "b.csv").write_text("product,quantity,price\ntea,2,3.5\n")
        os.utime(tmp_path / "b.csv", (1, 1))
        (tmp_path / "c.csv").write_text("product,quantity,price\nmilk,1,1.3\n")

        outputs = etl.run_sync(order, store=store, run_id="may")

        assert outputs["totals"] == [Total("milk", 2.5), Total("tea", 14.0)]
        assert [task.cached_from for task in store.tasks("may", step="tables")] == ["april", None, None]


def test_a_rate_is_looked_up_only_for_another_currency(order: Request) -> None:
    assert etl.run_sync(order)["rate"] is None
    outputs = etl.run_sync({**order, "currency": "USD"})
    assert (outputs["rate"], outputs["totals"]) == (1.17, [Total("milk", 1.4), Total("tea", 12.29)])

"""Read the sales in a folder of CSV files, and save the total of each product in a SQLite file.

    files ── tables ── sales ──┬── totals ── store
                       rate ───┘

The files are read concurrently, a polars DataFrame passes from step to step, and an exchange rate is looked up only if
another currency than the euro is asked for. With a store, a file that has not changed is not read again.

    typedflow run docs/examples/etl.py --input @may.json --store runs.db
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypedDict

import polars as pl

from typedflow import Flow, StepInput

RATES = {"CHF": 0.93, "USD": 1.17}  # how much one euro costs


class Request(TypedDict):
    """The flow input: the folder of the files, the currency of the totals, and where they are saved."""

    folder: str
    currency: str
    database: str


@dataclass
class Source:
    """A file, and when it was last changed: what is cached of it is right until then."""

    path: Path
    changed: int


@dataclass
class Total:
    """What a product has brought in."""

    product: str
    amount: float


def files(inputs: StepInput) -> list[Source]:
    """List the CSV files in the folder."""
    return [Source(path, path.stat().st_mtime_ns) for path in sorted(Path(inputs["run"]["folder"]).glob("*.csv"))]


def table(file: Source) -> pl.DataFrame:
    """Read one file: its columns are product, quantity and price, in euros."""
    return pl.read_csv(file.path, schema={"product": pl.String, "quantity": pl.Int64, "price": pl.Float64})


def sales(inputs: StepInput) -> pl.DataFrame:
    """Put the tables together, and add the amount of each sale."""
    together = pl.concat(inputs["tables"])
    return together.with_columns(amount=pl.col("quantity") * pl.col("price"))


def rate(inputs: StepInput) -> float:
    """Look up the exchange rate of the currency."""
    return RATES[inputs["run"]["currency"]]


def totals(inputs: StepInput) -> list[Total]:
    """Add up the sales of each product, in the currency that was asked for."""
    factor = 1.0 if inputs["rate"] is None else inputs["rate"]
    rows = inputs["sales"].group_by("product").agg(pl.col("amount").sum()).sort("product").rows()
    return [Total(product, round(amount * factor, 2)) for product, amount in rows]


def store(inputs: StepInput) -> int:
    """Write the totals to the database, in place of those that it had, and return how many there are."""
    rows = [(total.product, total.amount) for total in inputs["totals"]]
    with closing(sqlite3.connect(inputs["run"]["database"])) as database, database:
        database.execute("DROP TABLE IF EXISTS total")
        database.execute("CREATE TABLE total (product TEXT PRIMARY KEY, amount REAL NOT NULL)")
        database.executemany("INSERT INTO total VALUES (?, ?)", rows)
    return len(rows)


etl = (
    Flow("etl", Request)
    .step("files", files)
    .map("tables", table, over="files", max_concurrency=8, cache=timedelta(days=7))
    .step("sales", sales, depends_on=["tables"])
    .step("rate", rate, if_=lambda i: i["run"]["currency"] != "EUR")
    .step("totals", totals, depends_on=["sales", "rate"])
    .step("store", store, depends_on=["totals"])
)

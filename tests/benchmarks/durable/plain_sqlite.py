"""The yardstick: the standard library's sqlite3 writes a row for each task, in WAL mode, each commit synchronised."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.durable.workloads import Workload, main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = """
create table tasks (
    run integer, step text, task_index integer, status text, output text, ended_at text,
    primary key (run, step, task_index)
) strict, without rowid
"""
INSERT = "insert into tasks values (?, ?, ?, 'completed', '{\"number\":1}', '2026-01-01T00:00:00.000000Z')"


def plain(workload: Workload, folder: Path, count: Callable[[], None], *, each_commit: int) -> Callable[[], int]:
    """Insert the rows, so many in each transaction."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute(TABLE)
    steps = [(slug, 0) for slug in workload.graph] + [("map", index) for index in range(workload.items)]
    rows = [(run, *step) for run in range(workload.runs) for step in steps]

    def carry_out() -> int:
        for first in range(0, len(rows), each_commit):
            connection.execute("begin immediate")
            for row in rows[first : first + each_commit]:
                count()
                connection.execute(INSERT, row)
            connection.execute("commit")
        (found,) = connection.execute("select count(*) from tasks").fetchone()
        return int(found)

    return carry_out


if __name__ == "__main__":
    main("sqlite3", {"one": partial(plain, each_commit=1), "grouped": partial(plain, each_commit=100)})

"""Every case of this folder runs on every runner."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from tests.conformance.cut_off import CuttingOff
from tests.conformance.on_pgflow import on_pgflow
from tests.conformance.runner import Runner, by_cache, by_execute, by_start, by_store
from tests.pgflow import stop_server
from typedflow.stores import MemoryStore, SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

# More commits than nearly all cases have.
_MOST_COMMITS = 8

IN_PROCESS: dict[str, Runner] = {"execute": by_execute, "start": by_start}


@contextmanager
def in_file() -> Iterator[SqliteStore]:
    """Open a store in a new file."""
    with TemporaryDirectory() as folder, SqliteStore(Path(folder) / "runs.db") as store:
        yield store


STORED: dict[str, Runner] = {
    "memory": by_store(MemoryStore),
    "sqlite": by_store(in_file),
    "start in memory": by_store(MemoryStore, by_start),
}
CACHED: dict[str, Runner] = {"cache": by_cache(MemoryStore)}
CUT_OFF: dict[str, Runner] = {f"cut off {count}": CuttingOff(count) for count in range(1, _MOST_COMMITS + 1)}


# `make test` runs each case on the first two, and the gate on all others.
FIRST = {name: {**IN_PROCESS, **STORED}[name] for name in ("execute", "start in memory")}
ON_PGFLOW: dict[str, Runner] = {"pgflow": on_pgflow}
OTHERS = {
    name: run for name, run in {**IN_PROCESS, **STORED, **CACHED, **CUT_OFF, **ON_PGFLOW}.items() if name not in FIRST
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each case on every runner."""
    if "run" in metafunc.fixturenames:
        runners = OTHERS if metafunc.config.getoption("--all-stores") else FIRST
        metafunc.parametrize("run", runners.values(), ids=runners)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the cases with objects that cannot be stored, where a store would have to store them.

    tests/unit/engines/test_encoding.py has what a run with a store says of them. Where runs are cut off, the cases are
    left out that say when a handler is called, or how often: one that was under way is called again. Where steps have a
    cache, those are left out in which it would save a call.

    Where pgflow forces a difference, a case is expected to fail there: its marker names a row of a table in
    docs/postgres.md.
    """
    for item in items:
        marker = item.get_closest_marker("pgflow_differs")
        if marker is not None and _runs_on(item, ON_PGFLOW):
            is_known = "PGFLOW" not in os.environ  # a newer pgflow, named by hand, may do better
            expected = {"reason": marker.args[0], "strict": is_known, "run": marker.kwargs.get("run", True)}
            item.add_marker(pytest.mark.xfail(**expected))
    stored = {**IN_PROCESS, **STORED}
    without = {
        "unstorable": IN_PROCESS,
        "starts_over": {**stored, **CACHED, **ON_PGFLOW},
        "equal_items": {**stored, **CUT_OFF, **ON_PGFLOW},
    }
    left_out = [
        item
        for item in items
        if any(item.get_closest_marker(name) and not _runs_on(item, allowed) for name, allowed in without.items())
    ]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_sessionfinish() -> None:
    """Stop the server that a runner may have started."""
    stop_server()


def _runs_on(item: pytest.Item, runners: dict[str, Runner]) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is None or callspec.params.get("run") in runners.values()

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from typedflow.stores import MemoryStore, SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from typedflow.stores import Store


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with (
        MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "runs.db", durability="normal") as store
    ):
        yield store

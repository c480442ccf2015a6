"""What the tests of several commands have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.postgres import server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What mypy keeps of the libraries that all programs import."""
    return tmp_path_factory.mktemp("mypy-cache")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The connection string of a Postgres server, started for the first test of this process that asks for it."""
    with server() as connection:
        yield connection


@pytest.fixture
def own_folder(tmp_path: Path, mypy_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MYPY_CACHE_DIR", str(mypy_cache))
    return tmp_path

"""What the tests of several commands have in common."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

import coverage
import pytest

from tests.mypy_runs import Mypy
from tests.postgres import server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the gate run the cases on every store, and cut each of them off after each commit."""
    parser.addoption("--all-stores", action="store_true", help="run the conformance suite on every store")


class Progress:
    """Names each file of tests when its first test starts, which pytest does only where nothing runs in parallel."""

    def __init__(self, config: pytest.Config) -> None:
        self._terminal = config.get_terminal_writer()
        self._named: set[str] = set()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        file = nodeid.partition("::")[0]
        if file not in self._named:
            self._named.add(file)
            self._terminal.line(f"\n{file}" if self._terminal.width_of_current_line else file)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and config.get_verbosity() == 0:
        config.pluginmanager.register(Progress(config))


def pytest_sessionfinish() -> None:
    """Save what was measured in this process, which pytest-xdist may end before it would be saved."""
    if (measurement := coverage.Coverage.current()) is not None:
        measurement.save()


@pytest.fixture(scope="session")
def announce(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """What prints a line while tests run: what takes long is announced."""
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    assert capture is not None

    def announce(text: str) -> None:
        with capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n{text}\n")
            sys.stderr.flush()

    return announce


@pytest.fixture(scope="session")
def mypy(tmp_path_factory: pytest.TempPathFactory, announce: Callable[[str], None]) -> Mypy:
    """mypy in processes of its own, with caches of the libraries that all workers of this session share."""
    folder = tmp_path_factory.getbasetemp()
    libraries = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "mypy-libraries"
    libraries.mkdir(exist_ok=True)
    return Mypy(libraries, announce)


@pytest.fixture(scope="session")
def postgres(announce: Callable[[str], None]) -> Iterator[str]:
    """The connection string of a Postgres server, started for the first test of this process that asks for it."""
    announce("starting Postgres")
    with server() as connection:
        yield connection


@pytest.fixture
def own_folder(tmp_path: Path, mypy: Mypy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, where `typedflow check` and `typedflow stubs` know the libraries already."""
    cache = tmp_path / "cache"
    mypy.copy_libraries_of_the_commands(cache)
    monkeypatch.setenv("MYPY_CACHE_DIR", str(cache))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    # mypy makes Python collect its garbage so seldom that its runs in this process would pile up. Collecting everything
    # after each test would take longer than the test; what is frozen, all that was there before, is not looked at.
    gc.freeze()
    yield folder
    gc.collect()
    gc.unfreeze()

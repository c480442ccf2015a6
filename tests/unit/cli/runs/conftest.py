"""A store, and the command line that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click.testing
import pytest

from tests.unit.cli.runs.stored_runs import StoredRuns
from typedflow._cli.command import typedflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.commands import Invoke


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[StoredRuns]:
    written = StoredRuns(tmp_path / "runs.db")
    with written.store:
        yield written


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """``typedflow runs`` in this process, in the folder of the store, by a clock in UTC."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TYPEDFLOW_STORE", "runs.db")

    def invoke(*arguments: str, stdin: str | None = None) -> click.testing.Result:
        runner = click.testing.CliRunner()
        return runner.invoke(typedflow, ["runs", *arguments], input=stdin, prog_name="typedflow")

    return invoke


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    import time  # noqa: PLC0415  Windows does not have its tzset

    monkeypatch.setenv("TZ", "UTC")
    getattr(time, "tzset", lambda: None)()
    yield
    monkeypatch.undo()
    getattr(time, "tzset", lambda: None)()

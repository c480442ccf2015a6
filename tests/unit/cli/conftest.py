"""The command line in this process."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click.testing
import pytest

from tests.unit.cli.commands import FLOWS, Invoke
from typedflow._cli.command import typedflow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(textwrap.dedent(FLOWS))
    return tmp_path


@pytest.fixture
def invoke(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """The command in this process, in the folder, and as if each time in a new interpreter."""
    monkeypatch.chdir(folder)
    before, path = set(sys.modules), sys.path.copy()

    def invoke(*arguments: str, stdin: bytes | None = None) -> click.testing.Result:
        result = click.testing.CliRunner().invoke(typedflow, arguments, input=stdin, prog_name="typedflow")
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
        sys.path[:] = path
        return result

    yield invoke
    sys.path[:] = path

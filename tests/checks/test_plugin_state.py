"""What the plugin remembers while mypy runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mypy.build import build
from mypy.main import process_options
from typedflow_mypy.hooks import TypedflowPlugin

if TYPE_CHECKING:
    import pytest

PROGRAM = """
from typedflow import Flow

flow = Flow("order", int).step("total", lambda i: i["run"] + 1)
"""


def test_the_plugin_forgets_the_modules_that_mypy_has_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second", "third"):
        Path(f"{name}.py").write_text(PROGRAM, "utf-8")
    sources, options = process_options(["first.py", "second.py", "third.py", "--no-incremental"])
    own = TypedflowPlugin(options)
    build(sources, options, extra_plugins=[own])

    assert len(own.session.states) == 1

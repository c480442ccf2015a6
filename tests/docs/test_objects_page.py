"""The program of the page about objects prints what its comments say, and mypy reports nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mypy_runs import STRICT
from typedflow.codecs import _registry

if TYPE_CHECKING:
    from tests.mypy_runs import Mypy

PAGE = (Path(__file__).parents[2] / "docs/objects.md").read_text("utf-8")
PROGRAM = "".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))


def test_the_program_prints_what_its_comments_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars", exc_type=ImportError)
    monkeypatch.setattr(_registry, "_by_class", {})
    monkeypatch.setattr(_registry, "_by_name", {})
    exec(compile(PROGRAM, "objects", "exec"), {"__name__": "objects"})  # noqa: S102  a page of ours
    assert capsys.readouterr().out.splitlines() == re.findall(r"^print\(.*\)  # (.*)$", PROGRAM, re.MULTILINE)


def test_mypy_reports_nothing(tmp_path: Path, mypy: Mypy) -> None:
    pytest.importorskip("polars", exc_type=ImportError)
    (tmp_path / "objects.py").write_text(PROGRAM, "utf-8")
    assert mypy.check(tmp_path, STRICT) == ""

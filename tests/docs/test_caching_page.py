"""The page about outputs of earlier runs: its example does and shows what the page says."""

from __future__ import annotations

import doctest
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click.testing

from typedflow._cli.command import typedflow

if TYPE_CHECKING:
    import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "caching.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def without_times(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "(time)", text)


def test_the_example_translates_what_is_new_and_the_commands_show_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("translate", DOCS / "examples" / "translate.py")
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    (session,) = blocks("pycon")
    parsed = doctest.DocTestParser().get_doctest(session, {"translated": example.translated}, "page", None, 0)
    report: list[str] = []

    result = doctest.DocTestRunner().run(parsed, out=report.append)

    assert (result.failed, report) == (0, [])
    (console,) = blocks("console")
    shown = ""
    for command in re.findall(r"^\$ (.*)$", console, re.MULTILINE):
        done = click.testing.CliRunner().invoke(typedflow, command.split()[1:], prog_name="typedflow")
        assert done.exit_code == 0
        shown += f"$ {command}\n{done.output}"
    assert without_times(shown) == without_times(console)

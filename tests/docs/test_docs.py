"""The documentation keeps up with the library; that it builds is checked by the gate."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import trio
from mypy.errorcodes import ErrorCode
from typedflow_mypy.lib import errorcodes

import typedflow
from tests.mypy_runs import STRICT
from typedflow import Flow, StepContext
from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._definition.drawing import draw
from typedflow.listeners import inline
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    import pytest

    from tests.mypy_runs import Mypy

DOCS = Path(__file__).parents[2] / "docs"


def test_reference_lists_every_public_name() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)", reference, re.MULTILINE)) == sorted(typedflow.__all__)


def test_change_fragments_have_a_name_that_towncrier_knows() -> None:
    fragments = [path.name for path in (DOCS / "changes").iterdir() if path.name != "README.md"]
    pattern = re.compile(r"(\d+|\+\w+)\.(added|changed|deprecated|removed|fixed)(\.\d)?\.md")
    assert [name for name in fragments if not pattern.fullmatch(name)] == []


def test_the_page_of_type_errors_shows_what_mypy_says(tmp_path: Path, mypy: Mypy) -> None:
    """Every code of the plugin has a section: a program with the mistake, mypy's message, and the program mended."""
    first, *sections = (DOCS / "type-errors.md").read_text(encoding="utf-8").split("\n## ")
    head = "".join(_blocks(first, "python"))
    said = {}
    for section in sections:
        wrong, mended = _blocks(section, "python")
        code = section.splitlines()[0]
        said[code] = _blocks(section, "text")
        (tmp_path / f"{code}.py".replace("-", "_")).write_text(head + wrong, "utf-8")
        (tmp_path / f"{code}_mended.py".replace("-", "_")).write_text(head + mended, "utf-8")
    report = mypy.check(tmp_path, STRICT)

    found: dict[str, list[str]] = {}
    for line in report.splitlines():
        name = Path(line.split(":")[0]).stem.replace("_", "-")
        found[name] = ["".join(found.get(name, [])) + line.split(": ", 1)[1] + "\n"]
    assert found == said
    assert set(said) == {code.code for code in vars(errorcodes).values() if isinstance(code, ErrorCode)}


def test_the_page_of_the_command_line_shows_what_it_draws_and_prints(capsys: pytest.CaptureFixture[str]) -> None:
    def ship(item: int, context: StepContext) -> None:
        if item == 3 and context.attempt == 1:
            raise ConnectionError("try again")

    progress, drawing = _blocks((DOCS / "command-line.md").read_text(encoding="utf-8"), "text")
    flow = Flow("shop", list[int], max_attempts=3).map("ship", ship, over="run", runs_in="inline")
    flow_too = flow.step("gift", lambda _: None, if_=[2000]).step(
        "card", lambda _: None, depends_on=["gift"], when_exhausted="skip_cascade"
    )
    assert drawing == f"{draw(flow_too.definition)}\n"
    lines = PlainLines()
    trio.run(partial(flow_too.run, list(range(2000)), listeners=[inline(lines)]), clock=VirtualClock())
    told = capsys.readouterr().err.splitlines()
    assert [line for line in progress.splitlines() if line not in told] == []


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_every_test_that_a_comment_or_a_guide_names_is_there() -> None:
    root = DOCS.parent
    sources = [
        *root.glob("*.md"),
        *DOCS.glob("*.md"),
        *root.glob("typedflow/**/*.py"),
        *root.glob("mypy_plugin/**/*.py"),
    ]
    named = {
        (source.name, path)
        for source in sources
        for path in re.findall(r"tests/[\w/]+(?:\.py|\.toml)?", source.read_text("utf-8"))
    }
    assert named
    assert [f"{source}: {path}" for source, path in sorted(named) if not (root / path).exists()] == []

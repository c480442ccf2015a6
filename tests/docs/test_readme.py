"""The README shows real output."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.mypy_runs import STRICT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.mypy_runs import Mypy

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.fixture
def check(tmp_path: Path, mypy: Mypy) -> Callable[[str], str]:
    """What mypy prints about a program, with the configuration that the README shows."""

    def check(program: str) -> str:
        (tmp_path / "pyproject.toml").write_text(blocks("toml")[0], "utf-8")
        (tmp_path / "analyze.py").write_text(program, "utf-8")
        mypy.copy_libraries(STRICT, tmp_path / ".mypy_cache")
        command = [sys.executable, "-m", "mypy", "--strict", "analyze.py"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False).stdout  # noqa: S603

    return check


def test_mypy_finds_the_mistake_in_the_words_of_the_readme(check: Callable[[str], str]) -> None:
    shown = blocks("console")[0]

    assert shown == f"$ mypy analyze.py\n{check(blocks('python')[0])}"


def test_with_the_fix_it_type_checks_and_runs(tmp_path: Path, check: Callable[[str], str]) -> None:
    flow, use = blocks("python")[:2]
    fixed = flow.replace('depends_on=["sentiment", "summary"]', 'depends_on=["website", "sentiment", "summary"]')
    program = f"{fixed}\n{use}\nscore: float = outputs['sentiment']\nprint(outputs['save'])\n"

    assert check(program) == "Success: no issues found in 1 source file\n"
    run = subprocess.run([sys.executable, "analyze.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "Home: 1.0, All is well at https\n"


def test_run_that_is_killed_and_resumed_downloads_no_page_twice() -> None:
    example = ROOT / "docs" / "examples" / "crash.py"
    printed = subprocess.run([sys.executable, example], capture_output=True, text=True, check=True).stdout  # noqa: S603
    [shown] = [block for block in blocks("console") if block.startswith("$ typedflow run word_counts.py")]
    assert printed == shown

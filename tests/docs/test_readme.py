"""The README shows real output."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def mypy(folder: Path, program: str) -> str:
    (folder / "pyproject.toml").write_text(blocks("toml")[0], "utf-8")
    (folder / "analyze.py").write_text(program, "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "analyze.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout  # noqa: S603


def test_mypy_finds_the_mistake_in_the_words_of_the_readme(tmp_path: Path) -> None:
    shown = blocks("console")[0]

    assert shown == f"$ mypy analyze.py\n{mypy(tmp_path, blocks('python')[0])}"


def test_with_the_fix_it_type_checks_and_runs(tmp_path: Path) -> None:
    flow, use = blocks("python")[:2]
    fixed = flow.replace('depends_on=["sentiment", "summary"]', 'depends_on=["website", "sentiment", "summary"]')
    program = f"{fixed}\n{use}\nscore: float = outputs['sentiment']\nprint(outputs['save'])\n"

    assert mypy(tmp_path, program) == "Success: no issues found in 1 source file\n"
    run = subprocess.run([sys.executable, "analyze.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "Home: 1.0, All is well at https\n"

"""The page about parts of flows: its programs run, print what they should, and are right for mypy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mypy_runs import STRICT

if TYPE_CHECKING:
    import pytest

    from tests.mypy_runs import Mypy

PAGE = (Path(__file__).parents[2] / "docs" / "parts.md").read_text("utf-8")


def test_the_programs_of_the_page_run_and_are_typed(
    tmp_path: Path, mypy: Mypy, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    exec(program, {"__name__": "program"})  # noqa: S102  what the page shows
    assert capsys.readouterr().out == "9.0\n0.4 kg, 9.0 euros\n9.0\n"
    (tmp_path / "program.py").write_text(program + 'outputs["mail"]\n', "utf-8")
    line = program.count("\n") + 1
    assert mypy.check(tmp_path, STRICT) == (
        f'program.py:{line}: error: The flow has no step "mail"; it has "prices", "titles", "total"'
        "  [typedflow-unknown-step]\n"
    )

"""The page about wait steps: its programs run, print what they should, and are right for mypy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mypy_runs import STRICT

if TYPE_CHECKING:
    import pytest

    from tests.mypy_runs import Mypy

PAGE = (Path(__file__).parents[2] / "docs" / "waiting.md").read_text("utf-8")


def test_the_programs_of_the_page_run_and_are_typed(
    tmp_path: Path, mypy: Mypy, capsys: pytest.CaptureFixture[str]
) -> None:
    program = "".join(re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    exec(program, {"__name__": "program"})  # noqa: S102  what the page shows
    printed = re.sub(r'run "[-0-9a-f]+"', 'run "..."', capsys.readouterr().out)
    (shown,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert printed == f"order 7 is shipped\n{shown}order 7 is shipped\n"
    (tmp_path / "program.py").write_text(program, "utf-8")
    assert mypy.check(tmp_path, STRICT) == ""

"""The page about wait steps: its programs run, print what they should, and are right for mypy."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from tests.mypy_runs import STRICT

if TYPE_CHECKING:
    from tests.mypy_runs import Mypy

PAGE = (Path(__file__).parents[2] / "docs" / "waiting.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
PROGRAM = "".join(block for block in BLOCKS if "fastapi" not in block)
(ENDPOINT,) = (block for block in BLOCKS if "fastapi" in block)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the program, which has run."""
    monkeypatch.chdir(tmp_path)
    module = ModuleType("program")  # the dataclasses look for it
    monkeypatch.setitem(sys.modules, "program", module)
    exec(PROGRAM, vars(module))  # noqa: S102  what the page shows
    return vars(module)


def test_the_programs_of_the_page_run(capsys: pytest.CaptureFixture[str], program: dict[str, Any]) -> None:
    printed = re.sub(r'run "[-0-9a-f]+"', 'run "..."', capsys.readouterr().out)
    wrong, waits = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert printed == f"order 7 is shipped, says Ada\n{wrong}{waits}order 9 is shipped, says a test\n"
    program["store"].close()


def test_the_endpoint_of_the_page_delivers(program: dict[str, Any]) -> None:
    pytest.importorskip("fastapi", exc_type=ImportError)
    exec(ENDPOINT, program)  # noqa: S102  what the page shows
    fastapi: Any = sys.modules["fastapi"]
    approve, approval = program["approve"], program["Approval"]("Ada", granted=True)
    for run_id, status in (("order-8", 409), ("order-9", 404)):
        with pytest.raises(fastapi.HTTPException) as caught:
            approve(run_id, approval)
        assert caught.value.status_code == status
    program["store"].close()


def test_they_are_right_for_mypy(tmp_path: Path, mypy: Mypy) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    assert mypy.check(tmp_path, STRICT) == ""

"""The table of what differs on pgflow, in docs/postgres.md, has the reasons of the markers."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
PAGE = FOLDER.parents[1] / "docs" / "postgres.md"


def test_each_reason_is_a_row_and_each_row_a_reason() -> None:
    _, _, section = PAGE.read_text().partition("## Differences from a run in this process\n")
    rows = re.findall(r"^\| (.+?) \| .+ \|$", section.partition("\n## ")[0], re.MULTILINE)
    cases = "".join(path.read_text() for path in FOLDER.glob("test_*.py"))
    reasons = re.findall(r'pgflow_differs\("([^"]+)"', cases)
    assert rows[0] == "difference"
    assert sorted(rows[1:]) == sorted(set(reasons))

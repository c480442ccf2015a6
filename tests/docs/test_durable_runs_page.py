"""The page about durable runs: its example prints what the page says, and its table is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/durable-runs.md").read_text("utf-8")


def test_the_example_downloads_once(tmp_path: Path) -> None:
    program, *_ = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "words.py").write_text(program, "utf-8")

    printed = [
        subprocess.run(
            [sys.executable, "words.py"], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=60
        ).stdout
        for _ in range(2)
    ]

    assert "".join(printed) == shown

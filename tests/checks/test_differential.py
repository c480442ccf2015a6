"""The plugin gives the same answers in every mode of mypy; `python -m tests.checks.differential` asks for longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_every_mode_says_the_same_after_every_edit() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks.differential", "--edits", "8", "--seed", "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n8 edits, 0 differences, 0 crashes of mypy itself, " in done.stdout

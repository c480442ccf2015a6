"""No program makes the plugin crash, however odd; `python -m tests.checks.fuzz` tries more of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_no_odd_program_makes_mypy_crash() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks.fuzz", "--cases", "100", "--seed", "1"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\n100 programs, 0 crashes, " in f"\n{done.stdout}"

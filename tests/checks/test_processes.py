"""Handlers in worker processes, wherever their run is started, and after a Ctrl-C: no process is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.cells import EXPECTED, HAPPENINGS, STARTS, left_behind, observe

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("start", STARTS)
def test_a_handler_in_a_process_ends_as_expected_and_leaves_nothing_behind(start: str, tmp_path: Path) -> None:
    observe(start, "process", "returns", tmp_path)  # multiprocessing starts its resource tracker, which stays
    before = left_behind()
    assert before["processes"] == []
    for happening in HAPPENINGS:
        assert observe(start, "process", happening, tmp_path) == EXPECTED[happening]
        assert left_behind() == before


PROGRAM = """
import os, time
from typing import Any, Mapping
from typedflow import Flow

def wait(inputs: Mapping[str, Any]) -> None:
    print(os.getpid(), flush=True)
    time.sleep(600)

if __name__ == "__main__":
    Flow("f", int).step("wait", wait, runs_in="process").run_sync(1)
"""


@pytest.fixture
def _in_the_foreground() -> Iterator[None]:
    """A shell starts programs in the background with SIGINT ignored, and they hand that down."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_in_the_foreground")
@pytest.mark.parametrize("to_group", [True, False], ids=["the whole group", "the program"])
def test_nothing_is_left_after_ctrl_c(to_group: bool, tmp_path: Path) -> None:  # noqa: FBT001  a parameter
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(PROGRAM), "utf-8")
    program = subprocess.Popen(  # noqa: S603  this program
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert program.stdout is not None
    worker = int(program.stdout.readline())
    if to_group:
        os.killpg(program.pid, signal.SIGINT)
    else:
        program.send_signal(signal.SIGINT)
    _, complaints = program.communicate(timeout=60)

    assert complaints.rstrip().splitlines()[-1] == "KeyboardInterrupt"
    assert not Path(f"/proc/{worker}").exists()

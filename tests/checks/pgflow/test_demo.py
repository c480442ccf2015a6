"""``make demo-postgres``: all runs complete though a worker is killed, and nothing is left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from docs.examples.demo_postgres import FRUITS


def test_every_page_is_downloaded_and_one_worker_is_killed() -> None:
    command = [sys.executable, "-m", "docs.examples.demo_postgres"]
    with subprocess.Popen(  # noqa: S603  its own program
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as demo:
        printed, errors = demo.communicate(timeout=300)
    assert demo.returncode == 0, errors
    with pytest.raises(ProcessLookupError):  # none of its workers is left
        os.killpg(demo.pid, 0)

    (killed,) = re.findall(r"^(worker \d) asks for melons: killed$", printed, re.MULTILINE)
    downloads = re.findall(r"^(worker \d) has downloaded (\w+)$", printed, re.MULTILINE)
    assert {fruit for _, fruit in downloads} == set(FRUITS)
    assert len(downloads) <= len(FRUITS) + 1  # what the killed worker has downloaded, but not reported
    assert (killed, "melons") not in downloads
    assert re.search(r"^completed 10 runs in \d+ s;", printed, re.MULTILINE)

"""``--watch``, on a terminal and elsewhere, and the completion of identifiers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from functools import partial
from typing import IO, TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete

from tests.unit.cli.commands import COMMAND
from tests.unit.cli.runs.stored_runs import NO_ANSWER, START, StoredRuns, failed_shop, value
from typedflow._cli.command import typedflow
from typedflow.stores import Transition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _heeds_ctrl_c() -> Iterator[None]:
    """Let the commands heed SIGINT, also where a shell has started the tests in the background, which ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


BOLD = re.compile(r"\x1b\[[0-9;]*m")


def watched(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [COMMAND, "runs", *arguments, "--store", "runs.db", "--watch"]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def test_changes_of_a_run_are_lines_until_it_has_ended(runs: StoredRuns, tmp_path: Path) -> None:
    claim = runs.start("r")
    with watched(tmp_path, "show", "r") as process:
        assert line(process.stdout) == 'run "r" running\n'
        runs.task(claim, "cart", (0, "started", {}), (1.5, "completed", value("[1]")))
        assert line(process.stdout) == 'step "cart" completed after 1.5 s: [1]\n'
        runs.task(claim, "pay", (2, "started", {}), (3, "retrying", {"error": NO_ANSWER, "due": START + 9}))
        assert line(process.stdout) == (
            'step "pay": attempt 1 failed at 2026-11-30 00:53:23: ConnectionError: no answer\n'
        )
        assert line(process.stdout) == 'step "pay" retrying: until 2026-11-30 00:53:29\n'
        assert line(process.stdout) == 'run "r" retrying 1\n'
        runs.end(claim, 12)
        assert process.stdout is not None
        assert process.stdout.read().splitlines()[-1] == 'run "r" completed'
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
def test_changes_of_a_list_are_lines_until_ctrl_c(runs: StoredRuns, tmp_path: Path) -> None:
    claim = runs.start("r")
    with watched(tmp_path, "list") as process:
        assert line(process.stdout).split()[:3] == ["r", "shop", "running"]
        runs.end(claim, 4)
        assert line(process.stdout).split() == ["r", "shop", "completed", "2026-11-30", "00:53:20", "4.0", "s", "0/5"]
        process.send_signal(signal.SIGINT)
        assert process.communicate()[1] == "Interrupted.\n"
    assert process.returncode == 130


class TestTerminal:
    def start(self, folder: Path, *arguments: str) -> tuple[subprocess.Popen[bytes], int]:
        """Start a command on a terminal of its own, and return what reads the terminal."""
        termios = pytest.importorskip("termios")
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (24, 72))
        inherited = {name: value for name, value in os.environ.items() if name not in {"LINES", "COLUMNS"}}
        process = subprocess.Popen(  # noqa: S603
            [COMMAND, "runs", *arguments, "--store", "runs.db"],
            cwd=folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**inherited, "TERM": "xterm", "NO_COLOR": "1"},
        )
        os.close(theirs)
        return process, ours

    def draw(self, folder: Path, *arguments: str, answer: bytes = b"") -> str:
        process, ours = self.start(folder, *arguments)
        os.write(ours, answer)
        drawn = b"".join(iter(partial(self.read, ours), b""))
        os.close(ours)
        process.wait()
        return drawn.decode().replace("\r", "")

    def read(self, terminal: int) -> bytes:
        try:
            return os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            return b""

    def test_a_list_is_cut_at_the_edge(self, runs: StoredRuns, tmp_path: Path) -> None:
        failed_shop(runs)
        failed_shop(runs, "0193a3f0-57a2-4c5d-9d8e-3b1f0c2a4e6d")
        _, *lines = BOLD.sub("", self.draw(tmp_path, "list")).splitlines()
        assert lines == [
            '0193a3f0   shop  failed  2026-11-30 00:53:20  9.0 s  3/5    step "pay" \N{HORIZONTAL ELLIPSIS}',
            'a1-failed  shop  failed  2026-11-30 00:53:20  9.0 s  3/5    step "pay" \N{HORIZONTAL ELLIPSIS}',
        ]

    def test_a_list_is_drawn_anew_when_a_run_changes(self, runs: StoredRuns, tmp_path: Path) -> None:
        claim = runs.start("r")
        process, ours = self.start(tmp_path, "list", "--watch")
        drawn = b""
        while b"running" not in drawn:
            drawn += os.read(ours, 65536)
        runs.end(claim, 4)
        while b"completed" not in drawn:
            drawn += os.read(ours, 65536)
        process.send_signal(signal.SIGINT)
        while b"Interrupted." not in drawn:
            drawn += os.read(ours, 65536)
        os.close(ours)
        assert process.wait() == 130

    def test_delete_asks(self, runs: StoredRuns, tmp_path: Path) -> None:
        failed_shop(runs)
        drawn = self.draw(tmp_path, "delete", "a1", answer=b"n\n")
        assert "a1-failed  shop  failed  2026-11-30 00:53:20\nDelete 1 run? [y/N]: " in drawn
        assert len(runs.store.runs()) == 1

    def test_a_run_that_has_ended_is_drawn_once(self, runs: StoredRuns, tmp_path: Path) -> None:
        failed_shop(runs)
        drawn = self.draw(tmp_path, "show", "a1", "--watch")
        last = BOLD.sub("", drawn[drawn.rindex("\x1b[2K") :])
        assert "status   failed\n" in last
        assert "pay     failed" in last
        assert last.endswith("  ConnectionError: no answer\n\x1b[?25h")


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("runs show --store runs.db a", ["a2", "a1"]),
        ("runs show --store none.db a", []),
        ("runs cancel --store runs.db b", ["b1"]),
        ("runs li", ["list"]),
        ("runs show --store runs.db a1 --step p", ["prices", "pay"]),
        ("runs show --store runs.db a --step p", []),
    ],
)
def test_identifiers_are_completed(
    runs: StoredRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, completed: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for run_id in ("a1", "a2", "b1"):
        runs.commit(runs.start(run_id), Transition("run", "completed", START))
    monkeypatch.setenv("COMP_WORDS", f"typedflow {words}")
    *arguments, incomplete = words.split()
    completion = ShellComplete(typedflow, {}, "typedflow", "_TYPEDFLOW_COMPLETE")
    assert [item.value for item in completion.get_completions(arguments, incomplete)] == completed
    assert not (tmp_path / "none.db").exists()

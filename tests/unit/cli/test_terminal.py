"""The command line on a terminal, and when it is interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.unit.cli.commands import COMMAND, EVENTFUL, PAGE, Invoke


class TestTerminal:
    """A real process whose standard error is a real pseudo-terminal, where the system has them."""

    def draw(self, folder: Path, flow: str, flow_input: str, **environment: str) -> tuple[int, str, str]:
        termios = pytest.importorskip("termios")
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (12, 80))
        # These would outweigh the terminal's own size; a test runner may have set them.
        inherited = {name: value for name, value in os.environ.items() if name not in {"LINES", "COLUMNS"}}
        outputs = folder / "outputs.json"  # a pipe that nobody reads yet could fill up
        with outputs.open("w") as stdout:
            process = subprocess.Popen(  # noqa: S603
                [COMMAND, "run", f"flows.py:{flow}", "--input", flow_input],
                cwd=folder,
                stdout=stdout,
                stderr=theirs,
                env={**inherited, "TERM": "xterm", **environment},
            )
        os.close(theirs)
        drawn = b"".join(iter(partial(self.read, ours), b""))
        os.close(ours)
        return process.wait(), outputs.read_text(), drawn.decode()

    def read(self, terminal: int) -> bytes:
        try:
            return os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            return b""

    def test_steps_are_drawn_live_with_their_states_and_times(self, folder: Path) -> None:
        returncode, stdout, drawn = self.draw(folder, "analyze", PAGE, NO_COLOR="1")
        assert returncode == 0
        assert json.loads(stdout) == {"length": 4}
        assert "\x1b[?25l" in drawn  # the cursor is hidden,
        assert "\x1b[2K" in drawn  # lines are drawn anew,
        assert drawn.endswith("\x1b[?25h")  # and the cursor is back
        last = re.sub(r"\x1b\[[0-9;]*m", "", drawn[drawn.rindex("\x1b[2K") + 4 : -6]).splitlines()
        assert [line.split()[:2] for line in last[:2]] == [["website", "completed"], ["length", "completed"]]
        assert "2 of 2 steps completed" in last[2]
        assert all(line.rstrip().endswith(" s") for line in last)
        assert "downloading\r\n" in drawn  # what a handler prints stands above the table

    def test_the_table_shows_items_and_skipped_steps(self, folder: Path) -> None:
        (folder / "flows.py").write_text(textwrap.dedent(EVENTFUL))
        returncode, _, drawn = self.draw(folder, "flow", "[7, 8, 9]", NO_COLOR="1")
        assert returncode == 0
        last = drawn[drawn.rindex("\x1b[2K") :]
        assert "3 of 3 items" in last
        assert "its attempts are used up" in last

    def test_of_many_steps_a_window_is_drawn(self, folder: Path) -> None:
        returncode, stdout, drawn = self.draw(folder, "many", "1")
        assert returncode == 0
        assert len(json.loads(stdout)) == 10_000
        assert "10000 of 10000 steps completed" in drawn
        last = drawn[drawn.rindex("\x1b[2K") :]
        assert last.count("\r\n") == 10

    def test_the_table_shows_a_failure_and_the_message_follows(self, folder: Path) -> None:
        returncode, stdout, drawn = self.draw(folder, "breaks", PAGE, NO_COLOR="1")
        assert (returncode, stdout) == (1, "")
        assert "failed" in drawn[: drawn.index("Error: ")]
        assert drawn.index("\x1b[?25h") < drawn.index('Error: flow "analyze": step "broken" failed at attempt 1')

    def test_what_handlers_print_is_not_taken_for_markup_or_emoji(self, folder: Path) -> None:
        (folder / "flows.py").write_text(
            "import sys\nfrom typedflow import Flow\n\ndef printing(inputs):\n"
            "    print('[/bold] :smile:', end='', flush=True)\n    sys.stdout.flush()\n    print('[red]x')\n\n"
            "flow = Flow('flow', int, max_attempts=1).step('printing', printing)\n"
        )
        returncode, _, drawn = self.draw(folder, "flow", "1", NO_COLOR="1")
        assert returncode == 0
        assert "[/bold] :smile:" in drawn
        assert "[red]x" in drawn

    def test_nothing_in_an_exception_steers_the_terminal(self, folder: Path) -> None:
        (folder / "flows.py").write_text(
            "from typedflow import Flow\n\ndef odd(inputs):\n    raise ValueError('\\x1b]0;owned\\x07 [/bold]')\n\n"
            "flow = Flow('flow', int, max_attempts=1).step('odd', odd, when_exhausted='skip')\n"
        )
        returncode, _, drawn = self.draw(folder, "flow", "1", NO_COLOR="1", COLUMNS="150")
        assert returncode == 0
        assert r"\x1b]0;owned\x07 [/bold]" in drawn
        assert "\x1b]" not in drawn

    def test_a_dumb_terminal_gets_plain_lines(self, folder: Path) -> None:
        _, _, drawn = self.draw(folder, "analyze", PAGE, TERM="dumb")
        assert "\x1b" not in drawn
        assert 'step "website" completed after ' in drawn


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
class TestInterrupt:
    @pytest.fixture(autouse=True)
    def _without_nohup(self) -> Iterator[None]:
        """A command under nohup ignores SIGHUP, and the commands that it starts do so, too."""
        before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
        yield
        signal.signal(signal.SIGHUP, before)

    def started(self, folder: Path, flow: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(  # noqa: S603
            [COMMAND, "run", f"flows.py:{flow}", "--input", "1"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        while not process.stderr.readline().startswith("step "):
            pass
        return process

    def test_ctrl_c_cancels_the_run_and_awaits_its_cleanup(self, folder: Path) -> None:
        with self.started(folder, "stays") as process:
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=20)
        assert (process.returncode, stdout) == (130, "")
        assert [line.partition(" after ")[0] for line in stderr.splitlines()] == [
            "Cancelling the run and waiting for cleanup. Press Ctrl-C again to stop immediately.",
            "cleaned up",
            'step "staying" cancelled',
            'flow "stays" cancelled',
            "Interrupted.",
        ]

    def test_a_second_ctrl_c_stops_even_what_never_yields(self, folder: Path) -> None:
        with self.started(folder, "sticks") as process:
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                time.sleep(0.2)  # two signals at once may arrive as one
        assert process.returncode == 130

    @pytest.mark.parametrize(("name", "exit_code"), [("SIGTERM", 143), ("SIGHUP", 129)])
    def test_other_signals_do_what_ctrl_c_does(self, folder: Path, name: str, exit_code: int) -> None:
        with self.started(folder, "stays") as process:
            process.send_signal(signal.Signals[name])
            stdout, stderr = process.communicate(timeout=20)
        assert (process.returncode, stdout) == (exit_code, "")
        assert [line.partition(" after ")[0] for line in stderr.splitlines()] == [
            f"{name}: cancelling the run and waiting for cleanup. Another one stops immediately.",
            "cleaned up",
            'step "staying" cancelled',
            'flow "stays" cancelled',
            f"Stopped by {name}.",
        ]

    def test_a_second_sigterm_stops_even_what_never_yields(self, folder: Path) -> None:
        with self.started(folder, "sticks") as process:
            while process.poll() is None:
                process.send_signal(signal.SIGTERM)
                time.sleep(0.2)
        assert process.returncode == 143

    def test_a_run_under_nohup_outlives_its_terminal(self, folder: Path) -> None:
        previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a process inherits what is ignored
        try:
            with self.started(folder, "stays") as process:
                process.send_signal(signal.SIGHUP)
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=20)
        finally:
            signal.signal(signal.SIGHUP, previous)
        assert process.returncode == 143

    def test_ctrl_c_while_the_module_is_imported(self, invoke: Invoke, folder: Path) -> None:
        (folder / "slow.py").write_text("raise KeyboardInterrupt\n")
        result = invoke("graph", "slow.py:f")
        assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")

    @pytest.mark.parametrize("command", ["run", "graph"])
    def test_sigterm_while_the_module_is_imported(self, invoke: Invoke, folder: Path, command: str) -> None:
        (folder / "slow.py").write_text("import signal\nsignal.raise_signal(signal.SIGTERM)\n")
        result = invoke(command, "slow.py:f")
        assert (result.exit_code, result.stderr) == (143, "Stopped by SIGTERM.\n")

    def test_sigterm_while_standard_input_is_read(self, folder: Path) -> None:
        (folder / "reads.py").write_text(
            "import sys\nfrom typedflow import Flow\nf = Flow('f', int)\nprint('imported', file=sys.stderr)\n"
        )
        pipe = subprocess.PIPE
        command = [COMMAND, "run", "reads.py:f", "--input", "-"]
        with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe) as process:  # noqa: S603
            assert process.stderr is not None
            assert process.stderr.readline() == b"imported\n"
            process.send_signal(signal.SIGTERM)
            assert process.stderr.read() == b"Stopped by SIGTERM.\n"
        assert process.returncode == 143

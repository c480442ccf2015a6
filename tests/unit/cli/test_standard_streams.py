"""The command in bad surroundings: encodings, streams that are closed or full, readers that have gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.unit.cli.commands import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no sh on Windows")

FLOWS = """
import subprocess
from typedflow import Flow

def noisy(inputs):
    print("to standard output")
    return subprocess.run("cat; echo from a subprocess", shell=True, check=True).returncode

text = Flow("text", object).step("text", lambda inputs: "é\U0001f600\x9b\u202e")
noise = text.step("noisy", noisy)
large = Flow("large", object).step("large", lambda inputs: ["x" * 100] * 100_000)
"""
OUTPUTS = {"text": "é\U0001f600\x9b\u202e", "noisy": 0}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(FLOWS.replace("\x9b", "\\x9b").replace("\u202e", "\\u202e"), "utf-8")
    return tmp_path


def sh(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    program = command.replace("run ", f'"{COMMAND}" run ', 1).replace("graph ", f'"{COMMAND}" graph ', 1)
    program = program.replace("typedflow ", f'"{COMMAND}" ', 1)
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONUTF8", "LC_ALL"}}
    return subprocess.run(  # noqa: S603  the command of this checkout
        ["/bin/sh", "-c", program],
        cwd=folder,
        env=inherited | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-16"])
def test_outputs_are_json_in_every_encoding(folder: Path, encoding: str) -> None:
    done = sh(folder, "run flows.py:text --input 1", PYTHONIOENCODING=encoding)

    assert done.returncode == 0
    shown = done.stdout.decode(encoding)
    assert json.loads(shown) == {"text": OUTPUTS["text"]}
    assert ("é" in shown) == (encoding != "ascii")
    assert r"\u009b\u202e" in shown  # a terminal would obey them


def test_a_run_needs_neither_standard_input_nor_standard_error(folder: Path) -> None:
    done = sh(folder, "run flows.py:noise --input 1 <&- 2>&-")

    assert done.returncode == 0
    assert json.loads(done.stdout) == OUTPUTS
    assert done.stderr == b""


def test_standard_error_may_be_full(folder: Path) -> None:
    done = sh(folder, "run flows.py:text --input 1 2>/dev/full")

    assert done.returncode == 0
    assert json.loads(done.stdout) == {"text": OUTPUTS["text"]}


@pytest.mark.parametrize("command", ["run flows.py:noise --input 1 >&-", "graph flows.py:noise >&-"])
def test_nothing_runs_if_standard_output_is_closed(folder: Path, command: str) -> None:
    done = sh(folder, command)

    assert done.returncode == 2
    assert done.stderr == b"Error: standard output is closed. Redirect it to a file, or to /dev/null.\n"


def test_what_standard_output_does_not_take_goes_to_standard_error(folder: Path) -> None:
    done = sh(folder, "run flows.py:noise --input 1 >/dev/full")

    assert done.returncode == 1
    outputs, _, message = done.stderr.decode().partition("{\n")[2].rpartition("Error: ")
    assert json.loads("{" + outputs) == OUTPUTS
    assert message == (
        "standard output cannot be written: No space left on device. The output is on standard error instead.\n"
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_one_sentence(folder: Path, unbuffered: str) -> None:
    command = "(run flows.py:large --input 1; echo $? >code) | head -n 1"
    done = sh(folder, command, PYTHONUNBUFFERED=unbuffered)

    assert (done.stdout, (folder / "code").read_text("utf-8")) == (b"{\n", "1\n")
    assert done.stderr.decode().splitlines()[-1] == "Error: the reader of standard output has closed it."
    assert b"Traceback" not in done.stderr


def test_help_that_cannot_be_written_is_one_sentence(folder: Path) -> None:
    done = sh(folder, "typedflow --help >/dev/full")

    assert (done.returncode, done.stderr) == (1, b"Error: [Errno 28] No space left on device.\n")


def test_an_input_from_a_closed_standard_input_is_refused(folder: Path) -> None:
    done = sh(folder, "run flows.py:text --input - <&-")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"Error: --input: standard input is closed.\n"


def test_a_terminal_of_one_column_is_wide_enough(folder: Path) -> None:
    done = sh(folder, "run flows.py:text --input 1", COLUMNS="1", LINES="1", TERM="dumb", NO_COLOR="1")

    assert (done.returncode, json.loads(done.stdout)) == (0, {"text": OUTPUTS["text"]})


CLOSING = """
import csv, io, sys
from typedflow import Flow

def close(inputs):
    with sys.stdout as out:
        csv.writer(out).writerow([1, 2])
    sys.stderr.close()
    print("still open")

def close_buffer(inputs):
    with sys.stdout.buffer as out:
        out.write(b"1,2\\n")
    print("still open")

def wrap(inputs):
    with io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8") as out:
        out.write("1,2\\n")
    print("still open")

def detach(inputs):
    with io.TextIOWrapper(sys.stdout.detach(), encoding="utf-8") as out:
        out.write("1,2\\n")
    print("still open")

"""


@pytest.mark.parametrize("handler", ["close", "close_buffer", "wrap", "detach"])
def test_a_handler_may_close_its_standard_output(tmp_path: Path, handler: str) -> None:
    (tmp_path / "flows.py").write_text(f'{CLOSING}f = Flow("f", int).step("a", {handler})\n', "utf-8")
    done = sh(tmp_path, "run flows.py:f --input 1")

    assert (done.returncode, json.loads(done.stdout)) == (0, {"a": None})
    lines = done.stderr.decode().splitlines()
    assert [line for line in lines if not line.startswith(("step ", "flow "))] == ["1,2", "still open"]
    assert lines[-1].startswith('flow "f" completed')

"""The command line, as its users meet it: what it prints where, and what it exits with."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.commands import Invoke, shell
from typedflow import __version__

ALL_COMMANDS = (
    'The commands are "run", "resume", "runs", "cache", "engine", "worker", "list", "graph", "shape", "check", '
    '"stubs", "completion".'
)


class TestGraph:
    def test_text_is_the_default(self, folder: Path) -> None:
        done = shell("graph", "flows.py:analyze", cwd=folder)
        assert (done.returncode, done.stdout, done.stderr) == (
            0,
            "analyze: 2 steps\n  website\n  length   <- website\n",
            "imported\n",
        )

    @pytest.mark.parametrize(("notation", "first_line"), [("mermaid", "---"), ("dot", 'digraph "analyze" {')])
    def test_other_notations(self, invoke: Invoke, notation: str, first_line: str) -> None:
        result = invoke("graph", "flows:analyze", "--format", notation)
        assert result.stdout.splitlines()[0] == first_line

    def test_an_unknown_notation_is_refused(self, invoke: Invoke) -> None:
        result = invoke("graph", "flows:analyze", "--format", "svg")
        assert result.exit_code == 2
        assert "'svg' is not one of 'text', 'mermaid', 'dot'." in result.stderr


class TestCommand:
    def test_version(self, tmp_path: Path) -> None:
        done = shell("--version", cwd=tmp_path)
        assert (done.returncode, done.stdout, done.stderr) == (0, f"typedflow {__version__}\n", "")

    @pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
    def test_help_documents_the_exit_codes(self, invoke: Invoke, arguments: list[str]) -> None:
        result = invoke(*arguments)
        assert result.exit_code == 0
        assert result.stdout.endswith(
            "  Exit codes:\n"
            "    0    done\n"
            "    1    the run failed, a store refused, an output cannot be written, or a\n"
            "         check found a mistake or a stale file\n"
            "    2    wrong usage: a bad target, bad JSON, an invalid flow input, an\n"
            "         invalid flow\n"
            "    130  interrupted by Ctrl-C\n"
            "    143  stopped by SIGTERM (129: by SIGHUP)\n"
        )

    @pytest.mark.parametrize(
        ("mistyped", "advice"),
        [
            ("runn", 'Did you mean "run"?'),
            ("show", ALL_COMMANDS),
        ],
    )
    def test_an_unknown_command_gets_a_suggestion(self, invoke: Invoke, mistyped: str, advice: str) -> None:
        result = invoke(mistyped)
        assert result.exit_code == 2
        assert result.stderr.splitlines()[-1] == f'Error: there is no command "{mistyped}". {advice}'

    @pytest.mark.parametrize("missing", ["click", "rich"])
    def test_without_its_extra_it_says_what_to_install(self, missing: str) -> None:
        program = f"import sys; sys.modules[{missing!r}] = None; from typedflow._cli import main; main()"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
        assert (done.returncode, done.stdout, done.stderr) == (
            2,
            "",
            f'The command typedflow needs {missing}. Install it with pip install "typedflow[cli]".\n',
        )

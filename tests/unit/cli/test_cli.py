"""The command line, as its users meet it: what it prints where, and what it exits with."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click.testing
import pytest

from typedflow import __version__
from typedflow._cli.command import typedflow

COMMAND = str(Path(sys.executable).with_name("typedflow"))

FLOWS = """
    import os
    import subprocess
    from typing import TypedDict

    import trio

    from typedflow import Flow


    class Page(TypedDict):
        url: str


    async def website(inputs):
        print("downloading")
        return inputs["run"]["url"] * 2


    def length(inputs) -> int:
        return len(inputs["website"])


    def broken(inputs):
        raise LookupError("no such word")


    def misdeclared(inputs) -> int:
        return "one"


    def undeclared(inputs):
        return inputs["length"]


    def unresolved(inputs) -> "Nowhere":
        return None


    def leaving(inputs):
        raise SystemExit(3)


    def pressed(inputs):
        raise KeyboardInterrupt


    def shouting(inputs):
        os.write(1, b"from C\\n")
        subprocess.run(["echo", "from a subprocess"])


    async def staying(inputs):
        try:
            await trio.sleep_forever()
        finally:
            print("cleaned up")


    async def stuck(inputs):
        while True:
            pass


    trunk = Flow("analyze", Page, max_attempts=1).step("website", website)
    analyze = trunk.step("length", length, depends_on=["website"])
    breaks = trunk.step("broken", broken, depends_on=["website"])
    misdeclares = trunk.step("misdeclared", misdeclared)
    forgets = trunk.step("undeclared", undeclared, depends_on=["website"])
    unresolvable = trunk.step("unresolved", unresolved)
    leaves = trunk.step("leaving", leaving)
    opaque = trunk.step("opaque", lambda inputs: object())
    shouts = trunk.step("shouting", shouting)
    stays = Flow("stays", int).step("staying", staying)
    sticks = Flow("sticks", int).step("stuck", stuck)
    retries = Flow("retries", Page, max_attempts=2, base_delay=0.01).step("broken", broken)
    times_out = Flow("times_out", int, max_attempts=1, timeout=0.01).step("staying", staying)
    skips = Flow("skips", Page).step("website", website, if_={"url": "cd"})
    refuses = Flow("refuses", Page).step("website", website, if_={"url": "cd"}, when_unmet="fail")
    maps = Flow("maps", object).map("doubled", lambda item: item * 2, over="run")
    presses = Flow("presses", int).step("pressed", pressed)
    many = Flow("many", int)
    for number in range(10_000):
        many = many.step(f"step{number}", lambda inputs: None)
    print("imported")
"""

FLOW_NAMES = (
    '"trunk", "analyze", "breaks", "misdeclares", "forgets", "unresolvable", "leaves", "opaque", "shouts", '
    '"stays", "sticks", "retries", "times_out", "skips", "refuses", "maps", "presses", "many"'
)
LOOKED_FOR = "Modules are searched for in the current folder and among the installed packages."
QUOTES = "JSON puts strings and keys in double quotes."
PAGE = '{"url": "ab"}'

Invoke = Callable[..., click.testing.Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(textwrap.dedent(FLOWS))
    return tmp_path


@pytest.fixture
def invoke(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Invoke]:
    """The command in this process, in the folder, and as if each time in a new interpreter."""
    monkeypatch.chdir(folder)
    before, path = set(sys.modules), sys.path.copy()

    def invoke(*arguments: str, stdin: bytes | None = None) -> click.testing.Result:
        result = click.testing.CliRunner().invoke(typedflow, arguments, input=stdin, prog_name="typedflow")
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(folder)):
                del sys.modules[name]
        sys.path[:] = path
        return result

    yield invoke
    sys.path[:] = path


def shell(*arguments: str, cwd: Path, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """The installed command in a process of its own."""
    return subprocess.run([COMMAND, *arguments], cwd=cwd, input=stdin, capture_output=True, text=True, check=False)  # noqa: S603


class TestRun:
    def test_outputs_are_json_on_standard_output_and_all_else_is_on_standard_error(self, folder: Path) -> None:
        done = shell("run", "flows.py:analyze", "--input", PAGE, cwd=folder)
        assert done.returncode == 0
        assert done.stdout == '{\n  "website": "abab",\n  "length": 4\n}\n'
        lines = [line.partition(" after ")[0] for line in done.stderr.splitlines()]
        assert lines == [
            "imported",
            'flow "analyze" started',
            'step "website" started',
            "downloading",
            'step "website" completed',
            'step "length" started',
            'step "length" completed',
            'flow "analyze" completed',
        ]
        assert done.stderr.endswith(" s\n")

    def test_what_subprocesses_and_c_code_print_goes_to_standard_error_too(self, folder: Path) -> None:
        done = shell("run", "flows.py:shouts", "--input", PAGE, cwd=folder)
        assert json.loads(done.stdout) == {"website": "abab", "shouting": None}
        assert "from C\n" in done.stderr
        assert "from a subprocess\n" in done.stderr

    def test_the_input_comes_from_standard_input(self, folder: Path) -> None:
        done = shell("run", "flows:analyze", "--input", "-", cwd=folder, stdin=PAGE)
        assert json.loads(done.stdout) == {"website": "abab", "length": 4}

    def test_the_input_comes_from_a_file(self, invoke: Invoke, folder: Path) -> None:
        (folder / "page.json").write_text(PAGE, encoding="utf-8-sig")
        result = invoke("run", "flows:analyze", "--input", "@page.json")
        assert json.loads(result.stdout) == {"website": "abab", "length": 4}

    def test_max_concurrency_is_a_limit_of_at_least_one(self, invoke: Invoke) -> None:
        assert invoke("run", "flows:analyze", "--input", PAGE, "--max-concurrency", "1").exit_code == 0
        result = invoke("run", "flows:analyze", "--input", PAGE, "--max-concurrency", "0")
        assert result.exit_code == 2
        assert "Invalid value for '--max-concurrency': 0 is not in the range x>=1." in result.stderr

    def test_a_step_that_was_skipped_is_null(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:skips", "--input", PAGE)
        assert (result.exit_code, result.stdout) == (0, '{\n  "website": null\n}\n')
        assert 'step "website" skipped: its condition is unmet\n' in result.stderr

    def test_the_outputs_of_a_map_are_a_list(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:maps", "--input", "[1, 2]")
        assert json.loads(result.stdout) == {"doubled": [2, 4]}
        assert 'step "doubled": 1 of 2 items completed\n' in result.stderr

    def test_a_flow_without_steps_has_no_outputs(self, invoke: Invoke, folder: Path) -> None:
        (folder / "empty.py").write_text('from typedflow import Flow\nempty = Flow("empty", int)\n')
        assert invoke("run", "empty.py:empty", "--input", "1").stdout == "{}\n"


class TestProgress:
    EVENTFUL = """
        from typedflow import Flow

        tried = []

        def flaky(item):
            tried.append(item)
            if tried.count(item) < 2:
                raise ConnectionError("try\\nagain")
            return item

        flow = (
            Flow("shop", list[int], base_delay=0.01)
            .map("ship", flaky, over="run", max_concurrency=1)
            .step("gift", lambda i: 1, if_=[9], when_unmet="skip_cascade")
            .step("card", lambda i: 1, depends_on=["gift"])
            .step("pay", lambda i: 1 / 0, max_attempts=1, when_exhausted="skip")
        )
        """

    def test_lines_tell_of_retries_and_of_skipped_steps(self, folder: Path) -> None:
        (folder / "eventful.py").write_text(textwrap.dedent(self.EVENTFUL))
        done = shell("run", "eventful:flow", "--input", "[7, 8]", cwd=folder)
        assert json.loads(done.stdout) == {"ship": [7, 8], "gift": None, "card": None, "pay": None}
        lines = [line.partition(" after ")[0] for line in done.stderr.splitlines()]
        assert [line for line in lines if "shop" in line] == ['flow "shop" started', 'flow "shop" completed']
        assert [line for line in lines if "ship" in line] == [
            'step "ship" started: 2 items',
            'step "ship", item 0: attempt 1 failed, retrying in 0.01 s: ConnectionError: try again',
            'step "ship", item 1: attempt 1 failed, retrying in 0.01 s: ConnectionError: try again',
            'step "ship": 1 of 2 items completed',
            'step "ship" completed',
        ]
        assert [line for line in lines if "skipped" in line] == [
            'step "gift" skipped: its condition is unmet',
            'step "card" skipped: a step that it depends on was skipped',
            'step "pay" skipped: its attempts are used up (ZeroDivisionError: division by zero)',
        ]


class TestFailedRun:
    def test_a_failed_step_is_named_with_the_traceback_of_its_handler_alone(self, folder: Path) -> None:
        done = shell("run", "flows.py:breaks", "--input", PAGE, cwd=folder)
        assert (done.returncode, done.stdout) == (1, "")
        line = textwrap.dedent(FLOWS).splitlines().index('    raise LookupError("no such word")') + 1
        assert done.stderr[done.stderr.index("Error:") :] == (
            'Error: flow "analyze": step "broken" failed at attempt 1: LookupError: no such word\n'
            "Traceback (most recent call last):\n"
            f'  File "{folder / "flows.py"}", line {line}, in broken\n'
            '    raise LookupError("no such word")\n'
            "LookupError: no such word\n"
        )

    def test_a_key_that_is_not_declared_shows_the_line_that_reads_it(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:forgets", "--input", PAGE)
        assert result.exit_code == 1
        message, _, traceback = result.stderr.partition("Error: ")[2].partition("\n")
        assert message == (
            'flow "analyze": step "undeclared" failed at attempt 1: UndeclaredInputError: step "undeclared" reads '
            '"length", which it does not depend on; it depends on "website". Add "length" to depends_on.'
        )
        assert 'return inputs["length"]' in traceback
        assert "step_input.py" not in traceback

    def test_an_output_of_the_wrong_type_needs_no_traceback(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:misdeclares", "--input", PAGE)
        assert result.exit_code == 1
        assert result.stderr.partition("Error: ")[2] == (
            'flow "analyze": step "misdeclared" failed at attempt 1: InvalidOutputError: flow "analyze", step '
            "\"misdeclared\": the output is not a valid int: Input should be a valid integer (given 'one')\n"
        )

    def test_an_output_without_a_json_form_fails_the_run(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:opaque", "--input", PAGE)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.endswith(
            'Error: flow "analyze": the output of step "opaque" has no JSON form: '
            "Unable to serialize unknown type: <class 'object'>\n"
        )

    def test_a_step_cannot_choose_the_exit_code(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:leaves", "--input", PAGE)
        assert result.exit_code == 1
        error = result.stderr.partition("Error: ")[2]
        assert error.startswith('flow "analyze": a step raised SystemExit: 3\nTraceback (most recent call last):\n')
        assert error.endswith("in leaving\n    raise SystemExit(3)\nSystemExit: 3\n")

    def test_a_step_that_has_used_up_its_attempts_says_which_was_the_last(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:retries", "--input", PAGE)
        assert result.exit_code == 1
        lines = [re.sub(r"after [\d.]+ s", "after N s", line) for line in result.stderr.splitlines()]
        assert lines[1:7] == [
            'flow "retries" started',
            'step "broken" started',
            'step "broken": attempt 1 failed, retrying in 0.01 s: LookupError: no such word',
            'step "broken" failed after N s',
            'flow "retries" failed after N s',
            'Error: flow "retries": step "broken" failed at attempt 2: LookupError: no such word',
        ]

    @pytest.mark.parametrize(
        ("flow", "flow_input", "message"),
        [
            (
                "times_out",
                "1",
                (
                    'flow "times_out": step "staying" failed at attempt 1: StepTimeoutError: flow "times_out", step '
                    '"staying": attempt 1 was cancelled after its timeout of 0.01 s. Give the step a longer timeout '
                    "if it needs one."
                ),
            ),
            (
                "refuses",
                PAGE,
                (
                    'flow "refuses": step "website" failed: ConditionUnmetError: flow "refuses", step "website": the '
                    "condition is unmet: the tested value does not contain if_={'url': 'cd'}, and when_unmet is "
                    '"fail".'
                ),
            ),
            (
                "maps",
                PAGE,
                (
                    'flow "maps": step "doubled" failed: InvalidMapSourceError: flow "maps", step "doubled": it maps '
                    "over the flow input, which is a dict. Make it a list or a tuple."
                ),
            ),
        ],
    )
    def test_what_no_handler_raised_needs_no_traceback(
        self, invoke: Invoke, flow: str, flow_input: str, message: str
    ) -> None:
        result = invoke("run", f"flows:{flow}", "--input", flow_input)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.partition("Error: ")[2].splitlines()[0] == message
        assert "Traceback" not in result.stderr

    def test_a_step_that_raises_keyboardinterrupt_has_been_interrupted(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:presses", "--input", "1")
        assert (result.exit_code, result.stdout) == (130, "")
        lines = [line.partition(" after ")[0] for line in result.stderr.splitlines()]
        assert lines[-3:] == ['step "pressed" cancelled', 'flow "presses" failed', "Interrupted."]


class TestWrongInput:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (
                "https://example.org",
                f"the text of --input is not JSON: expected value at line 1 column 1. {QUOTES}",
            ),
            (
                '{"url":\n x}',
                f"the text of --input is not JSON: expected value at line 2 column 2. {QUOTES}",
            ),
            ("", "the text of --input is not JSON: EOF while parsing a value at line 1 column 0. It is empty."),
            ("{}", 'flow "analyze": the input is not a valid Page: url: Field required'),
            (
                '{"url": 3}',
                'flow "analyze": the input is not a valid Page: url: Input should be a valid string (given 3)',
            ),
            ("@nowhere.json", '--input: the file "nowhere.json" cannot be read: No such file or directory.'),
        ],
    )
    def test_one_clear_message(self, invoke: Invoke, text: str, message: str) -> None:
        result = invoke("run", "flows:analyze", "--input", text)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"imported\nError: {message}\n")

    def test_what_is_not_utf_8_is_not_json(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:analyze", "--input", "-", stdin=b'"\xff"')
        assert result.exit_code == 2
        assert result.stderr.endswith("Error: standard input is not JSON: byte 2 is not valid UTF-8.\n")

    def test_an_input_must_be_given(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:analyze")
        assert result.exit_code == 2
        assert result.stderr.endswith("Error: Missing option '--input'.\n")


class TestWrongTarget:
    @pytest.mark.parametrize(
        ("target", "message"),
        [
            (
                "flows.py",
                'the target "flows.py" is not of the form path/to/file.py:NAME or package.module:NAME.',
            ),
            ("nowhere.py:f", 'the file "nowhere.py" does not exist.'),
            ("./flows:f", 'the file "./flows" does not exist.'),
            (
                "nowhere.flows:f",
                f'there is no module "nowhere". {LOOKED_FOR}',
            ),
            (
                "email.flows:f",
                f'there is no module "email.flows". {LOOKED_FOR}',
            ),
            ("my flows:f", '"my flows" is neither the name of a module nor a path that ends in .py.'),
            ("flows.py:analyse", 'imported\nError: "flows.py" has no "analyse". Did you mean "analyze"?'),
            ("flows.py:xyz", f'imported\nError: "flows.py" has no "xyz". Its flows are {FLOW_NAMES}.'),
            (
                "flows:website",
                (f'imported\nError: "website" in "flows" is of type function, not Flow. Its flows are {FLOW_NAMES}.'),
            ),
            (
                "json:flow",
                '"json" has no "flow". It has no flow. Define one: NAME = Flow("slug", InputType).step(...).',
            ),
        ],
    )
    def test_one_clear_message(self, invoke: Invoke, target: str, message: str) -> None:
        result = invoke("graph", target)
        expected = message if message.startswith("imported") else f"Error: {message}"
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{expected}\n")

    def test_a_module_that_raises_shows_where(self, invoke: Invoke, folder: Path) -> None:
        (folder / "raising.py").write_text("import flows\n\n1 / 0\n")
        for place in ("raising", "raising.py"):
            result = invoke("graph", f"{place}:f")
            assert result.exit_code == 2
            error = result.stderr.partition("Error: ")[2].splitlines()
            assert error[:3] == [
                f'importing "{place}" raised ZeroDivisionError: division by zero',
                "Traceback (most recent call last):",
                f'  File "{folder / "raising.py"}", line 3, in <module>',
            ]
            assert error[-1] == "ZeroDivisionError: division by zero"

    def test_a_module_that_cannot_be_parsed_shows_where(self, invoke: Invoke, folder: Path) -> None:
        (folder / "garbled.py").write_text("flow = (\n")
        result = invoke("graph", "garbled.py:flow")
        assert result.exit_code == 2
        assert result.stderr.startswith("Error: importing \"garbled.py\" raised SyntaxError: '(' was never closed")
        assert f'  File "{folder / "garbled.py"}", line 1\n    flow = (\n' in result.stderr

    def test_a_module_that_imports_a_missing_one_is_not_itself_missing(self, invoke: Invoke, folder: Path) -> None:
        (folder / "needy.py").write_text("import nowhere\n")
        result = invoke("graph", "needy:f")
        assert result.exit_code == 2
        assert result.stderr.startswith(
            "Error: importing \"needy\" raised ModuleNotFoundError: No module named 'nowhere'\nTraceback"
        )

    def test_a_module_that_exits_has_not_ended_the_command(self, invoke: Invoke, folder: Path) -> None:
        (folder / "script.py").write_text("raise SystemExit(0)\n")
        result = invoke("graph", "script.py:f")
        assert result.exit_code == 2
        assert result.stderr.startswith('Error: importing "script.py" raised SystemExit: 0\n')

    def test_a_flow_that_is_wired_wrongly_shows_the_line_that_wires_it(self, invoke: Invoke, folder: Path) -> None:
        wiring = 'f = Flow("f", int).step("b", print, depends_on=["a"])'
        (folder / "miswired.py").write_text(f"from typedflow import Flow\n{wiring}\n")
        result = invoke("graph", "miswired.py:f")
        assert result.exit_code == 2
        assert result.stderr.startswith(
            'Error: flow "f", step "b": depends on "a", which is not defined before it. '
            "It is the flow's first step, so it cannot have dependencies.\n"
            "Traceback (most recent call last):\n"
            f'  File "{folder / "miswired.py"}", line 2, in <module>\n'
            f"    {wiring}\n"
        )
        assert "definition.py" not in result.stderr

    def test_an_option_that_makes_no_sense_is_one_clear_message(self, invoke: Invoke, folder: Path) -> None:
        (folder / "hurried.py").write_text("from typedflow import Flow\nf = Flow('f', int, timeout=0)\n")
        result = invoke("run", "hurried.py:f", "--input", "1")
        assert result.exit_code == 2
        assert result.stderr.splitlines()[0] == (
            'Error: flow "f": timeout must be a number of seconds above 0, or math.inf for no limit, not 0.'
        )

    def test_a_flow_whose_types_do_not_exist_is_refused_before_it_starts(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:unresolvable", "--input", PAGE)
        assert result.exit_code == 2
        message = (
            'flow "analyze", step "unresolved": the return type cannot be found at run time: '
            "name 'Nowhere' is not defined."
        )
        assert result.stderr.startswith(f"imported\nError: {message}")
        assert result.stderr.count("\n") == 2


class TestImports:
    def test_a_file_can_import_from_its_own_folder_and_from_the_current_one(self, invoke: Invoke, folder: Path) -> None:
        (folder / "inner").mkdir()
        (folder / "inner" / "beside.py").write_text("")
        (folder / "inner" / "target.py").write_text("import beside\nfrom flows import analyze\n")
        assert invoke("graph", "inner/target.py:analyze").exit_code == 0

    def test_a_file_of_a_package_can_import_relatively(self, invoke: Invoke, folder: Path) -> None:
        package = folder / "src" / "package" / "inner"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").write_text("")
        (package / "__init__.py").write_text("")
        (package / "beside.py").write_text("from flows import analyze\n")
        (package / "target.py").write_text("from .beside import analyze\n")
        assert invoke("graph", "src/package/inner/target.py:analyze").exit_code == 0

    def test_a_file_may_have_the_name_of_a_module_in_use(self, invoke: Invoke, folder: Path) -> None:
        (folder / "json.py").write_text("from flows import analyze\n")
        assert invoke("graph", "json.py:analyze").exit_code == 0
        assert sys.modules["json"] is json


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
        assert json.loads(stdout) == {"website": "abab", "length": 4}
        assert "\x1b[?25l" in drawn  # the cursor is hidden,
        assert "\x1b[2K" in drawn  # lines are drawn anew,
        assert drawn.endswith("\x1b[?25h")  # and the cursor is back
        last = re.sub(r"\x1b\[[0-9;]*m", "", drawn[drawn.rindex("\x1b[2K") + 4 : -6]).splitlines()
        assert [line.split()[:2] for line in last[:2]] == [["website", "completed"], ["length", "completed"]]
        assert "2 of 2 steps completed" in last[2]
        assert all(line.rstrip().endswith(" s") for line in last)
        assert "downloading\r\n" in drawn  # what a handler prints stands above the table

    def test_the_table_tells_of_items_and_of_skipped_steps(self, folder: Path) -> None:
        (folder / "flows.py").write_text(textwrap.dedent(TestProgress.EVENTFUL))
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

    def test_the_table_tells_of_a_failure_and_the_message_follows(self, folder: Path) -> None:
        returncode, stdout, drawn = self.draw(folder, "breaks", PAGE, NO_COLOR="1")
        assert (returncode, stdout) == (1, "")
        assert "failed" in drawn[: drawn.index("Error: ")]
        assert drawn.index("\x1b[?25h") < drawn.index('Error: flow "analyze": step "broken" failed at attempt 1')

    def test_a_dumb_terminal_gets_plain_lines(self, folder: Path) -> None:
        _, _, drawn = self.draw(folder, "analyze", PAGE, TERM="dumb")
        assert "\x1b" not in drawn
        assert 'step "website" completed after ' in drawn


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")
class TestInterrupt:
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

    def test_ctrl_c_while_the_module_is_imported(self, invoke: Invoke, folder: Path) -> None:
        (folder / "slow.py").write_text("raise KeyboardInterrupt\n")
        result = invoke("graph", "slow.py:f")
        assert (result.exit_code, result.stderr) == (130, "Interrupted.\n")


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
            "    1    the run failed, or a check found a mistake or a stale file\n"
            "    2    wrong usage: a bad target, bad JSON, an invalid flow input, an\n"
            "         invalid flow\n"
            "    130  interrupted by Ctrl-C\n"
        )

    @pytest.mark.parametrize("missing", ["click", "rich"])
    def test_without_its_extra_it_says_what_to_install(self, missing: str) -> None:
        program = f"import sys; sys.modules[{missing!r}] = None; from typedflow._cli import main; main()"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
        assert (done.returncode, done.stdout, done.stderr) == (
            2,
            "",
            f'The command typedflow needs {missing}. Install it with pip install "typedflow[cli]".\n',
        )

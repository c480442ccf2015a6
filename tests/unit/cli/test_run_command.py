"""``typedflow run``: what it prints where, and what it exits with."""

import json
import re
import textwrap
from pathlib import Path

import pytest

from tests.unit.cli.commands import EVENTFUL, FLOWS, PAGE, QUOTES, Invoke, shell


class TestRun:
    def test_outputs_are_json_on_standard_output_and_all_else_is_on_standard_error(self, folder: Path) -> None:
        done = shell("run", "flows.py:analyze", "--input", PAGE, cwd=folder)
        assert done.returncode == 0
        assert done.stdout == '{\n  "length": 4\n}\n'
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
        assert json.loads(done.stdout) == {"length": 4}

    def test_the_input_comes_from_a_file(self, invoke: Invoke, folder: Path) -> None:
        (folder / "page.json").write_text(PAGE, encoding="utf-8-sig")
        result = invoke("run", "flows:analyze", "--input", "@page.json")
        assert json.loads(result.stdout) == {"length": 4}

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
    def test_lines_tell_of_retries_and_of_skipped_steps(self, folder: Path) -> None:
        (folder / "eventful.py").write_text(textwrap.dedent(EVENTFUL))
        done = shell("run", "eventful:flow", "--input", "[7, 8]", cwd=folder)
        assert json.loads(done.stdout) == {"ship": [7, 8], "card": None, "pay": None}
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
            'flow "analyze": step "undeclared" failed at attempt 1: UndeclaredInputError: it reads '
            '"length", which it does not depend on; it depends on "website". Add "length" to depends_on.'
        )
        assert 'return inputs["length"]' in traceback
        assert "step_input.py" not in traceback

    def test_an_output_of_the_wrong_type_needs_no_traceback(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:misdeclares", "--input", PAGE)
        assert result.exit_code == 1
        assert result.stderr.partition("Error: ")[2] == (
            'flow "analyze": step "misdeclared" failed at attempt 1: InvalidOutputError: '
            "the output is not a valid int: Input should be a valid integer (given 'one')\n"
        )

    def test_an_output_without_a_json_form_is_named_and_the_others_are_printed(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:opaque", "--input", PAGE)
        assert (result.exit_code, result.stdout) == (1, '{\n  "website": "abab"\n}\n')
        assert result.stderr.endswith(
            'Error: flow "analyze": the output of step "opaque" has no JSON form, so it is not printed: '
            "it is of type object: pydantic does not know this type. Return a TypedDict, a dataclass, a pydantic model "
            "or plain data, or print other outputs with --output.\n"
        )

    def test_a_step_cannot_choose_the_exit_code(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:leaves", "--input", PAGE)
        assert result.exit_code == 1
        error = result.stderr.partition("Error: ")[2]
        assert error.startswith(
            'flow "analyze": step "leaving" failed at attempt 1: SystemExit: 3\nTraceback (most recent call last):\n'
        )
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

    def test_a_step_cannot_end_the_command_with_any_exception(self, invoke: Invoke, folder: Path) -> None:
        (folder / "odd.py").write_text(
            "from typedflow import Flow\n\ndef leaving(inputs):\n    raise GeneratorExit('done')\n\n"
            "odd = Flow('odd', int, max_attempts=1).step('leaving', leaving)\n"
        )
        result = invoke("run", "odd.py:odd", "--input", "1")
        assert result.exit_code == 1
        error = result.stderr.partition("Error: ")[2]
        assert error.startswith('flow "odd": step "leaving" failed at attempt 1: GeneratorExit: done\nTraceback')
        assert "_cli" not in error

    def test_nothing_in_an_exception_steers_the_terminal(self, invoke: Invoke, folder: Path) -> None:
        (folder / "odd.py").write_text(
            "from typedflow import Flow\n\ndef odd(inputs):\n"
            "    error = ValueError('\\x1b]0;owned\\x07 [/bold] \\x9b2J \\u202e')\n"
            "    error.add_note('\\x1b[2J')\n    raise error\n\n"
            "odd = Flow('odd', int, max_attempts=2, base_delay=0.01).step('odd', odd)\n"
        )
        result = invoke("run", "odd.py:odd", "--input", "1")
        shown = r"ValueError: \x1b]0;owned\x07 [/bold] \x9b2J \u202e"
        assert not set("\x1b\x07\x9b\u202e") & set(result.stderr)
        assert result.stderr.splitlines()[2].endswith(f"retrying in 0.01 s: {shown}")
        assert result.stderr.splitlines()[-2:] == [shown, r"\x1b[2J"]

    def test_a_long_text_is_shortened(self, invoke: Invoke, folder: Path) -> None:
        (folder / "odd.py").write_text(
            "from typedflow import Flow\n\ndef odd(inputs):\n    raise ValueError('a' * 1_000_000)\n\n"
            "odd = Flow('odd', int, max_attempts=1).step('odd', odd)\n"
        )
        result = invoke("run", "odd.py:odd", "--input", "1")
        assert result.stderr.endswith("a... (1,000,013 characters)\n")
        assert len(result.stderr) < 15_000

    @pytest.mark.parametrize(
        ("flow", "flow_input", "message"),
        [
            (
                "times_out",
                "1",
                (
                    'flow "times_out": step "staying" failed at attempt 1: StepTimeoutError: '
                    "attempt 1 was cancelled after its timeout of 0.01 s. Give the step a longer timeout "
                    "if it needs one."
                ),
            ),
            (
                "refuses",
                PAGE,
                (
                    'flow "refuses": step "website" failed: ConditionUnmetError: the '
                    "condition is unmet: the tested value does not contain if_={'url': 'cd'}, and when_unmet is "
                    '"fail".'
                ),
            ),
            (
                "maps",
                PAGE,
                (
                    'flow "maps": step "doubled" failed: InvalidMapSourceError: it maps '
                    "over the flow input, which is a dict. Make it a list, such as list(....values()) or "
                    "list(....items())."
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
        assert result.stderr.endswith(
            "Error: standard input is not JSON: byte 2 is not valid UTF-8. Write it in UTF-8.\n"
        )

    def test_what_powershell_writes_is_utf_16(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:analyze", "--input", "-", stdin=PAGE.encode("utf-16"))
        assert result.exit_code == 2
        assert result.stderr.endswith("Error: standard input is not JSON: it is UTF-16. Write it in UTF-8.\n")

    def test_a_number_that_is_too_long_is_refused(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:stays", "--input", "1" * 5000)
        assert result.exit_code == 2
        assert "is not JSON: number out of range at line 1 column 4302." in result.stderr

    def test_an_input_must_be_given(self, invoke: Invoke) -> None:
        result = invoke("run", "flows:analyze")
        assert result.exit_code == 2
        assert result.stderr.endswith(
            "Error: flow \"analyze\" needs a flow input, a Page. Give it as JSON: --input '...', @FILE or -. "
            "Or give each key: --input url=....\n"
        )

    def test_a_flow_without_an_input_needs_none(self, invoke: Invoke, folder: Path) -> None:
        (folder / "daily.py").write_text("from typedflow import Flow\ndaily = Flow('daily', None)\n")
        assert invoke("run", "daily.py").stdout == "{}\n"

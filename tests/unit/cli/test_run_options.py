"""``typedflow run``: the input key by key, a part of the flow, and which outputs are printed where."""

import json
import logging
import textwrap
from pathlib import Path
from typing import Any

import click.testing
import pytest

from tests.unit.cli.commands import Invoke

OPTIONS = """
    import datetime
    import logging
    from decimal import Decimal
    from typing import Any, NotRequired, TypedDict

    from typedflow import Flow, StepContext


    class Page(TypedDict):
        url: str
        depth: NotRequired[int]
        since: NotRequired[datetime.date]
        tags: NotRequired[list[str]]
        price: NotRequired[Decimal]
        note: NotRequired[str | None]
        either: NotRequired[int | str]
        anything: NotRequired[Any]


    class Defaults(TypedDict, total=False):
        limit: int


    def work(inputs, context: StepContext):
        context.logger.debug("details")
        context.logger.info("read 7 rows\\x1b[2J")
        logging.getLogger("client").info("connected")
        logging.getLogger("client").warning("slow")
        return 1


    def boom(inputs):
        raise ValueError("no")


    def item(value: int, context: StepContext) -> int:
        context.logger.warning("odd")
        return value


    shows = Flow("shows", Page).step("input", lambda i: {key: str(value) for key, value in i["run"].items()})
    counts = (
        Flow("counts", int)
        .step("first", lambda i: i["run"] + 1)
        .step("second", lambda i: i["first"] + 1, depends_on=["first"])
        .step("third", lambda i: i["second"] + 1, depends_on=["second"])
        .step("other", lambda i: 0)
    )
    fails = counts.step("boom", boom, depends_on=["first"])
    logs = Flow("logs", None).step("work", work)
    maps = Flow("maps", list[int]).map("item", item, over="run")
    defaults = Flow("defaults", Defaults).step("limit", lambda i: i["run"].get("limit", 10))
    optional = Flow("optional", Page | None).step("is_none", lambda i: i["run"] is None)
    anything = Flow("anything", object)
    strings = Flow("strings", dict[str, str])
"""


@pytest.fixture(autouse=True)
def _flows(folder: Path) -> None:
    (folder / "options.py").write_text(textwrap.dedent(OPTIONS))


def inputs_of(*pairs: str) -> list[str]:
    return [argument for pair in pairs for argument in ("--input", pair)]


class TestInput:
    @pytest.mark.parametrize(
        ("pairs", "given"),
        [
            (["url=5"], {"url": "5"}),
            (["url=a=b c"], {"url": "a=b c"}),
            (["url="], {"url": ""}),
            (["url=null", "note=null"], {"url": "null", "note": "None"}),
            (['url="5"', "depth=5"], {"url": "5", "depth": "5"}),
            (["url=x", "since=2024-01-02", 'tags=["a"]'], {"url": "x", "since": "2024-01-02", "tags": "['a']"}),
            (["url=x", "price=1.5", "either=5"], {"url": "x", "price": "1.5", "either": "5"}),
            (["url=x", 'anything={"a": [1]}'], {"url": "x", "anything": "{'a': [1]}"}),
        ],
    )
    def test_a_value_is_json_if_its_key_takes_that_and_a_text_otherwise(
        self, invoke: Invoke, pairs: list[str], given: dict[str, str]
    ) -> None:
        result = invoke("run", "options:shows", *inputs_of(*pairs))
        assert json.loads(result.stdout) == {"input": given}

    @pytest.mark.parametrize(
        ("pairs", "problem"),
        [
            (
                ["url=x", "depth=1.5"],
                'flow "shows": the input is not a valid Page: depth: Input should be a valid integer (given 1.5)',
            ),
            (["url=x", "depth=deep"], "Page: depth: Input should be a valid integer (given 'deep')"),
            (["url=x", "dept=5"], 'dept: there is no such key; did you mean "depth"? (given 5)'),
            (["depth=5"], "the input is not a valid Page: url: Field required"),
            (["url=x", "url=y"], '--input gives "url" twice.'),
            (["url=x", "@f.json"], "--input takes either one JSON text, @FILE or -, or any number of key=value."),
        ],
    )
    def test_a_wrong_key_or_value_is_named(self, invoke: Invoke, pairs: list[str], problem: str) -> None:
        result = invoke("run", "options:shows", *inputs_of(*pairs))
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[-1].endswith(problem)

    @pytest.mark.parametrize(
        ("flow", "outputs"), [("defaults", {"limit": 10}), ("optional", {"is_none": True}), ("logs", {"work": 1})]
    )
    def test_no_input_is_needed_if_the_type_allows_it(self, invoke: Invoke, flow: str, outputs: Any) -> None:
        assert json.loads(invoke("run", f"options:{flow}").stdout) == outputs

    @pytest.mark.parametrize(
        ("flow", "kind", "keys"), [("anything", "an object", ""), ("strings", "a dict[str, str]", "")]
    )
    def test_a_type_without_keys_of_its_own_needs_an_input(
        self, invoke: Invoke, flow: str, kind: str, keys: str
    ) -> None:
        result = invoke("run", f"options:{flow}")
        message = (
            f"Error: flow \"{flow}\" needs a flow input, {kind}. Give it as JSON: --input '...', @FILE or -.{keys}"
        )
        assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, message)


class TestOutputs:
    @pytest.mark.parametrize(
        ("options", "shown"),
        [
            ([], {"third": 4, "other": 0}),
            (["--all"], {"first": 2, "second": 3, "third": 4, "other": 0}),
            (["--output", "second"], 3),
            (["--output", "third", "--output", "first"], {"third": 4, "first": 2}),
            (["--up-to", "second"], {"second": 3}),
            (["--up-to", "second", "--up-to", "first"], {"second": 3, "first": 2}),
            (["--up-to", "second", "--all"], {"first": 2, "second": 3}),
            (["--up-to", "second", "--output", "first"], 2),
            (["--only", "second"], 3),
        ],
    )
    def test_the_outputs_of_the_leaves_or_those_that_are_named_are_printed(
        self, invoke: Invoke, options: list[str], shown: object
    ) -> None:
        result = invoke("run", "options:counts", "--input", "1", *options)
        assert (result.exit_code, json.loads(result.stdout)) == (0, shown)

    def test_only_the_part_is_run(self, invoke: Invoke) -> None:
        result = invoke("run", "options:fails", "--input", "1", "--only", "first")
        steps = [line for line in result.stderr.splitlines() if line.endswith("started")]
        assert steps == ['flow "counts" started', 'step "first" started']

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            (["--output", "secnd"], 'flow "counts", step "secnd": the flow has no such step. Did you mean "second"?'),
            (["--only", "secnd"], 'flow "counts", step "secnd": the flow has no such step. Did you mean "second"?'),
            (["--up-to", "secnd"], 'flow "counts", step "secnd": the flow has no such step. Did you mean "second"?'),
            (
                ["--up-to", "first", "--output", "third"],
                'flow "counts", step "third": the flow has no such step. Its steps are "first".',
            ),
            (["--only", "first", "--all"], "--only and --all contradict each other. Give one of them."),
            (["--output", "first", "--all"], "--output and --all contradict each other. Give one of them."),
            (["--only", "first", "--up-to", "first"], "--only and --up-to contradict each other. Give one of them."),
            (["--only", "first", "--output", "first"], "--only and --output contradict each other. Give one of them."),
            (["-o", "."], 'the file "." cannot be written: it is a folder.'),
            (["-o", "none/x"], 'the file "none/x" cannot be written: there is no folder "none".'),
            (["--onl", "first"], "No such option '--onl'"),
        ],
    )
    def test_wrong_options_are_refused_before_anything_runs(
        self, invoke: Invoke, options: list[str], problem: str
    ) -> None:
        result = invoke("run", "options:counts", "--input", "1", *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.splitlines()[-1].startswith(f"Error: {problem}")
        assert "started" not in result.stderr

    def test_a_file_gets_the_outputs_instead(self, invoke: Invoke, folder: Path) -> None:
        result = invoke("run", "options:counts", "--input", "1", "-o", "out.json", "--quiet")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
        assert json.loads((folder / "out.json").read_bytes()) == {"third": 4, "other": 0}

    def test_a_file_that_cannot_be_written_after_all_loses_nothing(self, invoke: Invoke) -> None:
        result = invoke("run", "options:counts", "--input", "1", "-o", "/dev/full", "-q")
        assert (result.exit_code, json.loads(result.stdout)) == (1, {"third": 4, "other": 0})
        assert result.stderr == (
            'Error: the file "/dev/full" cannot be written: No space left on device. '
            "The output is on standard output instead.\n"
        )


class TestPartial:
    @pytest.mark.parametrize(
        ("options", "shown"),
        [
            ([], ""),
            (["--partial"], {"first": 2, "other": 0}),
            (["--partial", "--output", "first"], 2),
            (["--partial", "--output", "third"], ""),
            (["--partial", "--output", "first", "--output", "third"], {"first": 2}),
        ],
    )
    def test_finished_outputs_are_printed_after_a_failure_if_asked_for(
        self, invoke: Invoke, options: list[str], shown: object
    ) -> None:
        result = invoke("run", "options:fails", "--input", "1", "--max-concurrency", "1", *options)
        assert result.exit_code == 1
        printed = json.loads(result.stdout) if result.stdout else ""
        if isinstance(printed, dict):  # lambdas run before the step that fails, or do not run any more
            assert isinstance(shown, dict)
            assert printed.items() >= shown.items()
        else:
            assert printed == shown
        assert 'step "boom" failed at attempt 1: ValueError: no' in result.stderr


class TestLogs:
    @pytest.fixture
    def invoke(self, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> Invoke:
        """The command without the handlers that pytest adds to the root logger."""

        def without_handlers(*arguments: str) -> click.testing.Result:
            with monkeypatch.context() as patch:
                patch.setattr(logging.getLogger(), "handlers", [])
                patch.setattr(logging.getLogger("typedflow"), "level", logging.NOTSET)
                return invoke(*arguments)

        return without_handlers

    @pytest.mark.parametrize(
        ("options", "shown"),
        [
            ([], ["INFO read 7 rows\\x1b[2J", "WARNING slow"]),
            (["--log-level", "debug"], ["DEBUG details", "INFO read 7 rows\\x1b[2J", "INFO connected", "WARNING slow"]),
            (["--log-level", "warning"], ["WARNING slow"]),
            (["--log-level", "error"], []),
        ],
    )
    def test_log_records_are_shown_from_a_level(self, invoke: Invoke, options: list[str], shown: list[str]) -> None:
        result = invoke("run", "options:logs", "--quiet", *options)
        lines = [line for line in result.stderr.splitlines() if not line.startswith("DEBUG asyncio")]
        assert [f"{line.split(' ')[0]} {line.split(': ', 1)[1]}" for line in lines] == shown
        assert all('step "work", run ' in line or line.split(": ")[0].endswith(" client") for line in lines)

    def test_a_record_names_the_item(self, invoke: Invoke) -> None:
        result = invoke("run", "options:maps", "--input", "[1, 2]", "-q")
        assert sorted(line.partition(", run ")[0] for line in result.stderr.splitlines()) == [
            'WARNING step "item"',
            'WARNING step "item", item 1',
        ]

    def test_the_handlers_of_a_program_stay(self, invoke: Invoke, folder: Path) -> None:
        own = "import logging\nlogging.basicConfig(format='own %(message)s')\nfrom options import logs\n"
        (folder / "configured.py").write_text(own)
        shown = [invoke("run", "configured:logs", "-q", *options).stderr for options in ([], ["--log-level", "info"])]
        assert shown == ["own slow\n", "own read 7 rows\x1b[2J\nown connected\nown slow\n"]

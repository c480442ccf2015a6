"""What mypy says of small programs: every rule of the plugin, with the exact text of its errors and its types."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mypy import api, version
from mypy.dmypy_server import Server, process_start_options
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable

CORPORA: dict[str, dict[str, Any]] = {
    name: tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))
    for name in ("step", "handler", "output", "flow", "map", "skipping", "options", "conditions", "testing")
}
CASES = [(corpus, name) for corpus in CORPORA for name in CORPORA[corpus]["cases"]]
# Of a program's own: an older mypy has a note of another file, where what is called is defined.
MESSAGE = re.compile(r"^(\w+)\.py:(\d+):(.*)$", re.MULTILINE)
DAEMON_BEFORE = """
from typing import TypedDict
from typedflow import Flow
class Website(TypedDict):
    text: str
def website(inputs: object) -> Website: raise NotImplementedError
base = Flow("analyze", str).step("website", website)
"""
DAEMON_AFTER = """
from before import base
from typedflow import StepInput
def words(inputs: StepInput) -> None:
    inputs["website"]["text"].count_words()
flow = base.step("words", words, depends_on=["website"])
def build() -> None:
    reveal_type(base.step("later", Later.words, depends_on=["website"]))
    Later.nothing()
    base.step("not a slug", Later.words, depends_on=["website"])
class Later:
    @staticmethod
    def nothing() -> None: ...
    @staticmethod
    def words(inputs: StepInput) -> int:
        return len(inputs["website"]["text"])
"""
DAEMON_LAMBDA = """
from before import base
flow = base.step("words", lambda i: i["website"]["text"].count_words(), depends_on=["website"])
"""
DAEMON_SKIPPED = """
from typedflow import Flow
base = Flow("analyze", str).step("website", lambda i: {"text": i["run"]}, when_exhausted="skip")
words = base.step("words", lambda i: 1, depends_on=["website"], if_={"website": {}})
"""
DAEMON_REPLACE = """
from before import words
fake = words.replace("words", lambda i: len(i["website"]["text"]))
"""
DAEMON_DATA = """
from dataclasses import dataclass
from typing import TypedDict
from typedflow import Flow
@dataclass
class Website:
    text: str
    status: int
base = Flow("analyze", str).step("website", lambda i: Website(i["run"], 200))
"""
DAEMON_CONDITION = """
from before import base
base.step("words", lambda i: 1, depends_on=["website"], if_={"website": {"status": 200}})
base.replace("website", lambda i: i["run"])
"""
PROBLEM = 'after.py:3: error: The if_ of step "words" can match nothing:'
CONFIGURATION = """
[mypy]
strict = True
python_version = 3.11
plugins = typedflow.mypy
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], str]:
    """What mypy said of each program, where lines count from the program's first; each corpus is checked in one run."""
    found: dict[tuple[str, str], str] = {}
    cache = tmp_path_factory.mktemp("cache")
    for corpus, given in CORPORA.items():
        folder = tmp_path_factory.mktemp(corpus)
        (folder / "mypy.ini").write_text(CONFIGURATION, "utf-8")
        (folder / "flows.py").write_text(given["flows"], "utf-8")
        for name, case in given["cases"].items():
            (folder / f"{name}.py").write_text(given["head"] + case["program"], "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            report, errors, _ = api.run([".", "--no-error-summary", f"--cache-dir={cache}", "--show-traceback"])
        assert not errors
        offset = given["head"].count("\n")
        for name, line, text in MESSAGE.findall(_as_the_newest_mypy_writes(report)):
            found[corpus, name] = found.get((corpus, name), "") + f"{int(line) - offset}:{text}\n"
    return found


def _as_the_newest_mypy_writes(report: str) -> str:
    """Older ones write a revealed type as ``Union[builtins.int, TypedDict('module.Name', {...})]``."""
    report = re.sub(r"TypedDict\('([\w.]+)'", r"TypedDict(\1", report.replace("builtins.", ""))
    while (start := report.rfind("Union[")) >= 0:
        items, depth = [""], 0
        for end in range(start + len("Union["), len(report)):
            depth += {"[": 1, "{": 1, "(": 1, "]": -1, "}": -1, ")": -1}.get(report[end], 0)
            if depth < 0:
                break
            if report[end] == "," and depth == 0:
                items.append("")
            else:
                items[-1] += report[end]
        report = report[:start] + " | ".join(item.strip() for item in items) + report[end + 1 :]
    return report


@pytest.mark.parametrize(("corpus", "name"), CASES)
def test_mypy_says(corpus: str, name: str, said: dict[tuple[str, str], str]) -> None:
    case = CORPORA[corpus]["cases"][name]
    if Version(version.__version__) < Version(case.get("since", "0")):
        pytest.skip(f"mypy {version.__version__} has other words of its own")

    assert said.get((corpus, name), "") == case["mypy"]


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_module_that_only_defines_flows_is_clean(corpus: str, said: dict[tuple[str, str], str]) -> None:
    assert (corpus, "flows") not in said


@pytest.mark.skipif(Version(version.__version__) < Version("2.0"), reason="it has no --num-workers")
def test_the_answer_is_the_same_from_the_cache_and_in_parallel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mypy.ini").write_text(CONFIGURATION, "utf-8")
    given = CORPORA["step"]
    Path("flows.py").write_text(given["flows"], "utf-8")
    for name in ("a_function_reads_an_undeclared_step", "a_flow_may_stand_above_its_handlers"):
        Path(f"{name}.py").write_text(given["head"] + given["cases"][name]["program"], "utf-8")
    command = [".", "--no-error-summary", "--cache-dir=cache"]
    cold, _, _ = api.run(command)
    warm, _, _ = api.run(command)
    parallel, _, _ = api.run([".", "--no-error-summary", "--cache-dir=other", "--num-workers=2"])

    assert cold.count("error:") == 2
    assert sorted(warm.splitlines()) == sorted(cold.splitlines())
    assert sorted(parallel.splitlines()) == sorted(cold.splitlines())


def _daemon(monkeypatch: pytest.MonkeyPatch, folder: Path, after: str) -> Callable[[str], str]:
    """Return what tells what one daemon says of two modules, the first of which is edited each time."""
    monkeypatch.chdir(folder)
    Path("mypy.ini").write_text(CONFIGURATION, "utf-8")
    Path("after.py").write_text(after, "utf-8")
    daemon = Server(process_start_options([], allow_sources=True), "status.json")

    def check(before: str) -> str:
        Path("before.py").write_text(before, "utf-8")
        said = daemon.cmd_check(["before.py", "after.py"], export_types=False, is_tty=False, terminal_width=80)
        return str(said["out"])

    return check


def test_the_daemon_checks_a_body_again_with_the_input_of_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only another module is edited, so the daemon checks parts of the flow's module, and some of them twice."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_AFTER)
    first = check(DAEMON_BEFORE)
    second = check(DAEMON_BEFORE.replace("text: str", "text: list[str]"))

    assert 'after.py:5: error: "str" has no attribute "count_words"' in first
    assert second == api.run(["before.py", "after.py", "--cache-dir=cache"])[0]
    assert 'after.py:5: error: "list[str]" has no attribute "count_words"' in second


def test_the_daemon_keeps_the_error_of_a_lambda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the lambda's module sees is edited, so the daemon checks that again only for the error."""
    check = _daemon(monkeypatch, tmp_path, DAEMON_LAMBDA)
    first = check(DAEMON_BEFORE)
    second = check(DAEMON_BEFORE.replace("NotImplementedError", "ValueError"))

    assert 'after.py:3: error: "str" has no attribute "count_words"' in first
    assert second == first


def test_what_a_condition_names_is_known_from_the_cache_and_in_the_daemon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unnamed = DAEMON_SKIPPED.replace('{"website": {}}', "{}")
    check = _daemon(monkeypatch, tmp_path, DAEMON_REPLACE)
    said = [check(DAEMON_SKIPPED), check(unnamed), check(DAEMON_SKIPPED)]

    wrong = "after.py:3: error: Value of type \"TypedDict({'text': str}) | None\" is not indexable"
    assert [wrong in each for each in said] == [False, True, False]

    command = ["before.py", "after.py", "--cache-dir=cache"]
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"
    Path("after.py").write_text(DAEMON_REPLACE + "# changed\n", "utf-8")
    assert api.run(command)[0] == "Success: no issues found in 2 source files\n"


@pytest.mark.skipif(
    Version(version.__version__) < Version("2.0"), reason="its daemon crashes after such edits, without the plugin too"
)
def test_the_daemon_checks_a_condition_again_when_a_field_that_it_tests_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = _daemon(monkeypatch, tmp_path, DAEMON_CONDITION)
    said = [
        check(DAEMON_DATA),
        check(DAEMON_DATA.replace("status: int", "status: str").replace("200)", "'200')")),
        check(DAEMON_DATA.replace("status: int", "code: int")),
        check(DAEMON_DATA),
    ]

    assert [[line for line in each.splitlines() if ":3: " in line] for each in said] == [
        [],
        [f'{PROBLEM} "website.status" is "str" and never 200  [typedflow-condition]'],
        [f'{PROBLEM} "website" has no key "status"; it has "code", "text"  [typedflow-condition]'],
        [],
    ]

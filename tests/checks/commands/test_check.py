"""``typedflow check``: the plugin's rules, for those whose type checker is another than mypy."""

from __future__ import annotations

import builtins
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from typedflow._cli import check as command
from typedflow._cli import mypy_run
from typedflow._cli.command import typedflow

WRONG = """\
from typedflow import Flow, StepInput

def double(inputs: StepInput) -> int:
    return inputs["number"] * 2

flow = Flow("numbers", int).step("number", lambda i: i["run"]).step("double", double)
text: str = 3
"""
MESSAGE = (
    'Step "double" reads "number", which it does not depend on; it has no dependencies. Add "number" to depends_on'
)
NO_CONFIGURATION = (
    "If you use mypy too: it does not check flows here, because it has no configuration. "
    'Write plugins = ["typedflow.mypy"] under [tool.mypy] in pyproject.toml.\n'
)
OWN = f"flows.py:4:19: error: {MESSAGE}  [typedflow-undeclared-input]\n"


@pytest.fixture(autouse=True)
def _wired_wrongly(own_folder: Path) -> None:
    (own_folder / "flows.py").write_text(WRONG, "utf-8")


def check(*arguments: str) -> Result:
    return CliRunner().invoke(typedflow, ["check", *arguments])


def mend() -> None:
    Path("flows.py").write_text(WRONG.replace("double)", 'double, depends_on=["number"])'), "utf-8")


def test_it_shows_how_flows_are_wired_wrongly_and_nothing_else() -> None:
    done = check("flows.py")

    assert (done.exit_code, done.stdout, done.stderr) == (1, OWN, f"Found 1 mistake.\n{NO_CONFIGURATION}")


def test_it_is_content_with_flows_that_are_wired_rightly() -> None:
    mend()
    done = check(".")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"No mistake found.\n{NO_CONFIGURATION}")


def test_with_all_it_shows_what_mypy_finds_too() -> None:
    done = check("--all", ".")

    assert done.exit_code == 1
    assert done.stdout == OWN + (
        'flows.py:7:13: error: Incompatible types in assignment (expression has type "int", variable has type "str")'
        "  [assignment]\n"
    )
    assert done.stderr == f"Found 2 mistakes.\n{NO_CONFIGURATION}"


def test_json_is_for_programs() -> None:
    done = check("flows.py", "--format", "json")

    assert json.loads(done.stdout) == [
        {
            "file": "flows.py",
            "line": 4,
            "column": 19,
            "severity": "error",
            "code": "typedflow-undeclared-input",
            "message": MESSAGE,
        }
    ]
    assert (done.exit_code, done.stderr) == (1, "")
    mend()
    assert check("flows.py", "--format", "json").stdout == "[]\n"


def test_github_annotates_a_pull_request() -> None:
    done = check("flows.py", "--format", "github")

    assert done.stdout == f"::error file=flows.py,line=4,col=19,title=typedflow-undeclared-input::{MESSAGE}\n"


def test_what_has_a_meaning_in_an_annotation_is_escaped() -> None:
    shown = command._github([command.Finding("a,b:c%.py", 1, 2, "note", "", "50 %\nmore")])  # noqa: SLF001

    assert shown == "::notice file=a%2Cb%3Ac%25.py,line=1,col=2,title=mypy::50 %25%0Amore\n"


def test_mypys_configuration_is_read_if_there_is_one() -> None:
    Path("flows.py").write_text(
        "import json\nfrom typedflow import Flow\nflow = Flow('f', int).step('a', lambda i: json.loads(''))\n", "utf-8"
    )

    assert check(".").exit_code == 0
    Path("pyproject.toml").write_text('[tool.mypy]\nplugins = ["typedflow.mypy"]\nstrict = true\n', "utf-8")
    assert "[typedflow-any-output]" in check(".").stdout


@pytest.mark.parametrize("file", ["pyproject.toml", "mypy.ini", ".mypy.ini", "setup.cfg"])
def test_a_configuration_without_the_plugin_is_named(file: str) -> None:
    section, plugin = ("[tool.mypy]", '["{}"]') if file.endswith(".toml") else ("[mypy]", "{}")
    mend()
    Path(file).write_text(f"{section}\npretty = false\n", "utf-8")
    warning = (
        f"mypy itself does not check flows, because {file} lacks the plugin. Write plugins = "
        f"{plugin.format('typedflow.mypy')} under {section} there, or add typedflow.mypy to the plugins that it has.\n"
    )

    for _ in range(2):  # the second answer comes from the cache
        assert check("flows.py").stderr == f"No mistake found.\n{warning}"


@pytest.mark.parametrize("name", ["typedflow", "typedflow.mypy:plugin"])
def test_a_configuration_with_the_plugin_is_in_order(name: str) -> None:
    Path("mypy.ini").write_text(f"[mypy]\nplugins = {name}\n", "utf-8")
    done = check("flows.py")

    assert (done.stdout, done.stderr) == (OWN, "Found 1 mistake.\n")


def test_a_configuration_for_other_tools_is_none() -> None:
    Path("pyproject.toml").write_text("[tool.ruff]\n", "utf-8")

    assert check("flows.py").stderr.endswith(NO_CONFIGURATION)


@pytest.mark.parametrize(
    "edit",
    {
        "a file": mend,
        "a configuration": lambda: Path("mypy.ini").write_text(
            "[mypy-flows]\ndisable_error_code = typedflow-undeclared-input\n"
        ),
        "a file that is there now": lambda: Path("typedflow.py").write_text(
            "from typing import Any\nFlow: Any\nStepInput = dict[str, int]\n"
        ),
    }.items(),
    ids=lambda edit: edit[0].replace(" ", "_"),
)
def test_the_second_answer_is_the_first_until_something_changes(edit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = check(".")
    asked = []

    def ask(*arguments: object) -> object:
        asked.append(arguments)
        return actually(*arguments)

    actually: Any = mypy_run.check_files
    monkeypatch.setattr(command, "check_files", ask)
    again = check(".")

    assert (again.stdout, again.exit_code, asked) == (first.stdout, first.exit_code, [])
    edit[1]()
    assert check(".").exit_code == 0
    assert len(asked) == 1


def test_a_broken_answer_is_asked_for_again() -> None:
    check(".")
    (kept,) = Path(".mypy_cache/typedflow").glob("check.*.json")
    for broken in ("", "{}", '{"state": 3, "report": {}}', '{"state": {}, "report": {}}', "[1]"):
        kept.write_text(broken, "utf-8")
        assert check(".").stdout == OWN


def test_a_folder_that_cannot_be_written_is_checked_all_the_same() -> None:
    Path(".mypy_cache").touch()

    assert check(".").stdout == OWN


def test_a_syntax_error_is_reported() -> None:
    Path("flows.py").write_text("def :\n", "utf-8")
    done = check(".")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: flows.py:1: error: ")


def test_a_path_that_is_not_there_is_wrong_usage() -> None:
    done = check("nowhere")

    assert done.exit_code == 2
    assert "Path 'nowhere' does not exist." in done.stderr


def test_a_configuration_that_is_none_is_told() -> None:
    Path("mypy.ini").write_text("[mypy]\npython_version = 2.7\n", "utf-8")
    done = check(".")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: Mypy no longer supports checking Python 2 code.")


def test_without_mypy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without_mypy(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "mypy":
            raise ModuleNotFoundError("No module named 'mypy'", name="mypy")
        return imported(name, *arguments, **options)

    for name in [name for name in sys.modules if name.partition(".")[0] == "typedflow_mypy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_mypy)
    done = check("flows.py")

    assert done.exit_code == 2
    assert done.stderr == 'Error: This command needs mypy. Install it with pip install "typedflow[mypy]".\n'


def test_the_answer_of_one_interpreter_is_not_that_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    check(".")
    monkeypatch.setattr(sys, "executable", os.devnull)
    check(".")

    assert len(list(Path(".mypy_cache/typedflow").glob("check.*.json"))) == 2

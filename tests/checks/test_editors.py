"""What editors and type checkers without mypy's plugin know of a flow: real language servers, and real checkers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from mypy import api

from tests.checks.editors import checkers
from tests.checks.editors.cases import CASES, HERE, program, tables, write
from tests.checks.editors.checkers import CHECKERS, Findings, findings
from tests.checks.editors.server import SERVERS, Server
from tests.typing.corpora import corpus
from typedflow._cli.command import typedflow
from typedflow._inference import __main__ as inference

WIRED_WRONGLY = """\
from typedflow import Flow, StepInput


def double(inputs: StepInput) -> int:
    return inputs["number"] * 2


flow = Flow("numbers", int).step("number", lambda i: i["run"]).step("double", double, depends_on=[])
"""
ROOT = Path(__file__).parents[2]
CORRECT = corpus("correct")
KNOWN: dict[str, Any] = tomllib.loads((ROOT / "tests/checks/editors/known.toml").read_text("utf-8"))


def _of_typedflow(said: Findings) -> dict[str, set[str]]:
    """The rules by module, without those that speak of the module's own style, whatever library it uses."""
    of_the_code = set(KNOWN["of_the_code"]["rules"])
    rules = {module: {rule for _, rule in places} - of_the_code for module, places in said.items()}
    return {module: found for module, found in rules.items() if found}


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flows")
    write(folder)
    checkers.configure(folder)
    return folder


@pytest.mark.parametrize("engine", SERVERS)
def test_a_language_server_offers_and_shows(engine: str, flows: Path) -> None:
    found: dict[str, bool] = {}
    with Server.started(SERVERS[engine], flows) as server:
        for name, case in CASES["hovers"].items():
            found[name] = case["shows"] in server.hover(flows / f"{name}.py", program(case))
        for name, case in CASES["completions"].items():
            found[name] = server.completions(flows / f"{name}.py", program(case)) >= set(case["offers"])

    assert found == {name: engine in case["yes"] for name, case in (CASES["completions"] | CASES["hovers"]).items()}


@pytest.fixture(scope="module")
def mistakes(flows: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Findings]:
    """What each checker says of each mistake."""
    folder = tmp_path_factory.mktemp("mistakes")
    shutil.copytree(flows, folder, dirs_exist_ok=True)
    for name, case in CASES["mistakes"].items():
        (folder / f"{name}.py").write_text(program(case), "utf-8")
    own: Findings = defaultdict(set)
    for said in json.loads(CliRunner().invoke(typedflow, ["check", str(folder), "--format", "json"]).stdout):
        own[Path(said["file"]).stem].add((said["line"], said["code"]))
    return {"typedflow check": own, **{checker: findings(checker, folder) for checker in CHECKERS}}


@pytest.mark.parametrize("name", CASES["mistakes"])
def test_a_checker_finds_a_mistake(name: str, mistakes: dict[str, Findings]) -> None:
    case = CASES["mistakes"][name]
    lines = program(case).splitlines()
    (line,) = (number for number, text in enumerate(lines, 1) if text.endswith(HERE))
    found = {
        checker
        for checker, said in mistakes.items()
        if any(place == line and rule not in KNOWN["of_the_code"]["rules"] for place, rule in said.get(name, ()))
    }

    assert found == set(case["yes"])


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_leaves_the_flows_and_what_is_generated_alone(checker: str, mistakes: dict[str, Findings]) -> None:
    assert not {"flows", "_flow_types"} & _of_typedflow(mistakes[checker]).keys()


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    # This one starts a server with the tests' own code, which is not there.
    left_out = shutil.ignore_patterns("demo_postgres.py")
    shutil.copytree(ROOT / "docs/examples", folder / "docs/examples", ignore=left_out)
    shutil.copytree(ROOT / "stubs", folder, dirs_exist_ok=True)
    checkers.configure(folder)
    return folder


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_leaves_the_examples_alone(checker: str, examples: Path) -> None:
    assert _of_typedflow(findings(checker, examples)) == {}


@pytest.fixture(scope="module")
def correct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The correct programs of the plugin's corpus, each with the imports that it needs, without options for mypy."""
    folder = tmp_path_factory.mktemp("correct")
    checkers.configure(folder)
    for name, source in CORRECT.modules.items():
        (folder / f"{name}.py").write_text(source, "utf-8")
    for name in CORRECT.cases:
        if name not in KNOWN["left_out"]:
            (folder / f"{name}.py").write_text(re.sub("(?m)^# mypy: .*", "", CORRECT.source(name)), "utf-8")
    unused = [str(checkers.BIN / "ruff"), "check", "--isolated", "--quiet", "--select=F401", "--fix", "."]
    subprocess.run(unused, cwd=folder, check=True)  # noqa: S603  it is spelled above
    return folder


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_leaves_the_correct_programs_alone(checker: str, correct: Path) -> None:
    """But for those that are known, each with the reason why it cannot, and what it says of any code of that kind."""
    found = _of_typedflow(findings(checker, correct))

    assert found == {name: set(known[checker]) for name, known in KNOWN["correct"].items() if checker in known}


def test_mypys_findings_appear_in_an_editor(tmp_path: Path) -> None:
    """python-lsp-server with pylsp-mypy, as an editor runs it, after the file is saved and then mended."""
    file = tmp_path / "flows.py"
    (tmp_path / "pyproject.toml").write_text('[tool.mypy]\nplugins = ["typedflow.mypy"]\n', "utf-8")
    settings = {"pylsp": {"plugins": {"pylsp_mypy": {"enabled": True, "live_mode": False}}}}
    with Server.started(["pylsp"], tmp_path, settings) as server:
        file.write_text(WIRED_WRONGLY, "utf-8")
        server.show(file, WIRED_WRONGLY)
        wrong = server.diagnostics_of(file, "mypy")
        mended = WIRED_WRONGLY.replace("depends_on=[]", 'depends_on=["number"]')
        file.write_text(mended, "utf-8")
        server.show(file, mended)
        server.save(file)
        right = server.diagnostics_of(file, "mypy")

    (said,) = wrong
    assert (said["range"]["start"]["line"], said["code"]) == (4, "typedflow-undeclared-input")
    assert said["message"] == (
        'Step "double" reads "number", which it does not depend on; it has no dependencies. Add "number" to depends_on'
    )
    assert right == []


HUNDRED = 100


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_types_of_a_hundred_steps_are_right_for_every_checker(checker: str, tmp_path: Path) -> None:
    steps = "".join(
        f'    .step("s{number}", lambda i: {{"n": i["run"]}}, depends_on={[f"s{number - 1}"] if number else []})\n'
        for number in range(HUNDRED)
    )
    (tmp_path / "flows.py").write_text(f'from typedflow import Flow\nflow = (\n    Flow("f", int)\n{steps})\n', "utf-8")
    checkers.configure(tmp_path)
    assert CliRunner().invoke(typedflow, ["stubs", str(tmp_path)]).exit_code == 0

    assert (tmp_path / "_flow_types.py").read_text("utf-8").count("(TypedDict):") == 2 * HUNDRED + 1
    assert findings(checker, tmp_path).get("_flow_types", set()) == set()


def test_the_declared_types_are_those_that_the_script_writes() -> None:
    assert inference.STUB.read_text("utf-8") == inference.stub()
    assert inference.OUTPUTS.read_text("utf-8") == inference.outputs()
    assert inference.ENGINE.read_text("utf-8") == inference.engine_stub()


def test_mypy_takes_none_of_the_declared_types(tmp_path: Path) -> None:
    """With the plugin and without: what it shows is the plain Flow."""
    (tmp_path / "flows.py").write_text("from typedflow import Flow\nreveal_type(Flow('f', int))\n", "utf-8")
    said, _, _ = api.run([str(tmp_path / "flows.py"), "--config-file=", f"--cache-dir={tmp_path / 'cache'}"])

    assert 'Revealed type is "typedflow.flow.Flow[' in said


def test_the_tables_in_the_documentation_are_these() -> None:
    page = (ROOT / "docs/editors.md").read_text("utf-8")

    assert [table for table in tables() if table not in page] == []

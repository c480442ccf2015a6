"""What mypy accepts as an output of a declared type, a run accepts too, or the plugin reports the type.

Each value of a table is returned for each type of another one. mypy says which pairs are right; the check of a run must
accept those. A type that a run cannot check must be an error of the plugin.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from typedflow import FlowDefinition, InvalidHandlerError, InvalidOutputError, Options
from typedflow._definition.validation import output_validator

if TYPE_CHECKING:
    from types import ModuleType

    from tests.mypy_runs import Mypy

TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
TYPES: list[str] = TABLE["types"]
VALUES: list[str] = TABLE["values"]
CONFIGURATION = """\
[mypy]
plugins = typedflow.mypy
python_version = 3.11
"""


@dataclass(frozen=True)
class Answers:
    """What mypy says of the table.

    Attributes:
        accepted: The values that mypy accepts for each type.
        reported: The types that the plugin reports as outputs.
        module: The program, executed.
    """

    accepted: dict[str, list[str]]
    reported: set[str]
    module: ModuleType


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, mypy: Mypy) -> Answers:
    folder = tmp_path_factory.mktemp("values")
    pairs = [(declared, value) for declared in TYPES for value in VALUES]
    lines = [
        *TABLE["head"].splitlines(),
        *(f"def handler_{number}(inputs: StepInput) -> {declared}: ..." for number, declared in enumerate(TYPES)),
        *(f'Flow("f", int).step("s", handler_{number})' for number in range(len(TYPES))),
    ]
    (folder / "table.py").write_text("\n".join(lines) + "\n", "utf-8")
    assigned = [f"v{number}: {declared} = {value}" for number, (declared, value) in enumerate(pairs)]
    (folder / "pairs.py").write_text("\n".join(["from table import *", *assigned]) + "\n", "utf-8")
    report = mypy.check(folder, CONFIGURATION)
    wrong = {int(line) - 2 for line in re.findall(r"^pairs\.py:(\d+): error: ", report, re.MULTILINE)}
    accepted = defaultdict(list)
    for number, (declared, value) in enumerate(pairs):
        if number not in wrong:
            accepted[declared].append(value)
    first = len(lines) - len(TYPES)
    reported = re.findall(r"^table\.py:(\d+): error: .*\[typedflow-", report, re.MULTILINE)
    return Answers(accepted, {TYPES[int(line) - 1 - first] for line in reported}, imported(folder / "table.py"))


def imported(path: Path) -> ModuleType:
    specification = spec_from_file_location("table", path)
    assert specification is not None
    assert specification.loader is not None
    module = module_from_spec(specification)
    sys.modules["table"] = module
    specification.loader.exec_module(module)
    return module


def check_of(module: ModuleType, declared: str) -> Any:
    definition = FlowDefinition("f", int, Options()).with_step("s", getattr(module, f"handler_{TYPES.index(declared)}"))
    return output_validator(definition, definition.steps[0])


@pytest.mark.parametrize("declared", TYPES)
def test_a_run_accepts_what_mypy_accepts(answers: Answers, declared: str) -> None:
    refused = {}
    try:
        check = check_of(answers.module, declared)
    except InvalidHandlerError:
        pytest.skip("a run cannot check the type; see the next test")
    for source in answers.accepted[declared] if check is not None else ():
        try:
            check(eval(source, vars(answers.module)))  # noqa: S307  a value of the table
        except InvalidOutputError as error:
            refused[source] = str(error)
    assert sorted(refused) == sorted(set(TABLE["differs"].get(declared, ())) & set(answers.accepted[declared])), refused


@pytest.mark.parametrize("declared", TYPES)
def test_the_plugin_reports_a_type_that_a_run_cannot_check(answers: Answers, declared: str) -> None:
    try:
        check_of(answers.module, declared)
    except InvalidHandlerError:
        assert declared in answers.reported

"""mypy finds the mistakes of flows that go wrong at run time, and leaves those that are right alone."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from mypy import version
from packaging.version import Version

from tests.mypy_runs import DEFAULT, STRICT
from tests.typing.corpora import FOLDER, corpus, names

if TYPE_CHECKING:
    from collections.abc import Callable

MISTAKES = corpus("mistakes")
CORRECT = corpus("correct")
SETTINGS = {"strict": STRICT, "default": DEFAULT}


@pytest.fixture(scope="module")
def said(reports: Callable[[str, str], dict[str, str]]) -> dict[str, dict[str, str]]:
    """What mypy says of each program, under each setting; lines count from the program's first."""
    return {
        setting: reports("correct", configuration) | reports("mistakes", configuration)
        for setting, configuration in SETTINGS.items()
    }


def test_the_corpora_have_no_program_in_common() -> None:
    assert not MISTAKES.cases.keys() & CORRECT.cases.keys()
    assert MISTAKES.modules == CORRECT.modules


@pytest.mark.parametrize("name", MISTAKES.cases)
def test_mypy_finds_a_mistake(name: str, said: dict[str, dict[str, str]]) -> None:
    case = MISTAKES.cases[name]
    if Version(version.__version__) < Version(case.get("since", "2.0")):  # some of mypy's own words are others
        assert re.search(r"^\d+: error: ", said["strict"].get(name, ""), re.MULTILINE)
    else:
        assert said["strict"].get(name, "") == case["mypy"]
    assert re.search(r"^\d+: error: ", said["default"].get(name, ""), re.MULTILINE)
    assert set(said["default"][name].splitlines()) <= set(said["strict"][name].splitlines())


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("name", [*CORRECT.cases, *CORRECT.modules])
def test_mypy_leaves_a_correct_program_alone(name: str, setting: str, said: dict[str, dict[str, str]]) -> None:
    assert said[setting].get(name, "") == ""


def test_every_behaviour_of_pgflows_type_tests_is_shown_or_accounted_for() -> None:
    """Numbers as in the list of pgflow's behaviours, in which some were dropped."""
    pgflow = tomllib.loads((FOLDER / "pgflow.toml").read_text("utf-8"))
    accounted = [int(number) for table in ("cases", "later", "no_meaning") for number in pgflow[table]]
    dropped = {31, 33, 45, 55, 60, 72, 73, 74, 76, 77, 78, 84, 89, 90, 96}
    known = {f"{name}.{case}" for name in names() for case in corpus(name).cases}

    assert sorted(accounted) == [number for number in range(1, 106) if number not in dropped]
    assert {name for table in ("cases", "more") for names in pgflow[table].values() for name in names} <= known


def test_a_wrong_expectation_is_noticed(said: dict[str, dict[str, str]]) -> None:
    """The other direction: a mistake does not look like a correct program, and no two mistakes look the same."""
    answers = [said["strict"][name] for name in MISTAKES.cases]

    assert all("error: " in answer for answer in answers)
    assert said["strict"].get("a_lambda", "") != said["strict"]["a_misspelt_key"]

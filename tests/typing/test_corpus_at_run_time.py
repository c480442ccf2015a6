"""The programs in which mypy finds mistakes go wrong at run time, and those in which it finds none run."""

from __future__ import annotations

import gc
import runpy
import sys
import warnings
from typing import TYPE_CHECKING

import pytest

from tests.typing.corpora import corpus

if TYPE_CHECKING:
    from pathlib import Path

MISTAKES = corpus("mistakes")
CORRECT = corpus("correct")


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all programs, each in a module of its own."""
    folder = tmp_path_factory.mktemp("programs")
    CORRECT.write(folder)
    MISTAKES.write(folder)
    return folder


@pytest.mark.parametrize("name", MISTAKES.cases)
def test_a_mistake_goes_wrong_at_run_time(name: str, programs: Path) -> None:
    assert outcome(programs / f"{name}.py").startswith(MISTAKES.cases[name]["raises"])


@pytest.mark.parametrize("name", CORRECT.cases)
def test_a_correct_program_runs(name: str, programs: Path) -> None:
    for needed in CORRECT.cases[name].get("needs", ()):
        pytest.importorskip(needed, exc_type=ImportError)
    assert outcome(programs / f"{name}.py") == ""


def outcome(program: Path) -> str:
    """Run a program as a script; return the first cause of what it raises, or nothing."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some programs forget to await something
        patch.syspath_prepend(str(program.parent))
        patch.delitem(sys.modules, "shop", raising=False)
        try:
            runpy.run_path(str(program))
        except Exception as error:  # noqa: BLE001  whatever it is
            cause = first_cause(error)
            raised = f"{type(cause).__name__}: {cause}"
            del error, cause
        else:
            raised = ""
        gc.collect(1)  # the young objects are enough
    return raised


def first_cause(error: BaseException) -> BaseException:
    """What was raised first, in the handler or by the library."""
    if isinstance(error, BaseExceptionGroup):
        return first_cause(error.exceptions[0])
    return error if error.__cause__ is None else first_cause(error.__cause__)

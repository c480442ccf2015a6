"""What people install, and that the plugin works where it was installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORRECT = """
from typing import TypedDict
from typedflow import Flow, StepInput

class Page(TypedDict):
    url: str

def length(inputs: StepInput) -> int:
    return len(inputs["run"]["url"])

flow = Flow("page", Page).step("length", length)
"""
WRONG = CORRECT.replace('inputs["run"]["url"]', 'inputs["size"]') + "\n"
CONFIGURATION = '[tool.mypy]\nstrict = true\nplugins = ["typedflow.mypy"]\n'


def run(*command: object, folder: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    line = [str(part) for part in command]
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all that a wheel is built from, so that nothing is written into the checkout."""
    copy = tmp_path / "checkout"
    for name in ("typedflow", "mypy_plugin"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def test_the_wheel_holds_the_library_and_its_plugin_and_nothing_else(checkout: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", folder=checkout)

    (wheel,) = (checkout / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"typedflow", "typedflow_mypy", "typedflow-0.1.0.dist-info"}
    assert {"typedflow/py.typed", "typedflow-0.1.0.dist-info/licenses/LICENSE"} <= set(names)


@pytest.mark.parametrize("way", ["pip install .", "pip install -e .", "uv sync"])
def test_the_plugin_works_in_an_unrelated_folder(way: str, checkout: Path, tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    run(sys.executable, "-m", "venv", python.parent.parent, folder=tmp_path)
    if way == "uv sync":
        command = [sys.executable, "-m", "uv", "sync", "--active", "--no-default-groups", "--extra", "mypy"]
        environment = {**os.environ, "VIRTUAL_ENV": str(python.parent.parent)}
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.returncode == 0, done.stderr
    else:
        option = [] if way == "pip install ." else ["-e"]
        run(python, "-m", "pip", "install", "-q", *option, ".[mypy]", folder=checkout)
    folder = tmp_path / "unrelated"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    (folder / "correct.py").write_text(CORRECT, "utf-8")
    (folder / "wrong.py").write_text(WRONG, "utf-8")

    assert run(python, "-m", "mypy", "correct.py", folder=folder).stdout.startswith("Success")
    said = run(python, "-m", "mypy", "wrong.py", folder=folder, check=False).stdout
    assert (
        'wrong.py:9: error: Step "length" reads "size", which is no step before it; it has no dependencies  '
        "[typedflow-undeclared-input]" in said
    )
    if way == "pip install .":
        refused = run(python, "-c", "import typedflow_mypy, mypy_plugin", folder=folder, check=False)
        assert refused.stderr.endswith("ModuleNotFoundError: No module named 'mypy_plugin'\n")


def imported(statement: str, folder: Path) -> set[str]:
    """The top-level modules that a fresh interpreter imports for a statement."""
    said = run(sys.executable, "-X", "importtime", "-c", statement, folder=folder).stderr
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in said.splitlines()}


def test_the_import_pulls_in_nothing_but_the_core_requirements(tmp_path: Path) -> None:
    # What an environment itself imports at every start, setuptools' hook for one, is not ours.
    found = imported("import typedflow", tmp_path) - imported("pass", tmp_path)
    wanted = {"typedflow", "pydantic", "trio", "typing_extensions"}
    required = {"pydantic_core", "annotated_types", "typing_inspection", "attr", "attrs", "idna", "outcome", "sniffio"}

    assert {name for name in found if name in metadata.packages_distributions()} <= wanted | required | {
        "sortedcontainers"
    }

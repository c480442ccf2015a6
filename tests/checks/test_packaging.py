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

import typedflow.mypy

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "mypy_plugin" / "typedflow_mypy"
CONFIGURATION = '[tool.mypy]\nstrict = true\nplugins = ["typedflow.mypy"]\n'
CORRECT = """
from typing import TypedDict
from typedflow import Flow, StepInput

class Page(TypedDict):
    url: str

def website(inputs: StepInput) -> str:
    return inputs["run"]["url"]

def sentiment(inputs: StepInput) -> float:
    return len(inputs["website"]) / 2

def save(inputs: StepInput) -> None:
    print(inputs["website"], inputs["sentiment"])

flow = (
    Flow("analysis", Page)
    .step("website", website)
    .step("sentiment", sentiment, depends_on=["website"])
    .step("save", save, depends_on=["website", "sentiment"])
)
"""
WRONG = CORRECT.replace('depends_on=["website", "sentiment"]', 'depends_on=["sentiment"]')
SUCCESS = "Success: no issues found in 1 source file\n"
UNDECLARED = (
    'wrong.py:15: error: Step "save" reads "website", which it does not depend on; it depends on "sentiment". '
    'Add "website" to depends_on  [typedflow-undeclared-input]\n'
    "Found 1 error in 1 file (checked 1 source file)\n"
)


def run(*command: object, folder: Path, check: bool = True, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run a command as in a new terminal, with these environment variables besides."""
    inherited = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(  # noqa: S603  spelled by the tests below
        [str(part) for part in command],
        cwd=folder,
        env=inherited | {name: str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def mypy(file: str, folder: Path, python: object = sys.executable, **variables: object) -> str:
    return run(python, "-m", "mypy", file, folder=folder, check=False, **variables).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of all tracked files, so that nothing is written into the checkout."""
    copy = tmp_path / "checkout"
    for name in run("git", "ls-files", "-z", folder=ROOT).stdout.split("\0")[:-1]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture
def unrelated(tmp_path: Path) -> Path:
    """The folder of a project that uses the library, with one correct and one wrong flow."""
    folder = tmp_path / "unrelated"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(CONFIGURATION, "utf-8")
    (folder / "correct.py").write_text(CORRECT, "utf-8")
    (folder / "wrong.py").write_text(WRONG, "utf-8")
    return folder


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the plugin, alone in the folder that PYTHONPATH has to name for it to be the one that runs."""
    return shutil.copytree(PLUGIN, tmp_path / "copy" / PLUGIN.name, ignore=shutil.ignore_patterns("__pycache__"))


def test_the_wheel_holds_the_library_and_its_plugin_and_nothing_else(checkout: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist", folder=checkout)

    (wheel,) = (checkout / "dist").iterdir()
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    information = f"typedflow-{metadata.version('typedflow')}.dist-info"
    assert {name.partition("/")[0] for name in names} == {"typedflow", "typedflow_mypy", information}
    assert {"typedflow/py.typed", f"{information}/licenses/LICENSE"} <= set(names)
    assert not {"mypy_plugin", "tests", "docs"} & {part for name in names for part in Path(name).parts}


@pytest.mark.parametrize("way", ["pip install .", "pip install -e .", "uv sync"])
def test_the_plugin_works_in_an_unrelated_folder(way: str, checkout: Path, unrelated: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    python = environment / "bin" / "python"
    if way == "uv sync":
        options = ["--python", sys.executable, "--no-default-groups", "--extra", "mypy"]
        run(sys.executable, "-m", "uv", "sync", *options, folder=checkout, UV_PROJECT_ENVIRONMENT=environment)
    else:
        run(sys.executable, "-m", "venv", environment, folder=tmp_path)
        run(python, "-m", *f"{way}[mypy]".split(), folder=checkout)

    assert mypy("correct.py", unrelated, python) == SUCCESS
    assert mypy("wrong.py", unrelated, python) == UNDECLARED
    if way == "pip install .":
        run(python, "-c", "import typedflow_mypy", folder=unrelated)
        refused = run(python, "-c", "import mypy_plugin", folder=unrelated, check=False)
        assert refused.stderr.endswith("ModuleNotFoundError: No module named 'mypy_plugin'\n")


def test_an_edit_of_any_source_file_changes_the_version_of_the_plugin(plugin: Path, tmp_path: Path) -> None:
    def version() -> str:
        command = [sys.executable, "-c", "import typedflow_mypy; print(typedflow_mypy.__version__)"]
        return run(*command, folder=tmp_path, PYTHONPATH=plugin.parent).stdout.strip()

    versions = [version()]
    for source in sorted(plugin.rglob("*.py")):
        source.write_text(source.read_text("utf-8") + "# edited\n", "utf-8")
        versions.append(version())

    assert versions[0] == typedflow.mypy.__version__
    assert len(set(versions)) == len(versions)


def test_a_changed_plugin_answers_anew_in_spite_of_a_warm_cache(plugin: Path, unrelated: Path) -> None:
    assert mypy("wrong.py", unrelated) == UNDECLARED
    assert mypy("wrong.py", unrelated, PYTHONPATH=plugin.parent) == UNDECLARED

    for source in plugin.rglob("*.py"):
        source.write_text(source.read_text("utf-8").replace("does not depend on", "never asked for"), "utf-8")

    changed = UNDECLARED.replace("does not depend on", "never asked for")
    assert changed != UNDECLARED
    assert mypy("wrong.py", unrelated, PYTHONPATH=plugin.parent) == changed

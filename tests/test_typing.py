"""What mypy says of small programs: every rule of the plugin, with the exact text of its errors and its types."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from mypy import api

CORPUS: dict[str, Any] = tomllib.loads((Path(__file__).parent / "typing" / "step.toml").read_text("utf-8"))
CONFIGURATION = """
[mypy]
strict = True
plugins = typedflow.mypy
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What mypy said of each program, all checked in one run with an empty cache; lines count from its own first."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "mypy.ini").write_text(CONFIGURATION, "utf-8")
    (folder / "flows.py").write_text(CORPUS["flows"], "utf-8")
    for name, case in CORPUS["cases"].items():
        (folder / f"{name}.py").write_text(CORPUS["head"] + case["program"], "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        report, errors, _ = api.run([".", "--no-error-summary", "--cache-dir=cache", "--show-traceback"])
    assert not errors
    offset = CORPUS["head"].count("\n")
    found: dict[str, str] = {}
    for message in report.splitlines():
        file, line, text = message.split(":", 2)
        found[Path(file).stem] = found.get(Path(file).stem, "") + f"{int(line) - offset}:{text}\n"
    return found


@pytest.mark.parametrize("name", CORPUS["cases"])
def test_mypy_says(name: str, said: dict[str, str]) -> None:
    assert said.get(name, "") == CORPUS["cases"][name]["mypy"]


def test_a_module_that_only_defines_flows_is_clean(said: dict[str, str]) -> None:
    assert "flows" not in said


def test_the_answer_is_the_same_from_the_cache_and_in_parallel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mypy.ini").write_text(CONFIGURATION, "utf-8")
    Path("flows.py").write_text(CORPUS["flows"], "utf-8")
    for name in ("a_function_reads_an_undeclared_step", "a_flow_may_stand_above_its_handlers"):
        Path(f"{name}.py").write_text(CORPUS["head"] + CORPUS["cases"][name]["program"], "utf-8")
    command = [".", "--no-error-summary", "--cache-dir=cache"]
    cold, _, _ = api.run(command)
    warm, _, _ = api.run(command)
    parallel, _, _ = api.run([".", "--no-error-summary", "--cache-dir=other", "--num-workers=2"])

    assert cold.count("error:") == 2
    assert sorted(warm.splitlines()) == sorted(cold.splitlines())
    assert sorted(parallel.splitlines()) == sorted(cold.splitlines())

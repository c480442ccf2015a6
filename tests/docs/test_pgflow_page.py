"""The page that compares pgflow row by row has every row, and names tests that there are."""

import ast
import re
import tomllib
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "pgflow-rows.md").read_text("utf-8")
ROWS = dict(re.findall(r"^\| ([DTE]\d+) \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE))


def names(file: Path) -> set[str]:
    """The tests of a file, or its programs."""
    if file.suffix == ".toml":
        return set(tomllib.loads(file.read_text("utf-8"))["cases"])
    tree = ast.walk(ast.parse(file.read_text("utf-8")))
    return {node.name for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def test_every_row_is_there() -> None:
    wanted = [f"D{n}" for n in range(1, 27)] + [f"T{n}" for n in range(1, 9)] + [f"E{n}" for n in range(1, 32)]
    assert list(ROWS) == wanted


def test_every_row_names_a_test_that_there_is_or_is_for_later_or_differs_on_purpose() -> None:
    for row, shown in ROWS.items():
        if shown in {"later", "on purpose"}:
            continue
        places = re.findall(r"`([^`]+)`", shown)
        assert places, row
        for place in places:
            path, _, name = place.partition("::")
            assert (TESTS / path).is_file(), f"{row}: {path}"
            assert name in names(TESTS / path), f"{row}: {place}"

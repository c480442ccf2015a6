"""What mypy says of small programs: every rule of the plugin, with the exact text of its errors and its types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from mypy import version
from packaging.version import Version

from tests.mypy_runs import STRICT
from tests.typing.corpora import corpus

if TYPE_CHECKING:
    from collections.abc import Callable

CORPORA = (
    "step",
    "handler",
    "output",
    "flow",
    "map",
    "skipping",
    "options",
    "conditions",
    "testing",
    "resources",
    "engine",
)
CASES = [(name, case) for name in CORPORA for case in corpus(name).cases]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_mypy_says(name: str, case: str, reports: Callable[[str, str], dict[str, str]]) -> None:
    known = corpus(name).cases[case]
    if Version(version.__version__) < Version(known.get("since", "0")):
        pytest.skip(f"mypy {version.__version__} has other words of its own")

    assert _as_the_newest_mypy_writes(reports(name, STRICT).get(case, "")) == known["mypy"]


@pytest.mark.parametrize("name", CORPORA)
def test_a_module_that_only_defines_flows_is_clean(name: str, reports: Callable[[str, str], dict[str, str]]) -> None:
    assert "flows" not in reports(name, STRICT)


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

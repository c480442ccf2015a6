"""Each kind of handler behaves alike, wherever its run is started. The slow cells are in tests/checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.cells import EXPECTED, HAPPENINGS, STARTS, cleaned_up, left_behind, observe

if TYPE_CHECKING:
    from pathlib import Path

    from typedflow import RunsIn


@pytest.mark.parametrize("runs_in", ["trio", "asyncio", "thread", "inline"])
@pytest.mark.parametrize("start", STARTS)
def test_a_handler_ends_as_expected_and_leaves_nothing_behind(start: str, runs_in: RunsIn, tmp_path: Path) -> None:
    kind = "trio" if runs_in == "inline" else runs_in
    observe(start, runs_in, "returns", tmp_path)  # what is started only once, such as a cached thread, stays
    assert cleaned_up.get(timeout=30) == kind
    before = left_behind()
    for happening in HAPPENINGS:
        assert observe(start, runs_in, happening, tmp_path) == EXPECTED[happening]
        assert cleaned_up.get(timeout=30) == kind  # a thread is not awaited after its timeout
    assert left_behind() == before

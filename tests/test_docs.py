"""The documentation keeps up with the library; that it builds is checked by the gate."""

from __future__ import annotations

import re
from pathlib import Path

import typedflow

DOCS = Path(__file__).parents[1] / "docs"


def test_reference_lists_every_public_name() -> None:
    reference = (DOCS / "reference.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\.\. auto\w+:: (\w+)", reference, re.MULTILINE)) == sorted(typedflow.__all__)


def test_change_fragments_have_a_name_that_towncrier_knows() -> None:
    fragments = [path.name for path in (DOCS / "changes").iterdir() if path.name != "README.md"]
    pattern = re.compile(r"(\d+|\+\w+)\.(added|changed|deprecated|removed|fixed)\.md")
    assert [name for name in fragments if not pattern.fullmatch(name)] == []

"""The page about stored values: its examples print what the page shows."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs/stored-values.md").read_text("utf-8")


def test_the_examples_print_what_the_page_shows() -> None:
    session = "".join(re.findall(r"^```pycon\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    parsed = doctest.DocTestParser().get_doctest(session, {"__name__": __name__}, "page", None, 0)
    report: list[str] = []

    result = doctest.DocTestRunner().run(parsed, out=report.append)

    assert (result.failed, report) == (0, [])

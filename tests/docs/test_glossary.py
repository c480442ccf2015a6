"""The documentation and the source use the words of docs/glossary.md."""

from __future__ import annotations

import re

import pytest

from tests.docs import glossary

ENFORCED = glossary.EVERYTHING

OF_WHICH = '"of which": write "whose", or a second sentence'
BESIDES = '"besides": write "also", "and", "in addition to"'
COMMAND = '"{}": write a verb; only what returns a bool is a question'


def test_the_words_that_are_not_wanted_are_used_nowhere() -> None:
    assert glossary.check_all(ENFORCED) == []


PLANTED: dict[str, tuple[str, str, list[str]]] = {
    "a page": ("a.md", "# Runs\n\nA step, of which there is one.\n", [f"a.md:3: {OF_WHICH}"]),
    "a page, in two lines": ("a.md", "A step, of\nwhich there is one.\n", [f"a.md:1: {OF_WHICH}"]),
    "a page, below a program": ("a.md", "```text\na\n```\n\nBut of which?\n", [f"a.md:5: {OF_WHICH}"]),
    "a docstring": ("a.py", '"""A step.\n\nBut of which flow?\n"""\n', [f"a.py:3: {OF_WHICH}"]),
    "the docstring of an attribute": ("a.py", 'x: int\n"""A step of which..."""\n', [f"a.py:2: {OF_WHICH}"]),
    "a message": ("a.py", 'a = 1\nraise ValueError("a step of which")\n', [f"a.py:2: {OF_WHICH}"]),
    "a message in two parts": ("a.py", 'raise KeyError(\n    f"step {a} of "\n    "which")\n', [f"a.py:2: {OF_WHICH}"]),
    "a comment": ("a.py", "a = 1  # a step of which\n", [f"a.py:1: {OF_WHICH}"]),
    "a comment of three lines": ("a.py", "a = 1\n# a step\n# of\n# which\n", [f"a.py:3: {OF_WHICH}"]),
    "the name of a function": ("a.py", "def add_besides() -> None: ...\n", [f"a.py:1: {BESIDES}"]),
    "the name of a class": ("a.py", "class StepBesides: ...\n", [f"a.py:1: {BESIDES}"]),
    "a command": ("a.py", "def is_due() -> None: ...\n", [f"a.py:1: {COMMAND.format('is_due')}"]),
    "an async command": ("a.py", "async def _has_work() -> bool: ...\n", [f"a.py:1: {COMMAND.format('_has_work')}"]),
}  # fmt: skip


@pytest.mark.parametrize(("file", "text", "reports"), PLANTED.values(), ids=PLANTED)
def test_one_is_reported_with_its_place_and_a_better_one(file: str, text: str, reports: list[str]) -> None:
    assert glossary.check(file, text) == reports


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("docs/runs.md", "```text\nof which\n```\n\nThe test `test_of which` and ``a `job` ``.\n"),
        ("docs/runs.md", "The key is None, and a step that has not started has not been skipped yet.\n"),
        ("docs/runs.md", "There is no store, and a context manager is no longer needed.\n"),
        ("docs/runs.md", "The hearth of a shareholder, a nodeless retelling.\n"),
        ("mypy_plugin/typedflow_mypy/a.py", "# A node of mypy.\n"),
        ("typedflow/a.py", "def is_map(step: Step) -> TypeGuard[Map]: ...\n\ndef issue() -> None: ...\n"),
        ("typedflow/a.py", "heard = besides(hear)\n"),
    ],
)
def test_programs_and_exceptions_are_left_alone(file: str, text: str) -> None:
    assert glossary.check(file, text) == []


def test_every_row_of_the_page_is_a_rule() -> None:
    page = (glossary.ROOT / "docs/glossary.md").read_text("utf-8").partition("## Words we don't use")[2]
    cells = re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)
    wordings = [wording for cell in cells for wording in re.findall("`(.*?)`", cell)]
    assert len(glossary.rules()) == len(cells) > 20
    for wording in wordings:
        assert glossary.check("a.md", f"A flow {wording.replace('*', 'it')} a step.") != []

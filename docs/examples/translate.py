"""Translate a text paragraph by paragraph, and only the paragraphs that were not translated before.

    language ──┐
    paragraphs ┴─ translations ── text

Each paragraph is an item of a map step with a cache. When the text is edited, only the paragraphs that changed are
translated again.

    typedflow run docs/examples/translate.py --input @letter.json --store runs.db
"""

from __future__ import annotations

from typing import TypedDict

from typedflow import Flow, StepInput

WORDS = {"de": {"good morning": "guten Morgen", "good day": "guten Tag", "good night": "gute Nacht"}}


class Letter(TypedDict):
    """The flow input."""

    text: str
    language: str
    sender: str


class Paragraph(TypedDict):
    """What the translation of a paragraph depends on: the paragraph, and the output of the step "language"."""

    item: str
    language: str


async def translate(inputs: Paragraph) -> str:
    """Translate one paragraph; in earnest, this asks a model, which takes its time and costs money."""
    print(f"translating {inputs['item']!r}")  # noqa: T201  to show when it is called
    return WORDS[inputs["language"]][inputs["item"].lower()]


def text(inputs: StepInput) -> str:
    """Put the paragraphs together, with the sender below them."""
    return "\n\n".join([*inputs["translations"], inputs["run"]["sender"]])


translated = (
    Flow("translated", Letter)
    .step("language", lambda i: i["run"]["language"])
    .step("paragraphs", lambda i: i["run"]["text"].split("\n\n"))
    .map("translations", translate, over="paragraphs", depends_on=["language"], cache="forever", cache_version=1)
    .step("text", text, depends_on=["translations"])
)

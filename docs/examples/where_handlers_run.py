"""A page is downloaded on asyncio, counted in a process and written in a thread."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from typedflow import Flow, StepInput


class Request(TypedDict):
    """The flow input."""

    url: str
    folder: str


class WithPage(TypedDict):
    """What the handler that runs in a process reads. It is checked by its type, wherever it stands."""

    page: str


async def download(inputs: StepInput) -> str:
    """Return the text of a page."""
    await asyncio.sleep(0)  # where a real one awaits the client of the application
    return f"a page of {inputs['run']['url']}"


def count(inputs: WithPage) -> dict[str, int]:
    """Count the words of a page."""
    return dict(Counter(inputs["page"].split()))


def write(inputs: StepInput) -> str:
    """Write the counts to a file, and return its name."""
    path = Path(inputs["run"]["folder"], "counts.txt")
    path.write_text(str(inputs["counts"]), "utf-8")
    return path.name


flow = (
    Flow("count_words", Request)
    .step("page", download, runs_in="asyncio")
    .step("counts", count, depends_on=["page"], runs_in="process")
    .step("file", write, depends_on=["counts"])
    .step("title", lambda i: f"{i['file']}: {len(i['counts'])} words", depends_on=["file", "counts"])
)

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with TemporaryDirectory() as made:
        outputs = flow.run_sync({"url": "https://example.org", "folder": made})
    logging.getLogger().info(outputs["title"])

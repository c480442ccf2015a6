"""Download pages, one after another, and count their words.

typedflow run docs/examples/word_counts.py --input '["https://example.org"]' --store runs.db --run-id pages
"""

from __future__ import annotations

import httpx

from typedflow import Flow


async def words(url: str) -> int:
    """Download a page, and count its words."""
    async with httpx.AsyncClient() as client:
        response = await client.get(url)
    return len(response.raise_for_status().text.split())


word_counts = (
    Flow("word_counts", list[str])
    .map("words", words, over="run", max_concurrency=1)
    .step("total", lambda i: sum(i["words"]), depends_on=["words"])
)

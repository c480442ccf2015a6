"""Read the titles of many pages over one HTTP client, which the handlers of a run share.

python docs/examples/page_titles.py https://example.org https://www.python.org
typedflow run docs/examples/page_titles.py --input @urls.json --resources docs/examples/page_titles.py:open_client
"""

from __future__ import annotations

import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from typedflow import Flow, StepContext

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@asynccontextmanager
async def open_client() -> AsyncGenerator[httpx.AsyncClient]:
    """Open the client before the first handler, and close it after the last one."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
        yield client


async def title(url: str, context: StepContext[list[str], httpx.AsyncClient]) -> str:
    """Download a page over the client of the run, and return its title."""
    response = await context.resources.get(url)
    found = re.search(r"<title>(.*?)</title>", response.raise_for_status().text, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


page_titles = Flow("page_titles", list[str], resources=httpx.AsyncClient).map(
    "titles", title, over="run", max_concurrency=10, max_attempts=3
)

if __name__ == "__main__":
    outputs = page_titles.run_sync(sys.argv[1:], resources=open_client)
    print(*outputs["titles"], sep="\n")  # noqa: T201  it is the result of the program

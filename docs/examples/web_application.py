"""Read web pages for the clients of a FastAPI application: each request is a run of a flow.

    page ──┬── links ──┬── report
           └── words ──┘

Start it, and ask it for a page:

    python docs/examples/web_application.py
    curl 'http://127.0.0.1:8000/report?url=https://example.org'
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request

from typedflow import Flow, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


@dataclass
class Report:
    """What a client receives about a page."""

    url: str
    links: list[str]
    words: int


async def page(inputs: StepInput) -> str:
    """Download the page, on trio; the application's own loop is not blocked."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
        response = await client.get(inputs["run"])
        return response.raise_for_status().text


def links(inputs: StepInput) -> list[str]:
    """List what the page links to, each once."""
    return list(dict.fromkeys(re.findall(r'<a\b[^>]*\bhref="([^"]+)"', inputs["page"])))


def words(inputs: StepInput) -> int:
    """Count the words outside of tags."""
    return len(re.sub(r"<[^>]*>", " ", inputs["page"]).split())


def report(inputs: StepInput) -> Report:
    """Collect the results of the other steps."""
    return Report(inputs["run"], inputs["links"], inputs["words"])


read_page = (
    Flow("read_page", str)
    .step("page", page, retry_on=httpx.TransportError)  # a missing page is not requested again
    .step("links", links, depends_on=["page"])
    .step("words", words, depends_on=["page"])
    .step("report", report, depends_on=["links", "words"])
)

app = FastAPI()


@app.get("/report")
async def get_report(url: str, request: Request) -> Report:
    """Run the flow for as long as the client waits for the answer."""
    try:
        outputs = await while_connected(request, read_page.run(url))
    except StepFailedError as error:
        raise HTTPException(502, str(error)) from error
    return outputs["report"]


async def while_connected(request: Request, run: Coroutine[Any, Any, T]) -> T:
    """Await a run, and cancel it if the client disconnects; FastAPI does not do this itself."""
    task = asyncio.create_task(run)

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        return await task
    except asyncio.CancelledError:
        if not watcher.done():
            raise  # the server is shutting down
        raise HTTPException(499, "The client hung up.") from None
    finally:
        watcher.cancel()


if __name__ == "__main__":
    uvicorn.run(app)

"""Read web pages for the clients of a FastAPI application: each request is a run of a flow.

All runs use the application's own HTTP client, on the application's own loop.

    page ──┬── links ──┬── report
           └── words ──┘

Start it, and ask it for a page:

    python docs/examples/web_application.py
    curl 'http://127.0.0.1:8000/report?url=https://example.org'
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI, HTTPException, Request

from typedflow import Flow, StepContext, StepFailedError, StepInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine

T = TypeVar("T")


@dataclass
class Report:
    """What a client receives about a page."""

    url: str
    links: list[str]
    words: int


async def page(inputs: StepInput, context: StepContext[str, httpx.AsyncClient]) -> str:
    """Download the page with the application's client, which works on the loop that opened it."""
    response = await context.resources.get(inputs["run"])
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
    Flow("read_page", str, resources=httpx.AsyncClient)
    .step("page", page, runs_in="asyncio", max_attempts=3, retry_on=httpx.TransportError)
    .step("links", links, depends_on=["page"])
    .step("words", words, depends_on=["page"])
    .step("report", report, depends_on=["links", "words"])
)


class State(TypedDict):
    """What the application opens when it starts, and closes when it stops."""

    client: httpx.AsyncClient


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[State]:
    """Open the client that all requests share."""
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as client:
        yield {"client": client}


app = FastAPI(lifespan=lifespan)


@app.get("/report")
async def get_report(url: str, request: Request) -> Report:
    """Run the flow for as long as the client waits for the answer."""
    try:
        outputs = await while_connected(request, read_page.run(url, resources=request.state.client))
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

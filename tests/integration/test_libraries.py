"""Libraries that work on trio and on asyncio find trio inside a handler, wherever the run is awaited."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx
import pytest
import sniffio
import trio
from fastapi import FastAPI
from typing_extensions import override

from typedflow import Flow

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

SECONDS = 30  # how long anything may take before a test gives up


class Site(BaseHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        body = f"page {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(
    params=[
        pytest.param(trio.run, id="trio"),
        pytest.param(lambda run: asyncio.run(run()), id="asyncio"),
        pytest.param(partial(anyio.run, backend="trio"), id="anyio on trio"),
        pytest.param(partial(anyio.run, backend="asyncio"), id="anyio on asyncio"),
    ]
)
def outcome(request: pytest.FixtureRequest) -> Callable[[Callable[[Any], Awaitable[object]]], Any]:
    """Runs a flow of one step with one of the libraries, and returns what the step does."""

    def outcome_of(handler: Callable[[Any], Awaitable[object]]) -> Any:
        flow = Flow("f", int).step("a", handler)
        return request.param(partial(flow.run, 1))["a"]

    return outcome_of


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_httpx_downloads_many_pages_concurrently(outcome: Callable[..., Any], port: int) -> None:
    async def download(inputs: Any) -> list[str]:
        async def page(number: int) -> None:
            response = await client.get(f"http://127.0.0.1:{port}/{number}")
            pages.append(response.text)

        pages: list[str] = []
        async with httpx.AsyncClient(timeout=SECONDS) as client, trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(page, number)
        return sorted(pages)

    assert outcome(download) == [f"page /{number}" for number in range(8)]


def test_httpx_asks_an_application_in_this_process_which_then_is_on_trio(outcome: Callable[..., Any]) -> None:
    app = FastAPI()

    @app.get("/library")
    async def library() -> str:
        return sniffio.current_async_library()

    @app.get("/in-a-thread")
    def in_a_thread() -> str:
        return anyio.from_thread.run_sync(sniffio.current_async_library)

    async def ask(inputs: Any) -> list[str]:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            return [(await client.get(path)).json() for path in ("/library", "/in-a-thread")]

    assert outcome(ask) == ["trio", "trio"]


def test_anyio_connects_starts_tasks_and_uses_threads(outcome: Callable[..., Any], port: int) -> None:
    async def talk(inputs: Any) -> str:
        async def send() -> None:
            async with await anyio.connect_tcp("127.0.0.1", port) as stream, sending:
                await stream.send(b"GET /anyio HTTP/1.0\r\n\r\n")
                async for part in stream:
                    await sending.send(part)

        sending, receiving = anyio.create_memory_object_stream[bytes]()
        async with anyio.create_task_group() as group, receiving:
            group.start_soon(send)
            answer = b"".join([part async for part in receiving])
        return await anyio.to_thread.run_sync(answer.decode)

    assert outcome(talk).endswith("\r\n\r\npage /anyio")


def test_a_cancel_scope_of_anyio_ends_its_own_block_and_not_the_run(outcome: Callable[..., Any]) -> None:
    async def give_up(inputs: Any) -> bool:
        with anyio.move_on_after(0) as scope:
            await anyio.sleep_forever()
        return scope.cancelled_caught

    assert outcome(give_up) is True

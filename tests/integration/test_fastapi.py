"""Flows in a FastAPI application that uvicorn really serves, asked by httpx."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trio
import uvicorn
from fastapi import FastAPI, Request

from docs.examples.web_application import app as example
from docs.examples.web_application import while_connected
from typedflow import Flow

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 30  # how long anything may take before a test gives up


class Server(uvicorn.Server):
    """uvicorn in a thread of this process, on a free port."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=1))
        self.listens = threading.Event()
        self.thread = threading.Thread(target=self.run)

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    @property
    def url(self) -> str:
        host, port = self.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}"

    def stop(self) -> None:
        self.should_exit = True
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()


@contextlib.contextmanager
def served(app: FastAPI) -> Iterator[Server]:
    server = Server(app)
    server.thread.start()
    try:
        assert server.listens.wait(SECONDS)
        yield server
    finally:
        server.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


async def ask(url: str, answers: list[httpx.Response]) -> None:
    async with httpx.AsyncClient(timeout=SECONDS) as client:
        answers.append(await client.get(url))


class Waiting:
    """An application with a flow whose handler waits until it is cancelled."""

    def __init__(self) -> None:
        self.started, self.cleaned_up = threading.Event(), threading.Event()
        self.app = FastAPI()
        flow = Flow("waiting", int).step("wait", self.wait)

        @self.app.get("/kept")
        async def kept() -> Any:
            return await flow.run(1)

        @self.app.get("/let-go")
        async def let_go(request: Request) -> Any:
            return await while_connected(request, flow.run(1))

        @self.app.get("/alive")
        async def alive() -> str:
            return "yes"

    async def wait(self, inputs: Any) -> None:
        self.started.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cleaned_up.set()


def test_the_runs_of_concurrent_requests_overlap() -> None:
    everybody = threading.Barrier(8)
    app = FastAPI()

    def meet(inputs: Any) -> int:
        everybody.wait(SECONDS)
        return int(inputs["run"])

    flow = Flow("meeting", int).step("meet", meet, runs_in="inline")

    @app.get("/{number}")
    async def answer(number: int) -> Any:
        return await flow.run(number)

    async def everyone(url: str) -> None:
        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(ask, f"{url}/{number}", answers)

    answers: list[httpx.Response] = []
    with served(app) as server:
        trio.run(everyone, server.url)
    assert sorted(answer.json()["meet"] for answer in answers) == list(range(8))


def test_a_run_in_an_endpoint_that_is_not_async_blocks_only_its_own_thread() -> None:
    app = FastAPI()
    flow = Flow("doubling", int).step("double", lambda i: i["run"] * 2)

    @app.get("/{number}")
    def answer(number: int) -> Any:
        return flow.run_sync(number)

    with served(app) as server:
        assert httpx.get(f"{server.url}/21").json() == {"double": 42}


def test_a_client_that_hangs_up_cancels_its_run_and_the_server_goes_on() -> None:
    waiting = Waiting()

    async def hang_up(url: str) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, f"{url}/let-go", [])
            assert await trio.to_thread.run_sync(waiting.started.wait, SECONDS)
            nursery.cancel_scope.cancel()

    with served(waiting.app) as server:
        trio.run(hang_up, server.url)
        assert waiting.cleaned_up.wait(SECONDS)
        assert httpx.get(f"{server.url}/alive").json() == "yes"


def test_a_server_that_stops_cancels_the_runs_that_it_has_waited_for_long_enough() -> None:
    waiting = Waiting()

    async def outlast(server: Server) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, f"{server.url}/kept", answers)
            assert await trio.to_thread.run_sync(waiting.started.wait, SECONDS)
            await trio.to_thread.run_sync(server.stop)
            assert waiting.cleaned_up.is_set()

    answers: list[httpx.Response] = []
    with served(waiting.app) as server:
        trio.run(outlast, server)
    assert [answer.status_code for answer in answers] == [500]


def test_the_example_of_the_documentation_reads_a_page_of_its_own_server() -> None:
    with served(example) as server:
        url = f"{server.url}/docs"
        report = httpx.get(f"{server.url}/report", params={"url": url}, timeout=SECONDS).json()
        missing = httpx.get(f"{server.url}/report", params={"url": f"{server.url}/missing"}, timeout=SECONDS)
    assert (report["url"], report["links"]) == (url, [])
    assert report["words"] > 10
    assert missing.status_code == 502
    assert missing.json()["detail"].startswith(
        'flow "read_page": step "page" failed at attempt 1: HTTPStatusError: Client error \'404 Not Found\''
    )

"""The example that asks a language model, here a server that is busy, broken and slow for some parts."""

from __future__ import annotations

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typing_extensions import override

from docs.examples.llm import Question, llm

if TYPE_CHECKING:
    from collections.abc import Iterator

QUESTION: Question = {"text": "one\n\ntwo\n\n\n\nthree", "question": "What is this?", "style": "short"}


class Model(BaseHTTPRequestHandler):
    asked: Counter[str]

    @override
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.answer(200, b"Be short.")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = request["text"]
        self.asked[text] += 1
        if text == "one" and self.asked[text] == 1:
            self.answer(429, b"", {"Retry-After": "0"})
        elif text == "two":
            self.answer(400, b"")
        else:
            self.answer(200, json.dumps({"text": f"{request['prompt']} {text}"}).encode())

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.AsyncClient]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    Model.asked = Counter()
    with ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_a_part_without_an_answer_is_left_out_and_a_busy_server_is_asked_again(model: httpx.AsyncClient) -> None:
    outputs = llm.run_sync(QUESTION, resources=model)

    assert outputs["answers"] == ["Be short.\nWhat is this? one", None, "Be short.\nWhat is this? three"]
    assert outputs["answer"].splitlines()[-1] == "(1 without an answer)"
    assert Model.asked == {"one": 2, "two": 1, "three": 1}

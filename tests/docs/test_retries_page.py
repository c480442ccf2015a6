"""The page about retries: its example waits as long as a server says, and its message is what a run says."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import trio

from typedflow import Flow, StepFailedError
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from types import ModuleType

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "retries.md").read_text("utf-8")


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("retry_after", DOCS / "examples" / "retry_after.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def downloaded(example: ModuleType, monkeypatch: pytest.MonkeyPatch, answers: list[httpx.Response]) -> Any:
    """Run the flow of the example on a server that answers so; return its output, and the delays between attempts."""
    left = iter(answers)
    transport = httpx.MockTransport(lambda _: next(left))
    client = httpx.AsyncClient
    monkeypatch.setattr(example.httpx, "AsyncClient", lambda: client(transport=transport))
    events = RecordedEvents()

    async def main() -> Any:
        return await example.download.run("https://example.org", listeners=[events.append])

    try:
        output = trio.run(main, clock=VirtualClock())["page"]
    except StepFailedError as error:
        output = error.reason
    return output, [event.delay for event in events if event.delay is not None]


def test_a_server_says_how_long_to_wait(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    busy = [httpx.Response(503, headers={"Retry-After": value}) for value in ("120", later, past)]
    output, delays = downloaded(example, monkeypatch, [*busy, httpx.Response(200, text="done")])
    assert (output, delays[0], delays[2]) == ("done", 120, 0)
    assert 3500 < delays[1] <= 3600


def test_other_answers_are_retried_as_the_flow_says(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [httpx.Response(503), httpx.Response(429, headers={"Retry-After": "soon"}), httpx.Response(500)]
    output, delays = downloaded(example, monkeypatch, [*busy, httpx.Response(200, text="done")])
    assert output == "done"
    assert [0.8 * full <= delay <= full for full, delay in zip([1, 10, 60], delays, strict=True)] == [True] * 3


def test_what_another_attempt_does_not_help_against_fails(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    output, delays = downloaded(example, monkeypatch, [httpx.Response(404)])
    assert output.startswith("HTTPStatusError: Client error '404 Not Found'")
    assert delays == []


def test_the_message_on_the_page_is_that_of_a_run() -> None:
    nothing: Any = None
    flow: Flow[Any, Any] = Flow("orders", object, max_attempts=3).step("charge", lambda _: len(nothing["price"]))
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync({})
    assert re.findall(r"```text\n(.*?)\n```", PAGE) == [str(caught.value)]

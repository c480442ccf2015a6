"""The events of a run, kept for a test."""

from typing import Any

import pytest

from typedflow import Flow
from typedflow.listeners import inline
from typedflow.testing import RecordedEvents


@pytest.fixture
async def events() -> RecordedEvents:
    tried: list[int] = []

    async def flaky(_: Any) -> int:
        tried.append(1)
        if len(tried) < 2:
            raise ValueError("again")
        return 1

    flow: Any = Flow("shop", int, max_attempts=2, base_delay=0.001).step("pay", flaky)
    recorded = RecordedEvents()
    await flow.run(1, listeners=[inline(recorded.append)])
    return recorded


async def test_every_event_has_words(events: RecordedEvents) -> None:
    assert events.words == [
        "run started",
        "pay started",
        "pay[0] started 1",
        "pay[0] retrying 1",
        "pay[0] started 2",
        "pay[0] completed 2",
        "pay completed",
        "run completed",
    ]


async def test_attempts_are_counted(events: RecordedEvents) -> None:
    assert (events.attempts("pay"), events.attempts("pay", 1), events.attempts("ship")) == (2, 0, 0)


async def test_an_order_may_leave_events_out(events: RecordedEvents) -> None:
    events.assert_order("run started", "pay[0] retrying 1", "pay completed")
    events.assert_order()


async def test_an_order_that_did_not_happen_is_reported_with_all_that_did(events: RecordedEvents) -> None:
    with pytest.raises(AssertionError) as caught:
        events.assert_order("pay completed", "pay started")
    assert str(caught.value).startswith(
        '"pay started" did not happen after "pay completed". All events:\n  run started\n  pay started\n'
    )


async def test_an_event_that_never_happened_is_reported(events: RecordedEvents) -> None:
    with pytest.raises(AssertionError, match=r'^"pay failed" did not happen\. All events:\n'):
        events.assert_order("pay failed")
    with pytest.raises(AssertionError, match=r'^"run started" did not happen\. All events: none$'):
        RecordedEvents().assert_order("run started")

"""Events as records of a log."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Flow, StepFailedError
from typedflow.listeners.logs import log_events
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="typedflow"):
        yield caplog


def run(flow: Flow[Any, Any], flow_input: object) -> RecordedEvents:
    """Run it, to a failure perhaps, without waiting for retries."""
    events = RecordedEvents()

    async def run() -> None:
        with contextlib.suppress(StepFailedError):
            await flow.run(flow_input, listeners=[log_events, events.append])

    trio.run(run, clock=VirtualClock())
    return events


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    return [f"{record.levelname} {record.getMessage()}" for record in log.records]


def test_every_event_is_a_line(log: pytest.LogCaptureFixture) -> None:
    run(Flow("f", list[int]).map("each", lambda _: None, over="run"), [7])
    assert lines(log) == [
        'INFO flow "f": run started',
        'INFO flow "f": step "each" started',
        'DEBUG flow "f": step "each", task 0: attempt 1 started',
        'DEBUG flow "f": step "each", task 0: attempt 1 completed',
        'INFO flow "f": step "each" completed',
        'INFO flow "f": run completed',
    ]
    assert {record.name for record in log.records} == {"typedflow"}


def test_a_retry_is_a_warning_and_a_failure_an_error_with_the_traceback_of_the_handler(
    log: pytest.LogCaptureFixture,
) -> None:
    def fail(_: object) -> None:
        raise ValueError("no")

    run(Flow("f", int, max_attempts=2, base_delay=0.5).step("a", fail), 1)
    assert [line for line in lines(log) if not re.match("INFO|DEBUG", line)] == [
        'WARNING flow "f": step "a", task 0: attempt 1 failed, retrying in 0.5 s: ValueError: no',
        'ERROR flow "f": step "a", task 0: attempt 2 failed: ValueError: no',
        'ERROR flow "f": step "a" failed: ValueError: no',
        'ERROR flow "f": run failed: StepFailedError: flow "f": step "a" failed at attempt 2: ValueError: no',
    ]
    (told,) = [record for record in log.records if record.exc_info]
    assert told.getMessage().endswith("attempt 2 failed: ValueError: no")
    assert 'raise ValueError("no")' in log.text


def test_a_skip_says_why(log: pytest.LogCaptureFixture) -> None:
    run(Flow("f", int).step("a", lambda _: None, if_=2), 1)
    assert 'INFO flow "f": step "a" skipped (condition_unmet)' in lines(log)


def test_records_say_where_they_come_from(log: pytest.LogCaptureFixture) -> None:
    run_id = run(Flow("f", int).step("a", lambda _: None), 1)[0].run_id
    place = {"flow": "f", "run_id": run_id}
    at_run = {**place, "step": None, "task_index": None, "attempt": None, "subject": "run", "status": "started"}
    at_task = {**place, "step": "a", "task_index": 0, "attempt": 1, "subject": "task", "status": "started"}
    assert [{name: vars(record)[name] for name in at_run} for record in (log.records[0], log.records[2])] == [
        at_run,
        at_task,
    ]


def test_what_the_level_leaves_out_is_not_written(log: pytest.LogCaptureFixture) -> None:
    log.set_level(logging.WARNING, logger="typedflow")
    run(Flow("f", int).step("a", lambda _: None), 1)
    assert lines(log) == []

"""Events as records of a log."""

from __future__ import annotations

import contextlib
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow import Event, Flow, StepFailedError
from typedflow.listeners import inline, logs
from typedflow.listeners.logs import log_events
from typedflow.testing import RecordedEvents, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG, logger="typedflow"):
        yield caplog


def run(flow: Flow[Any, Any], flow_input: object) -> RecordedEvents:
    """Run it, to a failure perhaps, without waiting for retries."""
    events = RecordedEvents()

    async def run() -> None:
        with contextlib.suppress(StepFailedError):
            await flow.run(flow_input, listeners=[log_events, inline(events.append)])

    trio.run(run, clock=VirtualClock())
    return events


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """The lines, without the identifier of the run, and without durations."""
    found = [f"{record.levelname} {record.getMessage()}" for record in log.records]
    return [re.sub(r", run [-0-9a-f]{36}", "", re.sub(r"after \d+\.\d\d s", "after N s", line)) for line in found]


def test_every_event_is_a_line(log: pytest.LogCaptureFixture) -> None:
    run(Flow("f", list[int]).map("each", lambda _: None, over="run").step("last", lambda _: 1), [7])
    assert sorted(lines(log)) == [
        'DEBUG flow "f", step "each", item 0: attempt 1 completed after N s',
        'DEBUG flow "f", step "each", item 0: attempt 1 started',
        'DEBUG flow "f", step "last": attempt 1 completed after N s',
        'DEBUG flow "f", step "last": attempt 1 started',
        'INFO flow "f", step "each": completed after N s',
        'INFO flow "f", step "each": started with 1 item',
        'INFO flow "f", step "last": completed after N s',
        'INFO flow "f", step "last": started',
        'INFO flow "f": completed after N s',
        'INFO flow "f": started',
    ]
    assert {record.name for record in log.records} == {"typedflow"}


def test_a_line_has_the_run_and_how_long_it_took(log: pytest.LogCaptureFixture) -> None:
    run_id = run(Flow("f", int, max_attempts=3, base_delay=2).step("a", fail_once()), 1)[0].run_id
    assert [record.getMessage() for record in log.records][-3:] == [
        f'flow "f", run {run_id}, step "a": attempt 2 completed after 1.50 s',
        f'flow "f", run {run_id}, step "a": completed after 5.00 s',
        f'flow "f", run {run_id}: completed after 5.00 s',
    ]


def fail_once() -> Callable[[object], Awaitable[None]]:
    tried: list[int] = []

    async def handler(_: object) -> None:
        tried.append(1)
        await trio.sleep(1.5)
        if len(tried) == 1:
            raise ValueError("no")

    return handler


def test_a_retry_is_a_warning_and_a_failure_an_error_with_the_traceback_of_the_handler(
    log: pytest.LogCaptureFixture,
) -> None:
    def fail(_: object) -> None:
        raise ValueError("no")

    run(Flow("f", int, max_attempts=2, base_delay=0.5).step("a", fail), 1)
    assert [line for line in lines(log) if not re.match("INFO|DEBUG", line)] == [
        'WARNING flow "f", step "a": attempt 1 failed after N s, retrying in 0.5 s: ValueError: no',
        'ERROR flow "f", step "a": attempt 2 failed after N s: ValueError: no',
        'ERROR flow "f", step "a": failed after N s: ValueError: no',
        'ERROR flow "f": failed after N s: StepFailedError: step "a" failed at attempt 2: ValueError: no',
    ]
    (told,) = [record for record in log.records if record.exc_info]
    assert told.getMessage().endswith("s: ValueError: no")
    assert 'raise ValueError("no")' in log.text


def test_errors_of_typedflow_name_the_step_once(log: pytest.LogCaptureFixture) -> None:
    def read(inputs: dict[str, object]) -> object:
        return inputs["b"]

    run(Flow("f", int).step("a", read), 1)
    reason = 'UndeclaredInputError: it reads "b", which it does not depend on; it has no dependencies. '
    assert [line.partition(" Add")[0] + " " for line in lines(log)[3:]] == [
        f'ERROR flow "f", step "a": attempt 1 failed after N s: {reason}',
        f'ERROR flow "f", step "a": failed after N s: {reason}',
        f'ERROR flow "f": failed after N s: StepFailedError: step "a" failed at attempt 1: {reason}',
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\nsecond line", "ValueError: \\x1b[2J\nsecond line"),
        ("x" * 5_000_000, "... (5,000,"),
        ("plain\ntext", "ValueError: plain\ntext"),
    ],
)
def test_a_traceback_has_no_control_characters_and_is_not_endless(
    log: pytest.LogCaptureFixture, text: str, shown: str
) -> None:
    def fail(_: object) -> None:
        raise ValueError(text)

    run(Flow("f", int, max_attempts=1).step("a", fail), 1)
    assert shown in log.text
    assert "\x1b" not in log.text
    assert len(log.text) < 100_000
    (record,) = [record for record in log.records if record.exc_info]
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == text


def test_a_skip_says_why(log: pytest.LogCaptureFixture) -> None:
    run(Flow("f", int).step("a", lambda _: None, if_=2), 1)
    assert 'INFO flow "f", step "a": skipped (condition_unmet)' in lines(log)


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


def test_tasks_have_lines_where_the_run_and_the_step_are_not_known(log: pytest.LogCaptureFixture) -> None:
    with log.at_level(logging.DEBUG):
        log_events(Event("task", "started", "shop", "run 1", "pay", 2, 1, 2.0, 2.0))
        log_events(Event("task", "completed", "shop", "run 1", "pay", 2, 1, 3.0, 3.0))
    assert log.messages == [
        'flow "shop", run run 1, step "pay", item 2: attempt 1 started',
        'flow "shop", run run 1, step "pay", item 2: attempt 1 completed after 1.00 s',
    ]
    assert logs._runs == {}  # noqa: SLF001  nothing is kept

"""What listeners show of a step that waits: one whose output is delivered, and one that waits in vain."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import trio
from rich.console import Console

from tests.unit.listeners.test_logs import lines
from tests.unit.listeners.test_tracing import Recorder
from typedflow import Flow
from typedflow._cli.progress.plain_lines import PlainLines
from typedflow._cli.progress.step_table import StepTable
from typedflow.listeners import inline
from typedflow.listeners.logs import log_events
from typedflow.listeners.tracing import RunTracer
from typedflow.testing import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from typedflow import Event

FLOW = Flow("f", int).wait("go", None).wait("late", int, timeout=60, when_exhausted="skip")


def run(listener: Callable[[Event], object], at_first: Callable[[], object] = lambda: None) -> None:
    async def main() -> None:
        async with FLOW.start(1, listeners=[inline(listener)]) as handle:
            await trio.sleep(5)
            at_first()
            handle.deliver("go", None)

    trio.run(main, clock=VirtualClock())


def test_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="typedflow"):
        run(log_events)
    late = "DeliveryTimeoutError: nothing was delivered within its timeout of 60 s. when_exhausted says what follows"
    assert [line.partition(" from that")[0] for line in lines(caplog)] == [
        'INFO flow "f": started',
        'INFO flow "f", step "go": started',
        'INFO flow "f", step "go": waiting for a delivery',
        'INFO flow "f", step "late": started',
        'INFO flow "f", step "late": waiting for a delivery, for 60 s',
        'INFO flow "f", step "go": completed after N s',
        f'ERROR flow "f", step "late": attempt 1 failed after N s: {late}',
        f'INFO flow "f", step "late": skipped after N s (handler_failed): {late}',
        'INFO flow "f": completed after N s',
    ]


def test_spans() -> None:
    recorder = Recorder()
    run(RunTracer(recorder.provider).in_place)
    spans = {span.name: span for span in recorder.spans}
    assert set(spans) == {"run f", "step go", "wait go", "step late", "wait late"}


def test_lines(capsys: pytest.CaptureFixture[str]) -> None:
    run(PlainLines())
    assert capsys.readouterr().err == (
        'flow "f" started\n'
        'step "go" started\nstep "go" waits for a delivery\n'
        'step "late" started\nstep "late" waits for a delivery, for 60 s\n'
        'step "go" completed after 5.00 s\n'
        'step "late" skipped: nothing was delivered within 60 s\n'
        'flow "f" completed after 60.00 s\n'
    )


def test_a_table() -> None:
    console = Console(width=60)
    table = StepTable(FLOW.definition, console)
    shown: list[str] = []

    def show() -> None:
        with console.capture() as capture:
            console.print(table)
        shown.append(capture.get())

    run(table, show)
    show()
    assert [[line.split()[:2] for line in text.splitlines()[:2]] for text in shown] == [
        [["go", "waiting"], ["late", "waiting"]],
        [["go", "completed"], ["late", "skipped"]],
    ]

"""A handler that blocks trio's loop for long is logged, once for each step of a run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import trio

from typedflow import Flow
from typedflow.engines import _handler_call

if TYPE_CHECKING:
    from collections.abc import Callable


def block() -> None:
    time.sleep(0.002)


async def before_it_waits(_: object) -> None:
    block()
    await trio.lowlevel.checkpoint()


async def after_it_has_waited(_: object) -> None:
    await trio.lowlevel.checkpoint()
    block()


async def between(_: object) -> None:
    await trio.lowlevel.checkpoint()
    block()
    await trio.lowlevel.checkpoint()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return what was logged, with a limit of a thousandth of a second."""
    monkeypatch.setattr(_handler_call, "LONGEST_BLOCK", 0.001)
    return lambda: [record.getMessage() for record in caplog.records if record.name == "typedflow"]


@pytest.mark.parametrize("handler", [before_it_waits, after_it_has_waited, between, lambda _: block()])
def test_it_is_named_once(handler: Callable[..., object], logged: Callable[[], list[str]]) -> None:
    flow = Flow("f", list[int]).map("nap", handler, over="run")
    flow.run_sync([1, 2, 3])

    (message,) = logged()
    seconds = message.split("for ")[1].split(" s.")[0]
    assert message == (
        f'Flow "f": the handler of step "nap" blocked the run for {seconds} s. Nothing else could run meanwhile, and '
        'no timeout could end it. Make it a def with runs_in="thread", or await what it waits for.'
    )

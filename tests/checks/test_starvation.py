"""However much there is to do at once, others run meanwhile, and it can be cancelled soon."""

import gc
import math
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trio
import trio.lowlevel

from typedflow import FlowDefinition
from typedflow.engines._local.runs import execute

SIZE = 100_000


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """To collect what other tests have left may take longer than what is measured."""
    gc.disable()
    yield
    gc.enable()


def chain() -> FlowDefinition:
    """Handlers that never suspend, one after another."""
    flow = FlowDefinition("f", Any)
    for i in range(SIZE):
        flow = flow.with_step(f"s{i}", lambda _: None, [f"s{i - 1}"] if i else [])
    return flow


def skipped() -> FlowDefinition:
    """Steps that are skipped, and no handler."""
    flow = FlowDefinition("f", Any)
    for i in range(SIZE):
        flow = flow.with_step(f"s{i}", lambda _: None, if_={"wanted": True})
    return flow


def skipped_below() -> FlowDefinition:
    """One step that is skipped with all below it."""
    flow = FlowDefinition("f", Any).with_step("first", lambda _: None, if_={"wanted": True}, when_unmet="skip_cascade")
    for i in range(SIZE):
        flow = flow.with_step(f"s{i}", lambda _: None, ["first"])
    return flow


def empty_maps() -> FlowDefinition:
    """Map steps that have no item."""
    flow = FlowDefinition("f", Any).with_step("items", lambda _: [])
    for i in range(SIZE):
        flow = flow.with_map(f"s{i}", lambda _: None, "items")
    return flow


def large_condition() -> FlowDefinition:
    """Conditions that are about the same large value."""
    flow = FlowDefinition("f", Any)
    for i in range(20_000):
        flow = flow.with_step(f"s{i}", lambda _: None, if_={"wanted": True})
    return flow


@pytest.mark.parametrize("make", [chain, skipped, skipped_below, empty_maps, large_condition])
async def test_others_run_meanwhile_and_it_can_be_cancelled_soon(make: Any) -> None:
    flow = make()
    flow_input = {"numbers": list(range(20_000))} if make is large_condition else {}
    ticks, deadline, worked_before = 0, -math.inf, 0.0

    async def tick() -> None:
        nonlocal ticks, worked_before
        while True:
            await trio.lowlevel.checkpoint()
            ticks += 1
            if trio.current_time() < deadline:
                worked_before = time.thread_time()

    async def lateness() -> float:
        """Seconds for which this thread works after the deadline: other programs may hold it up for longer."""
        nonlocal deadline, worked_before
        with trio.move_on_after(0.03) as scope:
            deadline, worked_before = scope.deadline, time.thread_time()
            await execute(flow, flow_input)
        assert scope.cancelled_caught
        return time.thread_time() - worked_before

    async with trio.open_nursery() as nursery:
        nursery.start_soon(tick)
        # The first run is cancelled while it finds out what the steps declare.
        late = [await lateness() for _ in range(5)]
        await execute(flow, flow_input)
        before, ticks = ticks, 0
        late_when_known = [await lateness() for _ in range(5)]
        nursery.cancel_scope.cancel()
    assert before > 10
    assert ticks > 5
    # The best of some, as the processor may be shared.
    assert min(late) < 0.05
    assert min(late_when_known) < 0.05

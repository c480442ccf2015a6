"""A journal stands between the end of a handler and the start of its dependents.

The whole conformance suite runs with such a journal as well: ``tests/conformance/runner.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import trio.testing

from tests.conformance.journal import InMemoryJournal
from typedflow import FlowDefinition
from typedflow.engines._local.execution import Execution
from typedflow.testing import RecordedEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from typedflow import Event


class JournalledRun:
    """A run whose changes are committed by hand."""

    def __init__(self) -> None:
        self.journal = InMemoryJournal()
        self.events = RecordedEvents()
        self.started: list[str] = []
        self.execution: Execution

    def handler(self, name: str, output: object = None) -> Any:
        async def handle(_: Any) -> object:
            self.started.append(name)
            await trio.lowlevel.checkpoint()
            if isinstance(output, Exception):
                raise output
            return output

        return handle

    async def start(self, nursery: trio.Nursery, flow: FlowDefinition) -> None:
        self.execution = await Execution.prepare(flow, None, {}, journal=self.journal, in_place=[self.events.append])
        nursery.start_soon(self.execution.run)
        await trio.testing.wait_all_tasks_blocked()

    def status(self) -> str:
        return self.execution.schedule.status

    async def commit(self) -> None:
        self.journal.commit()
        await trio.testing.wait_all_tasks_blocked()


@pytest.fixture
def run() -> JournalledRun:
    return JournalledRun()


@pytest.fixture
async def nursery() -> AsyncIterator[trio.Nursery]:
    async with trio.open_nursery() as nursery:
        yield nursery


async def test_no_dependent_starts_and_no_listener_receives_an_event_before_the_commit(
    run: JournalledRun, nursery: trio.Nursery
) -> None:
    flow = FlowDefinition("f", Any).with_step("a", run.handler("a", 1)).with_step("b", run.handler("b", 2), ["a"])
    await run.start(nursery, flow)
    assert [(change.step, change.status, change.output) for change in run.journal.held] == [("a", "completed", 1)]
    assert run.started == ["a"]
    assert run.events.words == ["run started", "a started", "a[0] started 1"]

    await run.commit()
    assert run.started == ["a", "b"]
    assert run.events.words[3:] == ["a[0] completed 1", "a completed", "b started", "b[0] started 1"]
    assert run.status() == "started"

    await run.commit()
    assert run.status() == "completed"
    assert run.execution.outputs() == {"a": 1, "b": 2}
    assert run.events == run.journal.committed


async def test_others_start_while_a_completion_is_held_back(run: JournalledRun, nursery: trio.Nursery) -> None:
    flow = FlowDefinition("f", Any).with_step("a", run.handler("a")).with_step("b", run.handler("b"))
    await run.start(nursery, flow)
    assert run.started == ["a", "b"]
    await run.commit()
    assert run.status() == "completed"


async def test_an_attempt_that_failed_is_recorded_before_the_next_one(
    run: JournalledRun, nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    outputs = [ValueError("no"), 1]

    async def fail_once(_: Any) -> object:
        return await run.handler("a", outputs.pop(0))(None)

    await run.start(nursery, FlowDefinition("f", Any).with_step("a", fail_once, max_attempts=2))
    await trio.sleep(10)
    assert run.started == ["a"]
    await run.commit()
    await trio.sleep(10)
    assert run.started == ["a", "a"]
    await run.commit()
    assert run.execution.outputs() == {"a": 1}


async def test_what_is_held_back_is_committed_before_a_cancelled_run_ends(run: JournalledRun) -> None:
    flow = FlowDefinition("f", Any).with_step("a", run.handler("a", 1)).with_step("b", run.handler("b"), ["a"])
    async with trio.open_nursery() as nursery:
        await run.start(nursery, flow)
        nursery.cancel_scope.cancel()
    assert run.started == ["a"]
    assert run.execution.schedule.outputs == {"a": 1}
    assert run.events.words[3:] == ["a[0] completed 1", "a completed", "run cancelled"]
    assert run.events == run.journal.committed


class TooEarly(InMemoryJournal):
    """Says that it holds a change back, and commits it all the same."""

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        is_held = super().record(change, proceed)
        if is_held:
            proceed(change)
        return is_held


async def test_a_journal_that_proceeds_while_it_records_gets_an_error_that_says_so(run: JournalledRun) -> None:
    run.journal = TooEarly()
    flow = FlowDefinition("f", Any).with_step("a", run.handler("a", 1))
    execution = await Execution.prepare(flow, None, {}, journal=run.journal)
    with pytest.raises(RuntimeError, match="must not call proceed"):
        await execution.run()


class Full(InMemoryJournal):
    """Has no space for the end of an attempt."""

    def record(self, change: Event, proceed: Callable[[Event], None]) -> bool:
        if change.subject == "task" and change.status == "completed":
            raise OSError("no space left")
        return super().record(change, proceed)


async def test_a_journal_that_fails_ends_the_run_before_anything_follows(run: JournalledRun) -> None:
    run.journal = Full()
    flow = FlowDefinition("f", Any).with_step("a", run.handler("a", 1)).with_step("b", run.handler("b"), ["a"])
    execution = await Execution.prepare(flow, None, {}, journal=run.journal)
    with pytest.raises(OSError, match="no space left"):
        await execution.run()
    assert run.started == ["a"]

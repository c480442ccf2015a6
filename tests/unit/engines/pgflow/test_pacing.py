"""Which messages a worker holds back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import trio

from typedflow import Flow, RateLimit
from typedflow.engines._tasks.plan import Plan
from typedflow.engines.pgflow._compiled import CompiledFlow
from typedflow.engines.pgflow._features import Features
from typedflow.engines.pgflow._history import TaskHistory
from typedflow.engines.pgflow._pacing import Pacing
from typedflow.engines.pgflow._turn import ClaimedTask, TaskKey

if TYPE_CHECKING:
    import pytest

    from typedflow.engines.pgflow._turn import Message

RUN, OTHER = uuid4(), uuid4()
FLOW = (
    Flow("shop", list[int])
    .map("two", lambda i: i, over="run", max_concurrency=2)
    .map("many", lambda i: i, over="run")
    .step("rated", lambda _: 1, rate_limit=RateLimit(2, 10))
)


def pacing(room: int = 50) -> tuple[Pacing, CompiledFlow]:
    compiled = CompiledFlow.of(FLOW.definition, Features())
    return Pacing(compiled, trio.run(Plan.of, FLOW.definition), room, lambda *_: False), compiled


def messages(step: str, *numbers: int, run: UUID = RUN) -> list[Message]:
    return [(number, {"run_id": str(run), "step_slug": step}) for number in numbers]


def task(compiled: CompiledFlow, step: str, index: int = 0) -> ClaimedTask:
    return ClaimedTask(TaskKey(RUN, step, index), compiled[step], 1, None, 0, TaskHistory(), 0.0)


def ids(found: list[Message]) -> list[Any]:
    return [message for message, _ in found]


def test_as_many_items_of_a_map_start_in_a_run_as_may_be_executed() -> None:
    paced, compiled = pacing()
    assert paced.release(50) == []
    assert ids(paced.admit(messages("two", 1, 2, 3, 4) + messages("two", 5, run=OTHER))) == [1, 2, 5]
    for index in range(2):
        paced.begin(task(compiled, "two", index))
    assert paced.release(50) == []
    # A message that comes back, because its visibility is over, is not held back twice.
    assert ids(paced.admit(messages("two", 3) + messages("many", 6))) == [6]
    paced.end(task(compiled, "two"))
    assert ids(paced.release(50)) == [3]
    paced.begin(task(compiled, "two", 2))
    for index in (1, 2):
        paced.end(task(compiled, "two", index))
    assert paced.release(0) == []
    assert ids(paced.release(1)) == [4]


def test_a_limit_that_a_worker_cannot_reach_is_none() -> None:
    paced, _ = pacing(room=2)
    assert ids(paced.admit(messages("two", *range(10)))) == list(range(10))


def test_a_rate_limit_holds_back_until_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.perf_counter", lambda: now)
    paced, _ = pacing()
    paced.release(50)
    assert ids(paced.admit(messages("rated", 1, 2, 3) + messages("many", 4))) == [1, 2, 4]
    assert paced.delay == 10.0
    assert paced.release(50) == []
    now += 10
    assert paced.delay == 0.0
    assert ids(paced.release(50)) == [3]

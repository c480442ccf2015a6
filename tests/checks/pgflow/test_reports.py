"""What pgflow's users have reported, and what a worker does about it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
import trio

from tests.checks.pgflow.working import ask, start, wait_for, working
from typedflow import Flow
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy
from typedflow.engines.pgflow._history import Failure, TaskHistory
from typedflow.engines.pgflow._queue import FlowQueue
from typedflow.engines.pgflow._turn import Completion, Exhausted, Retry, Turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow.engines.pgflow._compiled import CompiledFlow
    from typedflow.engines.pgflow._turn import ClaimedTask

FLOW = Flow("shop", int).step("a", lambda _: 1).step("b", lambda _: 2).step("c", lambda _: 3, depends_on=["a", "b"])


class Worker:
    """A worker that does only what a test has it do."""

    def __init__(self, address: str, compiled: CompiledFlow) -> None:
        self.connection = psycopg.connect(address, autocommit=True)
        self.queue = FlowQueue(compiled, uuid4())
        self.queue.register(self.connection)

    def read(self, room: int = 10) -> Turn:
        turn = Turn([])
        turn.messages = self.queue.complete_and_read(self.connection, turn, room)
        return turn

    def claim(self) -> list[ClaimedTask]:
        turn = self.read()
        self.queue.claim(self.connection, turn)
        return sorted(turn.claimed, key=lambda task: task.key)

    def report(self, *reports: Any) -> list[bool]:
        """Report, and return which of the reports were accepted."""
        turn = Turn(list(reports))
        self.queue.complete_and_read(self.connection, turn, 0)
        self.queue.queue_again(self.connection, turn)
        self.queue.exhaust(self.connection, turn)
        assert not turn.reports
        return [report in turn.accepted for report in reports]


@pytest.fixture
def workers(engine_database: str) -> Iterator[list[Worker]]:
    """Two workers, and a run."""
    with Database(engine_database) as database:
        compiled = deploy(database, FLOW.definition).compiled
    start(engine_database, FLOW)
    found = [Worker(engine_database, compiled) for _ in range(2)]
    yield found
    for worker in found:
        worker.connection.close()


def retried(task: ClaimedTask, delay: float = 0) -> Retry:
    return Retry(task, task.history.failed(Failure(1, 0.0, 0.0)), "it failed", delay)


def exhausted(task: ClaimedTask) -> Exhausted:
    return Exhausted(task, TaskHistory(), "it failed", OSError())


def test_a_message_is_claimed_once(workers: list[Worker]) -> None:
    first, second = workers
    turn = first.read()
    other = Turn([], list(turn.messages))
    first.queue.claim(first.connection, turn)
    second.queue.claim(second.connection, other)
    assert [len(each.claimed) for each in (turn, other)] == [2, 0]
    assert second.claim() == []


def test_two_claims_of_one_message_that_race_give_it_to_one(workers: list[Worker]) -> None:
    """pgflow's start_tasks gives it to both."""
    turns = [workers[0].read(), Turn([])]
    turns[1].messages = list(turns[0].messages)
    barrier = threading.Barrier(2)

    def claim(worker: Worker, turn: Turn) -> None:
        barrier.wait()
        worker.queue.claim(worker.connection, turn)

    threads = [threading.Thread(target=claim, args=pair) for pair in zip(workers, turns, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(len(turn.claimed) for turn in turns) == 2


def test_a_completion_counts_once_and_a_late_one_not(engine_database: str, workers: list[Worker]) -> None:
    first, second = workers
    a, b = first.claim()
    assert first.report(Completion(a, "1")) == [True]
    assert first.report(Completion(a, "10"), retried(a), exhausted(a)) == [False] * 3
    assert second.report(Completion(b, "20")) == [False]
    # The worker is taken for dead, and another one executes the task: what the first one reports is late.
    assert FlowQueue.lost_tasks(second.queue, second.connection, 3600.0) == []
    assert first.report(retried(b)) == [True]
    (again,) = second.claim()
    assert (again.key, again.claim, again.history.interruptions) == (b.key, 2, 1)
    assert first.report(Completion(b, "30"), retried(b), exhausted(b)) == [False] * 3
    assert second.report(Completion(again, "2")) == [True]
    (c,) = first.claim()
    assert c.given | {"run": 1} == {"run": 1, "a": 1, "b": 2}  # newer versions give the flow input beside it
    assert first.report(Completion(c, "3")) == [True]
    assert ask(engine_database, "select status, output from pgflow.runs") == [("completed", {"c": 3})]
    assert first.report(Completion(c, "4"), exhausted(c)) == [False] * 2
    assert ask(engine_database, "select count(*) from pgmq.q_shop") == [(0,)]


def test_a_report_that_is_repeated_because_its_answer_got_lost_changes_nothing(workers: list[Worker]) -> None:
    first, _ = workers
    a, b = first.claim()
    assert first.report(retried(a), Completion(b, "1")) == [True, True]
    assert first.report(retried(a), Completion(b, "1")) == [False, False]
    # The same worker has claimed it again: the repetition is that of an earlier claim.
    (again,) = first.claim()
    assert again.key == a.key
    assert first.report(retried(a), exhausted(a), Completion(a, "5")) == [False] * 3
    assert first.report(Completion(again, "2")) == [True]


def test_a_delay_is_kept_and_a_failure_ends_the_run(engine_database: str, workers: list[Worker]) -> None:
    first, second = workers
    a, b = first.claim()
    assert first.report(retried(a, 1000)) == [True]
    assert second.claim() == []
    assert first.report(exhausted(b)) == [True]
    assert ask(engine_database, "select status from pgflow.runs") == [("failed",)]
    assert ask(engine_database, "select count(*) from pgmq.q_shop") == [(0,)]
    assert first.report(Completion(b, "1")) == [False]


def test_a_worker_knows_what_it_has_claimed(workers: list[Worker]) -> None:
    first, second = workers
    claimed = first.claim()
    assert sorted(task.key for task in first.queue.claimed_tasks(first.connection)) == [task.key for task in claimed]
    assert second.queue.claimed_tasks(second.connection) == []


def test_lost_tasks_are_those_whose_workers_are_silent_or_gone(engine_database: str, workers: list[Worker]) -> None:
    first, second = workers
    keys = [task.key for task in first.claim()]
    second.connection.execute(
        "update pgflow.workers set last_heartbeat_at = now() - interval '1 minute' where worker_id = %s",
        (first.queue._worker_id,),  # noqa: SLF001  what a clock would do
    )
    lost = second.queue.lost_tasks(second.connection, 15.0)
    assert [(worker_id, task.key) for worker_id, task in lost] == [(first.queue._worker_id, key) for key in keys]  # noqa: SLF001
    assert second.queue.lost_tasks(second.connection, 90.0) == []
    ask(engine_database, "delete from pgflow.workers where worker_id = %s", first.queue._worker_id)  # noqa: SLF001
    assert [worker_id for worker_id, _ in second.queue.lost_tasks(second.connection, 90.0)] == [None, None]


async def test_null_unicode_and_large_outputs_come_back(engine_database: str) -> None:
    large = "äöü\u2028😀" * (4 * 1024 * 1024 // 13)
    flow = Flow("shop", int).step("null", lambda _: None).step("large", lambda _: large).step("list", lambda _: [None])
    flow = flow.step("read", lambda i: [i["null"], i["large"], i["list"]], depends_on=["null", "large", "list"])
    with PgflowEngine(engine_database) as engine:
        async with working(engine_database, flow):
            found = dict(await engine.run(flow, 1))
    assert len(json.dumps(large, ensure_ascii=False).encode()) > 4 * 1000 * 1000
    assert found == {"null": None, "large": large, "list": [None], "read": [None, large, [None]]}


async def test_a_map_of_10_000_items(engine_database: str) -> None:
    flow = Flow("shop", int).step("items", lambda _: list(range(10_000))).map("each", lambda i: i + 1, over="items")
    with PgflowEngine(engine_database) as engine:
        async with working(engine_database, flow, max_concurrency=200):
            found = dict(await engine.run(flow, 1))
    assert found["each"] == list(range(1, 10_001))


async def test_two_deployments_work_on_a_flow_together(engine_database: str) -> None:
    """As during a rolling upgrade: handlers differ, the shape does not."""

    def version(number: int) -> Flow[Any, Any]:
        async def handler(_: Any) -> int:
            await trio.sleep(0.01)
            return number

        return Flow("shop", int).step("a", handler)

    old, new = version(1), version(2)
    with PgflowEngine(engine_database) as engine:
        async with (
            working(engine_database, old, max_concurrency=1),
            working(engine_database, new, max_concurrency=1),
        ):
            await wait_for(lambda: len(ask(engine_database, "select worker_id from pgflow.workers")) == 2)
            found: list[int] = []

            async def run() -> None:
                found.append((await engine.run(old, 1))["a"])

            async with trio.open_nursery() as nursery:
                for _ in range(40):
                    nursery.start_soon(run)
    assert set(found) == {1, 2}


def test_deploys_that_race_deploy_once(engine_database: str) -> None:
    outcomes: list[str] = []

    def put() -> None:
        with Database(engine_database) as database:
            outcomes.append(deploy(database, FLOW.definition).outcome)

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["deployed", "unchanged", "unchanged", "unchanged"]

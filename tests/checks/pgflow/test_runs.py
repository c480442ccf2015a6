"""Looking at runs on pgflow, and administering them, from Python and by the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click.testing
import pytest
import trio

from tests.checks.pgflow.working import ask, wait_for, working
from typedflow import DeliveryError, Flow, RunClaimedError, RunEndedError, StepFailedError, UnknownRunError
from typedflow._cli.command import typedflow
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._run_id import run_uuid
from typedflow.engines.pgflow._runs import PgflowRuns
from typedflow.stores import RunLog

if TYPE_CHECKING:
    from collections.abc import Iterator


def breaks(inputs: Any) -> int:
    raise ValueError("no money")


order = (
    Flow("order", int)
    .step("find", lambda i: [i["run"], 2])
    .step("tax", lambda i: 1, if_=lambda i: i["run"] > 5)
    .map("items", lambda i: 10 // (i["item"] - 2), over="find", depends_on=["tax"], when_exhausted="none")
)
paying = (
    Flow("paying", int).step("find", lambda i: 1).step("pay", breaks, depends_on=["find"], max_attempts=2, base_delay=0)
)
waiting = Flow("waiting", int).step("a", lambda i: 1).wait("answer", int, depends_on=["a"])


@pytest.fixture
def address(engine_database: str) -> str:
    return engine_database


@pytest.fixture
def runs(address: str) -> Iterator[PgflowRuns]:
    """Three runs: one has completed, one has failed, and one waits for a delivery."""

    async def run_all() -> None:
        with PgflowEngine(address) as engine:
            async with working(address, order, paying, waiting):
                await engine.run(order, 1, run_id="order")
                with pytest.raises(StepFailedError):
                    await engine.run(paying, 1, run_id="paying")
                async with engine.start(waiting, 1, run_id="waiting") as run:
                    await run.output("a")

    trio.run(run_all)
    with PgflowRuns(Database(address)) as opened:
        yield opened


def test_runs_are_those_of_a_run_log(runs: PgflowRuns) -> None:
    assert isinstance(runs, RunLog)
    assert [(run.flow, run.status, run.steps_done) for run in runs.runs()] == [
        ("waiting", "started", 1),
        ("paying", "failed", 1),
        ("order", "completed", 3),
    ]
    newest = runs.runs(limit=1)[0]
    assert newest.waiting == ("answer",)
    assert [run.flow for run in runs.runs(before=newest.run_id)] == ["paying", "order"]
    assert [run.flow for run in runs.runs(prefix=newest.run_id[:9])] == ["waiting"]
    assert [run.flow for run in runs.runs(status="failed", flow="paying")] == ["paying"]
    assert runs.runs(since=timedelta(seconds=-1)) == []
    found = {status: [run.flow for run in runs.runs(status=status)] for status in ("completed", "waiting", "cancelled")}
    assert found == {"completed": ["order"], "waiting": ["waiting"], "cancelled": []}


def test_steps_tasks_and_failures_of_a_run(runs: PgflowRuns) -> None:
    steps = {step.step: (step.status, step.reason, step.items, dict(step.tasks)) for step in runs.steps("order")}
    assert steps == {
        "find": ("completed", None, None, {"completed": 1}),
        "tax": ("skipped", "condition_unmet", None, {}),
        "items": ("completed", None, 2, {"completed": 1, "failed": 1}),
    }
    tasks = [(task.step, task.task_index, task.status, task.output) for task in runs.tasks("order", step="items")]
    assert [task[:3] for task in tasks] == [("items", 0, "completed"), ("items", 1, "failed")]
    assert json.loads(str(tasks[0][3].data if tasks[0][3] else "")) == -10
    assert [task.task_index for task in runs.tasks("order", step="items", limit=1, offset=1)] == [1]
    assert [failure.error.type if failure.error else "" for failure in runs.failures("order")] == ["ZeroDivisionError"]
    failures = [(each.step, each.attempt, each.kind) for each in runs.failures("paying")]
    assert failures == [("pay", 1, "failed"), ("pay", 2, "failed")]
    error = runs.run("paying").error
    assert error is not None
    assert (error.type, error.message) == ("ValueError", "no money")


def test_a_run_is_administered(runs: PgflowRuns, address: str) -> None:
    async def work() -> None:
        async with working(address, waiting):
            await wait_for(lambda: runs.run("waiting").status == "completed")

    revision = runs.revision()
    with pytest.raises(RunClaimedError):
        runs.delete("waiting")
    with pytest.raises(RunEndedError):
        runs.cancel("order")
    with pytest.raises(DeliveryError):
        runs.deliver("waiting", "a", 1)
    runs.deliver("waiting", "answer", 42)
    with pytest.raises(DeliveryError, match="its output was delivered already"):
        runs.deliver("waiting", "answer", 43)
    trio.run(work)
    assert runs.revision() != revision
    retried = runs.retry("paying", ["pay"])
    assert (retried.status, retried.steps_done) == ("started", 1)
    assert runs.cancel(retried.run_id).status == "cancelled"
    runs.delete("order")
    with pytest.raises(UnknownRunError):
        runs.run("order")
    counted: list[int] = []
    assert runs.prune(older_than=timedelta(0), status="cancelled") == 1
    assert runs.prune(older_than=timedelta(0), on_batch=counted.append) == 2
    assert counted == [2]
    assert runs.runs() == []


def test_deleted_runs_leave_nothing(runs: PgflowRuns, address: str) -> None:
    runs.prune(older_than=timedelta(0))
    for flow in ("order", "paying"):
        for table in (f"pgmq.q_{flow}", f"pgmq.a_{flow}"):
            assert ask(address, f"select count(*) from {table}") == [(0,)]  # noqa: S608  a name of this test
    assert [run.flow for run in runs.runs()] == ["waiting"]


def test_the_commands_are_those_of_a_store(runs: PgflowRuns, address: str) -> None:
    url = f"postgresql:///?{'&'.join(part for part in address.split())}".replace("dbname=", "dbname=")
    invoke = click.testing.CliRunner()

    def called(*arguments: str, **options: Any) -> click.testing.Result:
        return invoke.invoke(typedflow, ["runs", *arguments, "--engine", url], **options)

    listed = json.loads(called("list", "--json").stdout)
    assert [(run["flow"], run["status"]) for run in listed] == [
        ("waiting", "started"),
        ("paying", "failed"),
        ("order", "completed"),
    ]
    paying_id = str(run_uuid("paying"))
    shown = called("show", "paying").stdout
    assert f"run      {paying_id}\nflow     paying\nstatus   failed\n" in shown
    assert 'raise ValueError("no money")' in shown
    delivered = called("deliver", "waiting", "answer", "42")
    waiting_id = run_uuid("waiting")
    assert delivered.stderr == f'step "answer" of run "{waiting_id}" has its output; the run continues.\n'
    ended = called("cancel", "order")
    assert ended.exit_code == 1
    assert ended.stderr == (
        f'Error: engine "{runs.name}": run "{run_uuid("order")}" of flow "order" has ended: it is completed.\n'
    )
    assert called("show", "none").stderr.startswith(f'Error: engine "{runs.name}": there is no run "none".')
    both = invoke.invoke(typedflow, ["runs", "list", "--engine", url, "--store", "runs.db"])
    assert both.stderr.splitlines()[-1] == "Error: --store and --engine contradict each other. Give one of them."
    assert called("delete", "order", "--yes").stderr.endswith("Deleted 1 run.\n")

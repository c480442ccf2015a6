"""Looking at runs on pgflow, and administering them, from Python and by the command line."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click.testing
import pytest
import trio
from psycopg.conninfo import conninfo_to_dict

from tests.checks.pgflow.working import ask, start, wait_for, working
from typedflow import DeliveryError, Flow, RunClaimedError, RunEndedError, StepFailedError, UnknownRunError
from typedflow._cli.command import typedflow
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._run_id import run_uuid
from typedflow.engines.pgflow._runs import PgflowRuns
from typedflow.exceptions import EngineError, NotDeployedError, StoreError
from typedflow.stores import RunLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def breaks(inputs: Any) -> int:
    raise ValueError("no money")


def number(_: Any) -> int:
    raise NotImplementedError


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
    assert runs.runs(since=datetime.now(UTC) + timedelta(minutes=1)) == []
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


def test_pages_of_failed_runs_leave_cancelled_ones_out(address: str) -> None:
    with PgflowEngine(address) as engine:
        engine.deploy(paying)
        log = engine.run_log
        ids = [start(address, paying) for _ in range(4)]
        for run_id in ids[1:]:
            log.cancel(str(run_id))
        ask(address, "update pgflow.runs set status = 'failed', failed_at = now() where run_id = %s", ids[0])
        assert [run.run_id for run in log.runs(status="failed", limit=1)] == [str(ids[0])]
        newest = log.runs(status="cancelled", limit=1)
        assert [run.run_id for run in newest] == [str(ids[3])]
        older = log.runs(status="cancelled", limit=1, before=newest[0].run_id)
        assert [run.run_id for run in older] == [str(ids[2])]


def test_a_run_without_workers_is_interrupted(address: str) -> None:
    with PgflowEngine(address) as engine:
        engine.deploy(paying)
        run_id = str(start(address, paying))
        assert [run.run_id for run in engine.runs(status="interrupted")] == [run_id]
        with pytest.raises(RunClaimedError) as caught:
            engine.run_log.delete(run_id)
        assert str(caught.value) == (
            f'engine "{engine.name}": run "{run_id}" is executed by workers, as soon as there are some. '
            "Wait until it has ended, or cancel it."
        )
        with pytest.raises(DeliveryError) as refused:
            engine.run_log.deliver(run_id, "pay", 1)
        assert str(refused.value).startswith(f'engine "{engine.name}": run "{run_id}", step "pay": nothing can be')


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda log: log.runs(limit=-1), "limit has to be a whole number of at least 0, or None, not -1."),
        (lambda log: log.runs(before="none"), 'there is no run "none".'),
        (lambda log: log.run(3), "run_id has to be a str, not 3."),
        (lambda log: log.tasks("none", offset=-1), "offset has to be a whole number of at least 0, not -1."),
        (
            lambda log: log.prune(older_than=timedelta(-1)),
            f"older_than has to be a timedelta of at least 0, such as timedelta(days=30), not {timedelta(-1)!r}.",
        ),
    ],
)
def test_wrong_arguments_are_refused_as_a_store_refuses_them(
    address: str, call: Callable[[RunLog], object], reason: str
) -> None:
    with PgflowEngine(address) as engine, pytest.raises(StoreError) as caught:
        call(engine.run_log)
    assert str(caught.value) == f'engine "{engine.name}": {reason}'


def test_times_without_a_zone_are_those_of_this_machine(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with PgflowEngine(address) as engine:
        engine.deploy(paying)
        start(address, paying)
        monkeypatch.setenv("TZ", "UTC-9")
        time.tzset()
        try:
            now = datetime.now()  # noqa: DTZ005  as a user writes it
            assert engine.runs(since=now + timedelta(minutes=1)) == []
            assert len(engine.runs(since=now - timedelta(minutes=1))) == 1
            assert len(engine.runs(since=timedelta(days=999_999))) == 1
        finally:
            monkeypatch.undo()
            time.tzset()


def test_runs_of_typescript_are_shown_before_anything_is_deployed_from_python(address: str) -> None:
    for statement in (
        "drop schema typedflow cascade",
        "select pgflow.create_flow('theirs')",
        "select pgflow.add_step('theirs', 'a')",
        "select pgflow.add_step('theirs', 'b', array['a'])",
        "select pgflow.start_flow('theirs', '1')",
        "select pgflow.start_tasks('theirs', array(select message_id from pgflow.step_tasks), null)",
        "select pgflow.complete_task(run_id, 'a', 0, '7') from pgflow.runs",
    ):
        ask(address, statement)
    with PgflowEngine(address) as engine:
        log = engine.run_log
        (run,) = log.runs(status="started")
        assert (run.flow, run.steps_done, log.failures(run.run_id)) == ("theirs", 1, [])
        assert [(step.step, step.status) for step in log.steps(run.run_id)] == [("a", "completed"), ("b", "created")]
        assert [str(task.output.data) for task in log.tasks(run.run_id) if task.output] == ["7"]
        with pytest.raises(NotDeployedError):
            engine.run_sync(paying, 1)
        assert log.cancel(run.run_id).status == "cancelled"
        assert log.prune(older_than=timedelta(0)) == 1
    assert ask(address, "select (select count(*) from pgmq.q_theirs), (select count(*) from pgmq.a_theirs)") == [(0, 0)]


def test_a_database_without_pgflow(database: str) -> None:
    with PgflowEngine(database) as engine, pytest.raises(EngineError) as caught:
        engine.runs()
    assert str(caught.value) == f'engine "{engine.name}": it does not have pgflow. Run typedflow engine install.'


FLOWS = """
from typedflow import Flow

def number(_) -> int: ...

kept = Flow("kept", int).step("a", number).wait("answer", int, depends_on=["a"])
changed = Flow("changed", int).step("a", number).step("more", number)
"""


def test_what_deploy_would_refuse_is_checked_and_no_password_is_shown(address: str, tmp_path: Path) -> None:
    (tmp_path / "flows_to_check.py").write_text(FLOWS)
    changed = Flow("changed", int).step("a", number)
    with PgflowEngine(address) as engine:
        engine.deploy(Flow("kept", int).step("a", number).wait("answer", int, depends_on=["a"]))
        engine.deploy(changed)
    run_id = start(address, changed)
    parts = conninfo_to_dict(address)
    url = f"postgresql://postgres:s3cret@/{parts['dbname']}?host={parts['host']}"
    invoke = click.testing.CliRunner()
    arguments = ["runs", "check", str(tmp_path / "flows_to_check.py"), "--engine", url]
    checked = invoke.invoke(typedflow, arguments)
    assert checked.exit_code == 1
    assert checked.stdout == (
        'flow "changed": 1 unfinished run, cannot be deployed\n  step "more" is new\nflow "kept": 0 unfinished runs\n'
    )
    assert checked.stderr == (
        "Error: 1 flow cannot be deployed. Give a changed flow a new slug, or replace it with typedflow engine deploy "
        "--replace, which deletes its runs.\n"
    )
    assert json.loads(invoke.invoke(typedflow, [*arguments, "--json"]).stdout) == [
        {
            "run_id": str(run_id),
            "flow": "changed",
            "is_resumable": False,
            "differences": ['step "more" is new'],
            "again": [],
        }
    ]
    mistaken = invoke.invoke(typedflow, ["cache", "list", "--store", url])
    assert mistaken.stderr == (
        "Error: --store takes the path of a file, not an address. Runs in Postgres are named by --engine.\n"
    )

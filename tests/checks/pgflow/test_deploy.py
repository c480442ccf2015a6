"""Flows that are put into a database, compared with what is there, and replaced."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import make_conninfo

from tests.checks.pgflow.working import ask, start, wait_for, working
from typedflow import Flow
from typedflow._cli.command import typedflow
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy
from typedflow.exceptions import DeployedShapeError, EngineError, UndeployableError

if TYPE_CHECKING:
    from typedflow.engines.pgflow import Deployment

STEPS = """
select step_slug, step_type, array(select dep_slug from pgflow.deps d
                                   where (d.flow_slug, d.step_slug) = (s.flow_slug, s.step_slug) order by dep_slug),
       opt_max_attempts, opt_base_delay, opt_timeout, opt_start_delay
from pgflow.steps s where flow_slug = %s order by step_index
"""


def numbers(_: Any) -> list[int]:
    return [1, 2]


def number(_: Any) -> int:
    return 1


def text(_: Any) -> str:
    return "1"


def put(address: str, flow: Flow[Any, Any], *, replaces: bool = False) -> Deployment:
    with Database(address) as database:
        return deploy(database, flow.definition, replaces=replaces)


def refusal(address: str, flow: Flow[Any, Any]) -> DeployedShapeError:
    with pytest.raises(DeployedShapeError) as caught:
        put(address, flow)
    return caught.value


def test_a_flow_is_deployed_once(engine_database: str) -> None:
    flow = (
        Flow("shop", int)
        .step("a", numbers, start_delay=0.5)
        .map("b", number, over="a", timeout=2.5)
        .wait("c", bool, depends_on=["b"])
        .step("d", number, depends_on=["c", "a"], max_attempts=3)
    )
    first, second = put(engine_database, flow), put(engine_database, flow)
    assert (first.outcome, second.outcome) == ("deployed", "unchanged")
    assert first.compiled == second.compiled
    year = 365 * 24 * 3600
    assert ask(engine_database, STEPS, "shop") == [
        ("a", "single", [], 61, None, year, 1),
        ("b", "map", ["a"], 61, None, 3, None),
        ("c", "single", ["b"], 61, None, year, None),
        ("d", "single", ["a", "c"], 63, None, year, None),
    ]
    assert ask(engine_database, "select opt_base_delay, opt_timeout from pgflow.flows") == [(0, year)]
    assert ask(engine_database, "select queue_name from pgmq.list_queues()") == [("shop",)]
    recorded = ask(engine_database, "select flow_slug, compiled ->> 'flow' from typedflow.flows")
    assert recorded == [("shop", "shop")]


def test_the_order_of_steps_and_dependencies_does_not_matter(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", number).step("b", number)
    put(engine_database, flow.step("c", number, depends_on=["a", "b"]))
    other = Flow("shop", int).step("b", number).step("a", number).step("c", number, depends_on=["b", "a"])
    assert put(engine_database, other).outcome == "unchanged"


def test_another_shape_is_refused_step_by_step(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", numbers).map("b", number, over="a").step("c", number, depends_on=["b"])
    put(engine_database, flow.step("old", number).step("older", number, depends_on=["old"]))
    changed = (
        Flow("shop", int)
        .step("a", numbers)
        .step("b", number, depends_on=["a"])
        .step("c", number)
        .map("d", number, over="a", depends_on=["b"])
    )
    error = refusal(engine_database, changed)
    name = Database(engine_database).name
    assert str(error) == (
        f'engine "{name}": flow "shop" is deployed with another shape. Give the changed flow a new slug, or replace it '
        "with typedflow engine deploy --replace, which deletes no runs, as it has none.\n"
        '  - step "b" was a map step and is a step\n'
        '  - step "c" depended on "b" and depends on no step\n'
        '  - step "d__items", which makes the items of "d", is new\n'
        '  - step "d" is new\n'
        '  - step "old" is gone\n'
        '  - step "older" is gone'
    )
    assert put(engine_database, flow.step("old", number).step("older", number, depends_on=["old"])).changes == ()


@pytest.mark.parametrize(
    ("ended", "unfinished", "price"),
    [
        (1, 0, "its only run."),
        (0, 1, "its only run, which has not ended."),
        (2, 0, "its 2 runs."),
        (1, 1, "its 2 runs, and 1 of them has not ended."),
        (1, 2, "its 3 runs, and 2 of them have not ended."),
    ],
)
def test_the_price_of_a_replacement_is_told_and_paid(
    engine_database: str, ended: int, unfinished: int, price: str
) -> None:
    flow = Flow("shop", int).wait("a", int)
    put(engine_database, flow)
    with PgflowEngine(engine_database) as engine:
        for index in range(ended + unfinished):
            run_id = str(start(engine_database, flow))
            if index < ended:
                engine.cancel(run_id)
    ask(engine_database, "insert into typedflow.deliveries select run_id, 'a', '1' from pgflow.runs")
    other = Flow("shop", int).step("b", number)
    error = refusal(engine_database, other)
    assert f"--replace, which deletes {price}\n" in str(error)
    assert (error.runs, error.unfinished) == (ended + unfinished, unfinished)

    done = put(engine_database, other, replaces=True)
    assert (done.outcome, done.deleted_runs) == ("replaced", ended + unfinished)
    assert done.changes == ('step "b" is new', 'step "a" is gone')
    left = "select (select count(*) from pgflow.runs), (select count(*) from typedflow.deliveries)"
    assert ask(engine_database, left) == [(0, 0)]
    assert [row[0] for row in ask(engine_database, STEPS, "shop")] == ["b"]
    assert ask(engine_database, "select count(*) from pgmq.q_shop") == [(0,)]
    assert put(engine_database, other, replaces=True).outcome == "unchanged"


def test_options_are_updated(engine_database: str) -> None:
    put(engine_database, Flow("shop", int).step("a", number, timeout=5))
    changed = Flow("shop", int).step("a", number, max_attempts=2, start_delay=3, timeout=5, base_delay=9, jitter=0.5)
    done = put(engine_database, changed)
    assert done.outcome == "updated"
    assert done.changes == (
        'step "a" had max_attempts 61 and has 62',
        'step "a" had start_delay none and has 3',
    )
    assert [row[3:] for row in ask(engine_database, STEPS, "shop")] == [(62, None, 5, 3)]


def test_other_types_are_refused_only_while_runs_have_not_ended(engine_database: str) -> None:
    first, second = Flow("shop", int).step("a", number), Flow("shop", int).step("a", text)
    put(engine_database, first)
    assert put(engine_database, second).outcome == "updated"
    run_id = start(engine_database, first)
    error = refusal(engine_database, first)
    assert error.differences == ('the output of step "a" has another type: it was a string and is an integer',)
    with PgflowEngine(engine_database) as engine:
        engine.cancel(str(run_id))
    assert put(engine_database, first).outcome == "updated"


def test_a_condition_that_workers_test_may_change_while_runs_have_not_ended(engine_database: str) -> None:
    first = Flow("shop", int).step("a", number, if_=1)
    put(engine_database, first)
    start(engine_database, first)
    assert put(engine_database, Flow("shop", int).step("a", number, if_=2)).outcome == "updated"


def test_slugs_that_differ_in_case_only_are_refused(engine_database: str) -> None:
    put(engine_database, Flow("shop", int).step("a", number))
    with pytest.raises(UndeployableError) as caught:
        put(engine_database, Flow("Shop", int).step("a", number))
    assert str(caught.value) == (
        'flow "Shop": the database has the flow "shop", and pgmq would give both the same queue, because the slugs '
        "differ in case only. Choose another slug."
    )


def test_the_queue_of_another_program_is_refused(engine_database: str) -> None:
    ask(engine_database, "select pgmq.create('Shop')")
    with pytest.raises(UndeployableError) as caught:
        put(engine_database, Flow("shop", int).step("a", number))
    assert str(caught.value) == (
        'flow "shop": the database has a queue "Shop" that belongs to no flow. Choose another slug. Or, if no program '
        "uses the queue, delete it: select pgmq.drop_queue('Shop')."
    )
    assert ask(engine_database, "select count(*) from pgflow.flows") == [(0,)]


def test_a_database_without_pgflow_is_refused(database: str) -> None:
    with pytest.raises(EngineError, match=r"it does not have pgflow. Run typedflow engine install.$"):
        put(database, Flow("shop", int).step("a", number))


def test_a_user_without_rights_can_only_find_that_all_is_deployed(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", number)
    put(engine_database, flow)
    ask(
        engine_database,
        """
        drop role if exists ada; create role ada login;
        grant usage on schema pgflow, typedflow to ada;
        grant select on all tables in schema pgflow, typedflow to ada;
        """,
    )
    ada = make_conninfo(engine_database, user="ada")
    try:
        assert put(ada, flow).outcome == "unchanged"
        with pytest.raises(EngineError) as caught:
            put(ada, Flow("shop", int).step("a", number, timeout=1))
        assert str(caught.value).endswith(
            ': flow "shop" is not deployed as it is here, and the user "ada" may not change that: permission denied '
            "for table steps. Run typedflow engine deploy as a user who may."
        )
    finally:
        ask(engine_database, "drop owned by ada; drop role ada")


def test_many_deploy_at_the_same_moment(engine_database: str) -> None:
    first: Any = Flow("shop", int).step("a", number)
    flows = [first.step(f"b{index % 3}", number) for index in range(12)]

    def attempt(flow: Flow[Any, Any]) -> str:
        try:
            return put(engine_database, flow).outcome
        except DeployedShapeError:
            return "refused"

    with ThreadPoolExecutor(12) as pool:
        outcomes = sorted(pool.map(attempt, flows))
    assert outcomes == ["deployed", *["refused"] * 8, *["unchanged"] * 3]
    assert len(ask(engine_database, STEPS, "shop")) == 2


def test_many_replace_while_runs_start_and_workers_report(engine_database: str) -> None:
    """No combination of locks hangs or leaves half of a flow."""
    first: Any = Flow("shop", int).step("a", number)
    flows = [first.step(f"b{index}", number, depends_on=["a"]) for index in range(4)]
    put(engine_database, flows[0])
    messages = "select coalesce(array_agg(msg_id), '{}') from pgmq.read('shop', 1, 10)"
    worker = "11111111-1111-1111-1111-111111111111"
    ask(
        engine_database,
        "insert into pgflow.workers (worker_id, queue_name, function_name) values (%s, 'x', 'x')",
        worker,
    )

    def runs(_: int) -> int:
        done = 0
        for _ in range(15):
            try:
                start(engine_database, flows[0])
                with psycopg.connect(engine_database) as connection:
                    claimed = connection.execute(messages).fetchone()
                    assert claimed is not None
                    connection.commit()
                    tasks = connection.execute(
                        "select run_id, step_slug, task_index from pgflow.start_tasks('shop', %s, %s)",
                        (claimed[0], worker),
                    ).fetchall()
                    connection.commit()
                    for task in sorted(tasks):
                        connection.execute("select from pgflow.complete_task(%s, %s, %s, '1')", task)
                        done += 1
            except psycopg.Error:  # the flow was deleted in this moment, or the two waited for each other
                continue
        return done

    def replacements(index: int) -> int:
        return sum(
            put(engine_database, flows[(index + each) % 4], replaces=True).outcome == "replaced" for each in range(3)
        )

    with ThreadPoolExecutor(6) as pool:
        reports, replaced = pool.map(runs, range(3)), pool.map(replacements, range(3))
        assert sum(replaced) > 3
        assert sum(reports) > 0
    put(engine_database, flows[0], replaces=True)
    assert [row[0] for row in ask(engine_database, STEPS, "shop")] == ["a", "b0"]
    assert ask(engine_database, "select queue_name from pgmq.list_queues()") == [("shop",)]


async def test_workers_of_a_replaced_flow_stop(engine_database: str) -> None:
    flow = Flow("shop", int).step("a", number)
    async with working(engine_database, flow, heartbeat=0.05, lost_after=5) as worker:
        await wait_for(lambda: ask(engine_database, "select count(*) from pgflow.workers") == [(1,)])
        put(engine_database, Flow("shop", int).step("b", number), replaces=True)
        await wait_for(worker.is_settled.is_set)


def test_the_command_says_what_it_keeps_of_a_flow_of_another_program(
    engine_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    flow = 'from typedflow import Flow\nkept = Flow("kept", int).step("a", lambda _: 1, timeout=5)\n'
    Path("kept.py").write_text(flow + 'renamed = Flow("kept", int).step("b", lambda _: 1)\n')
    ask(engine_database, "select pgflow.create_flow('kept', timeout => 7); select pgflow.add_step('kept', 'a')")
    command = ["engine", "deploy", "--database", engine_database]
    done = CliRunner().invoke(typedflow, [*command, "kept.py:kept"])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == (
        'Flow "kept" is deployed already. Nothing was changed.\n'
        "Another program has deployed it, so these options stay as they are in the database:\n"
        '  - step "a" had max_attempts none and has 61\n'
        '  - step "a" had timeout none and has 5\n'
    )
    assert CliRunner().invoke(typedflow, [*command, "kept.py:renamed"]).exit_code == 1

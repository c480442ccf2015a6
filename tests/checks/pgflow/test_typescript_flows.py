"""Flows that pgflow's own TypeScript has compiled are deployed already for the same flow in Python."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.checks.pgflow.working import ask, working
from typedflow import Flow, StepInput
from typedflow.engines.pgflow import PgflowEngine
from typedflow.engines.pgflow._database import Database
from typedflow.engines.pgflow._deploy import deploy
from typedflow.exceptions import DeployedShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PACKAGE: Final = "@pgflow/dsl@0.8.1"
_FOLDER: Final = Path(".cache/pgflow/dsl").resolve()
COMPILE: Final = """
import { Flow, compileFlow } from '@pgflow/dsl';
const nothing = () => null;
const flow = new Flow({ slug: 'website', maxAttempts: 3, baseDelay: 1, timeout: 30 })
  .array({ slug: 'pages' }, nothing)
  .map({ slug: 'sizes', array: 'pages', timeout: 5 }, nothing)
  .step({ slug: 'title', startDelay: 2 }, nothing)
  .step({ slug: 'report', dependsOn: ['title', 'sizes'], maxAttempts: 7 }, nothing);
const numbers = new Flow({ slug: 'numbers' })
  .map({ slug: 'doubled' }, nothing)
  .map({ slug: 'again', array: 'doubled' }, nothing);
console.log(JSON.stringify([compileFlow(flow), compileFlow(numbers)]));
"""


@pytest.fixture(scope="module")
def statements() -> Sequence[Sequence[str]]:
    """What TypeScript makes of two flows."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (_FOLDER / "node_modules").exists():
            install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(_FOLDER), _PACKAGE]
            subprocess.run(install, check=True, timeout=240)  # noqa: S603  its own command
    program = ["node", "--input-type=module", "--eval", COMPILE]
    done = subprocess.run(program, cwd=_FOLDER, check=True, capture_output=True, text=True, timeout=60)  # noqa: S603
    compiled: list[list[str]] = json.loads(done.stdout)
    return compiled


def pages(_: StepInput) -> list[str]:
    return ["a", "bcd"]


def size(page: str) -> int:
    return len(page)


def title(_: StepInput) -> str:
    return "Website"


def report(step_input: StepInput) -> str:
    return f"{step_input['title']}: {step_input['sizes']}"


def double(number: int) -> int:
    return 2 * number


website = (
    Flow("website", int)
    .step("pages", pages)
    .map("sizes", size, over="pages")
    .step("title", title)
    .step("report", report, depends_on=["sizes", "title"])
)
numbers = Flow("numbers", list[int]).map("doubled", double, over="run").map("again", double, over="doubled")


async def test_the_same_flow_in_python_is_deployed_already_and_runs(
    engine_database: str, statements: Sequence[Sequence[str]]
) -> None:
    for compiled in statements:
        for statement in compiled:
            ask(engine_database, statement)
    options = "select step_slug, opt_max_attempts, opt_timeout, opt_start_delay from pgflow.steps order by 1"
    before = ask(engine_database, options)
    with Database(engine_database) as database:
        for flow in (website, numbers):
            for _ in range(2):
                done = deploy(database, flow.definition)
                assert (done.outcome, done.changes) == ("unchanged", ())
                assert "had max_attempts none and has 61" in done.kept_options[0]
    assert ask(engine_database, options) == before
    with PgflowEngine(engine_database) as engine:
        async with working(engine_database, website, numbers):
            assert (await engine.run(numbers, [1, 2]))["again"] == [4, 8]
            assert (await engine.run(website, 1))["report"] == "Website: [1, 3]"


def test_another_flow_in_python_is_told_apart(engine_database: str, statements: Sequence[Sequence[str]]) -> None:
    for statement in statements[0]:
        ask(engine_database, statement)
    changed: Flow[Any, Any] = (
        Flow("website", int)
        .step("pages", pages)
        .map("sizes", size, over="pages", if_={"run": 1})
        .step("title", title, depends_on=["pages"])
        .step("report", report, depends_on=["sizes", "title"])
    )
    with Database(engine_database) as database, pytest.raises(DeployedShapeError) as caught:
        deploy(database, changed.definition)
    assert caught.value.differences == (
        'step "sizes__items", which makes the items of "sizes", is new',
        'step "sizes" depended on "pages" and depends on "sizes__items"',
        'step "title" depended on no step and depends on "pages"',
    )

"""``typedflow runs deliver``."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
import trio

from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.commands import Invoke
    from typedflow import Flow

FLOW = """
from dataclasses import dataclass
from typedflow import Flow

@dataclass
class Approval:
    by: str
    granted: bool = True

    def __post_init__(self):
        if self.by == "nobody":
            raise ValueError("a person has to approve")

shop = Flow("shop", int).step("check", lambda i: 1).wait("approval", Approval, depends_on=["check"])
"""


@pytest.fixture
def flow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flow[int, Any]:
    """A flow in a module, with a run that waits and that no process executes."""
    (tmp_path / "shop.py").write_text(FLOW, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "shop", raising=False)
    flow: Flow[int, Any] = import_module("shop").shop

    async def main(store: SqliteStore) -> None:
        async with flow.start(1, store=store, run_id="a1") as run:
            async for event in run.events:
                if event.status == "waiting":
                    raise KeyError

    with SqliteStore(tmp_path / "runs.db") as store, pytest.raises(KeyError):
        trio.run(main, store)
    return flow


def test_a_value_that_the_shape_of_the_run_allows(invoke: Invoke, flow: Flow[int, Any]) -> None:
    wrong = invoke("deliver", "a", "approval", '{"by": 5}')
    assert wrong.exit_code == 2
    assert wrong.stderr == (
        'Error: flow "shop", run "a1", step "approval": what was delivered is not a valid output of the step: by: '
        "Input should be a valid string (given 5)\n"
    )
    done = invoke("deliver", "a", "approval", "-", stdin='{"by": "ada"}')
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == 'step "approval" of run "a1" has its output; the run continues when it is resumed.\n'
    with SqliteStore("runs.db") as store:
        assert flow.resume_sync("a1", store=store)["approval"].by == "ada"
    again = invoke("deliver", "a", "approval", '{"by": "ada"}')
    assert again.exit_code == 1
    assert again.stderr == (
        'Error: store "runs.db": run "a1", step "approval": it has its output already. An output is delivered once.\n'
    )


@pytest.mark.usefixtures("flow")
def test_a_value_that_the_type_itself_allows(invoke: Invoke) -> None:
    wrong = invoke("deliver", "a1", "approval", '{"by": "nobody"}', "--flow", "shop.py:shop")
    assert wrong.exit_code == 2
    assert "Value error, a person has to approve" in wrong.stderr
    done = invoke("deliver", "a1", "approval", '{"by": "ada"}', "--flow", "shop.py:shop")
    assert (done.exit_code, done.stderr.partition(";")[0]) == (0, 'step "approval" of run "a1" has its output')


WRONG = {
    "a_step_with_a_handler": (
        ("a1", "check", "1"), 1,
        'store "runs.db": run "a1", step "check": it has a handler, so it does not wait for a delivery.',
    ),
    "an_unknown_step": (
        ("a1", "aproval", "1"), 2,
        'flow "shop", step "aproval": the flow has no such step. Did you mean "approval"?',
    ),
    "no_json": (
        ("a1", "approval", "yes"), 2,
        (
            "the text of VALUE is not JSON: Expecting value: line 1 column 1 (char 0). JSON puts strings and keys in "
            "double quotes."
        ),
    ),
    "nothing": (
        ("a1", "approval", ""), 2,
        "the text of VALUE is not JSON: Expecting value: line 1 column 1 (char 0). It is empty.",
    ),
    "an_unknown_run": (
        ("b", "approval", "1"), 2,
        'store "runs.db": there is no run "b". typedflow runs list shows the runs that there are.',
    ),
}  # fmt: skip


@pytest.mark.usefixtures("flow")
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(case: str, invoke: Invoke) -> None:
    arguments, code, message = WRONG[case]
    result = invoke("deliver", *arguments)
    assert (result.exit_code, result.stderr) == (code, f"Error: {message}\n")

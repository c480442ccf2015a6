"""``typedflow runs check``: which unfinished runs a flow can resume as it is now."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.cli.runs.stored_runs import START, StoredRuns, value
from typedflow import Flow
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.stores import NewRun, StoredValue, Transition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.commands import Invoke
    from typedflow.stores import Claim

SHOP = """
from typedflow import Flow

def load(inputs) -> list[str]: ...
def label(inputs) -> str: ...

shop = Flow("shop", int).step("load", load).step("label", label, depends_on=["load"])
"""


def load(inputs: Any) -> list[int]:
    raise NotImplementedError


def label(inputs: Any) -> str:
    raise NotImplementedError


BEFORE = Flow("shop", int).step("load", load).step("label", label, depends_on=["load"])


def start(runs: StoredRuns, run_id: str, flow: Flow[Any, Any] = BEFORE) -> Claim:
    definition = flow.definition
    new = NewRun(run_id, definition.slug, StoredValue("1"), shape_of(definition), fingerprint(definition), START)
    return runs.store.create(new).result().claim


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, invoke: Invoke) -> Iterator[Path]:
    """The flow as it is now, in a module that is imported anew."""
    path = sys.path.copy()
    (tmp_path / "shop.py").write_text(SHOP)
    yield tmp_path / "shop.py"
    sys.path[:] = path
    sys.modules.pop("shop", None)


def test_the_runs_that_cannot_be_resumed_are_listed_with_the_reason(runs: StoredRuns, invoke: Invoke) -> None:
    start(runs, "a1")
    fitting, changed = start(runs, "a2"), start(runs, "a3")
    runs.task(fitting, "load", (1, "started", {}), (2, "completed", value("[]")))
    runs.task(changed, "load", (1, "started", {}), (2, "completed", value("[7]")))
    runs.store.release(changed).result()
    ended = start(runs, "a4")
    runs.task(ended, "load", (1, "started", {}), (2, "completed", value("[7]")))
    runs.end(ended, 3)
    start(runs, "b1", Flow("stock", int))
    result = invoke("check", "shop.py")
    assert result.stdout == (
        'flow "shop": 3 unfinished runs, 1 cannot be resumed\n'
        "  a3\n"
        '    the output of step "load" has another type: at [*], it was an integer and is a string (it is not of the '
        "declared type: 0: Input should be a valid string)\n"
        "    To execute it again: typedflow runs retry a3 --from load --store runs.db\n"
    )
    assert result.exit_code == 1
    assert result.stderr == (
        'Not checked: 1 unfinished run of other flows: "stock".\n'
        "Error: 1 run cannot be resumed by the flows as they are now.\n"
    )
    listed = json.loads(invoke("check", "shop.py", "--json").stdout)
    assert [(run["run_id"], run["is_resumable"], len(run["differences"]), run["again"]) for run in listed] == [
        ("a3", False, 1, ["load"]),
        ("a2", True, 0, []),
        ("a1", True, 0, []),
    ]


def test_it_is_silent_where_all_runs_can_be_resumed(runs: StoredRuns, invoke: Invoke) -> None:
    start(runs, "a1")
    result = invoke("check", "shop.py:shop")
    assert (result.exit_code, result.output) == (0, 'flow "shop": 1 unfinished run\n')


def test_the_items_of_a_map_step_are_read(runs: StoredRuns, invoke: Invoke, shop: Path) -> None:
    before = Flow("shop", list[int]).map("double", lambda item: 2 * item, over="run", when_exhausted="none")
    claim = start(runs, "a1", before)
    runs.commit(claim, Transition("step", "started", START, "double", items=3))
    runs.task(claim, "double", (1, "started", {}), (2, "completed", value("2")))
    for when_exhausted in ("none", "fail"):
        shop.write_text(_doubling(when_exhausted))
        assert invoke("check", "shop.py").exit_code == 0
        sys.modules.pop("shop")
    runs.task(claim, "double", (1, "started", {}), (2, "failed", {}), index=1)
    shop.write_text(_doubling("none"))
    assert invoke("check", "shop.py").exit_code == 0
    sys.modules.pop("shop")
    shop.write_text(_doubling("fail"))
    result = invoke("check", "shop.py")
    failed = "item 1 has failed, and None is in its place"
    assert result.stdout.splitlines()[2:4] == [
        f'    the output of step "double" has another type: what is stored may be any value ({failed})',
        f'    step "double": when_exhausted was "none" and is "fail" ({failed})',
    ]


def _doubling(when_exhausted: str) -> str:
    options = f'over="run", when_exhausted="{when_exhausted}"'
    return (
        "from typedflow import Flow\n\ndef double(item) -> int: ...\n\n"
        f'shop = Flow("shop", list[int]).map("double", double, {options})'
    )

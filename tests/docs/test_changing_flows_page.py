"""The page about changed flows: its commands print what it shows, and its table says what happens."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click.testing
import pytest

from typedflow import Flow
from typedflow._cli.command import typedflow
from typedflow._definition.resumable import why_not_resumable
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.engines._resumable import check_resumable
from typedflow.exceptions import ShapeMismatchError
from typedflow.stores import NewRun, SqliteStore, StoredValue, Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "changing-flows.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Run a command of the page in a new interpreter, as it were. Return all that it prints."""
    monkeypatch.chdir(tmp_path)
    path = sys.path.copy()

    def run(line: str) -> str:
        sys.modules.pop("shop", None)
        result = click.testing.CliRunner().invoke(typedflow, line.split()[2:], prog_name="typedflow")
        return result.stdout + result.stderr

    yield run
    sys.modules.pop("shop", None)
    sys.path[:] = path


def test_the_commands_print_what_the_page_shows(tmp_path: Path, command: Callable[[str], str]) -> None:
    before, after = blocks("python")
    write, ask, look = blocks("console")
    changes, refused, error = blocks("text")
    file = tmp_path / "shop.py"
    file.write_text(before)
    assert command(write) == "Wrote flows.json\n"
    (written,) = blocks("json")
    assert (tmp_path / "flows.json").read_text() == written
    first: dict[str, Any] = {}
    exec(before, first)  # noqa: S102  what the page shows
    definition = first["shop"].definition
    file.write_text(before + after)
    exec(before + after, first)  # noqa: S102  as above
    with SqliteStore(tmp_path / "runs.db", durability="normal") as store:
        flow_input = StoredValue(json.dumps({"number": 7, "items": ["pen"]}))
        new = NewRun("order-6", "shop", flow_input, shape_of(definition), fingerprint(definition), 0)
        store.create(new).result()
        run = store.create(replace(new, run_id="order-7")).result()
        done = Transition("task", "completed", 1, "total", 0, 1, StoredValue("1.5"))
        store.commit(run.claim, [Transition("task", "started", 0, "total", 0, 1), done]).result()
        with pytest.raises(ShapeMismatchError) as caught:
            check_resumable(store, first["shop"].definition, run.run)
    assert command(ask) == changes
    assert command(look) == refused
    assert str(caught.value).replace(str(tmp_path / "runs.db"), "runs.db") + "\n" == error


def number(inputs: Any) -> int:
    raise NotImplementedError


def text(inputs: Any) -> str:
    raise NotImplementedError


base: Any = Flow("shop", int).step("a", number).step("b", number)
# For each row of the table: a flow before and after. The step is called "s".
ROWS: dict[str, tuple[Flow[Any, Any], Flow[Any, Any]]] = {
    "another handler": (base.step("s", number), base.step("s", lambda i: 1, max_attempts=3).replace("s", number)),
    "a step is removed": (base.step("s", number), base),
    "the order of steps": (
        base.step("s", number, depends_on=["a", "b"]),
        Flow("shop", int).step("b", number).step("a", number).step("s", number, depends_on=["b", "a"]),
    ),
    "other dependencies of a step": (base.step("s", number, depends_on=["a"]), base.step("s", number)),
    "other dependencies of a map step": (
        base.map("s", number, over="a"),
        base.map("s", number, over="a", depends_on=["b"]),
    ),
    "another source": (base.map("s", number, over="a"), base.map("s", number, over="b")),
    "the handler of a map step takes": (
        base.map("s", number, over="a"),
        base.map("s", number, over="a", depends_on=[]),
    ),
    "a step becomes a map step": (
        base.step("s", number, depends_on=["a"], when_exhausted="skip"),
        base.map("s", number, over="a", when_exhausted="skip"),
    ),
    "a step becomes a wait step": (
        base.step("s", number, when_exhausted="skip"),
        base.wait("s", int, when_exhausted="skip"),
    ),
    "another output type of a step": (base.step("s", number), base.step("s", text)),
    "another output type of a map step": (base.map("s", number, over="a"), base.map("s", text, over="a")),
    "another pattern": (base.step("s", number, if_=1), base.step("s", number, if_=lambda i: True)),
    "the step can no longer be skipped": (base.step("s", number, if_=1), base.step("s", number)),
    "the step was skipped without": (
        base.step("s", number, if_=1),
        base.step("s", number, if_=1, when_unmet="skip_cascade"),
    ),
    "another `when_unmet`": (
        base.step("s", number, if_=1, when_unmet="fail"),
        base.step("s", number, if_=1, when_exhausted="skip"),
    ),
    '`when_exhausted="none"`': (
        base.map("s", number, over="a", when_exhausted="none"),
        base.map("s", number, over="a"),
    ),
}
CELLS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("| change | not begun |")[2].partition("\n\n")[0].splitlines()[2:]
]


@pytest.mark.parametrize("cells", CELLS)
def test_the_table_says_what_each_change_does(cells: list[str]) -> None:
    label, *effects = cells
    if label == "a new step":
        assert effects == ["safe", "", "", ""]
        return
    ((before, after),) = (flows for beginning, flows in ROWS.items() if label.startswith(beginning))
    stored, definition = shape_of(before.definition), after.definition
    for status, effect in zip(("created", "started", "completed", "skipped"), effects, strict=True):
        finished = {"s": status}
        refused = bool(why_not_resumable(stored, definition, finished, lambda _: "it does not fit"))
        unreadable = refused and not why_not_resumable(stored, definition, finished, lambda _: None)
        assert effect == ("must fit" if unreadable else "refused" if refused else "safe")


def test_every_row_is_in_the_table() -> None:
    assert len(CELLS) == len(ROWS) + 1

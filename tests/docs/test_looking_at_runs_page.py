"""The page about looking at runs: its commands print what it shows, but for times."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click.testing
import pytest

from typedflow._cli.command import typedflow
from typedflow._definition.shape import fingerprint, shape_of
from typedflow.stores import NewRun, SqliteStore, StoredValue, Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "looking-at-runs.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def timeless(text: str) -> list[str]:
    """The words of each line, without times, durations, paths and bars."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( [+-]\d{4})?", "TIME", text)
    text = re.sub(r"\+?\b\d+(\.\d+)? (ms|s)\b", "DURATION", text)
    text = re.sub(r'File ".*orders.py"', 'File "orders.py"', text)
    text = re.sub(r"^(items|prices|total|pay) +[=.x ]*$", r"\1 BAR", text, flags=re.MULTILINE)
    text = re.sub(r"^prices +=+ ", "prices BAR ", text, flags=re.MULTILINE)
    text = re.sub(r"^ +(0 )?DURATION$", "AXIS", text, flags=re.MULTILINE)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return [line for line in lines if line and set(line) - set("^~ ")]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Run a command of the page in a new interpreter, as it were. Return all that it prints."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TYPEDFLOW_STORE", "runs.db")
    path = sys.path.copy()

    def run(line: str) -> str:
        sys.modules.pop("orders", None)
        result = click.testing.CliRunner().invoke(typedflow, shlex.split(line)[1:], prog_name="typedflow")
        return result.output

    yield run
    sys.modules.pop("orders", None)
    sys.path[:] = path


def interrupt(flow: Any, run_id: str) -> None:
    """A run that was stopped after its first step."""
    definition = flow.definition
    order = StoredValue('{"customer":"Bob","items":["tea"]}')
    new = NewRun(run_id, "orders", order, shape_of(definition), fingerprint(definition), created_at=2e9)
    done = Transition("task", "completed", 2e9, "items", 0, 1, output=StoredValue('["tea"]'))
    with SqliteStore("runs.db") as store:
        claim = store.create(new, [Transition("task", "started", 2e9, "items", 0, 1), done]).result().claim
        store.release(claim).result()


def test_the_commands_print_what_the_page_shows(
    tmp_path: Path, command: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    program, in_python = blocks("python")
    program = program.replace("sleep(len(item) / 10)", "sleep(0)").replace("base_delay=0.5", "base_delay=0.01")
    (tmp_path / "orders.py").write_text(program.replace("sleep(0.2)", "sleep(0)"))
    names: dict[str, Any] = {}
    exec(program, names)  # noqa: S102  what the page shows
    commands = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    _, run, _, *shown = commands
    failed = command(run)
    assert "typedflow runs retry monday orders.py --store runs.db" in failed
    interrupt(names["orders"], "tuesday")

    printed = []
    for line in shown:
        if line == "echo 4242 > card.txt":
            (tmp_path / "card.txt").write_text("4242\n")
        else:
            printed.append(timeless(command(line)))
    outputs = [timeless(block) for block in blocks("text")]
    resumed = 5
    assert printed[:resumed] == outputs[:resumed]
    assert set(printed[resumed]) == {*outputs[resumed], "{", '"mail": "Dear Ann"', "}"}
    assert printed[resumed + 1 :] == outputs[resumed + 1 :]

    exec(in_python, {})  # noqa: S102  as above
    assert "monday completed" in capsys.readouterr().out

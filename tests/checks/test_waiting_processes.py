"""Deliveries to runs of other processes, which are frozen, killed or many."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from typedflow.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow import Flow

PROGRAM = """
import sys
from typing import TypedDict
from typedflow import Flow
from typedflow.stores import SqliteStore

class Approval(TypedDict):
    by: str

flow = Flow("orders", int).step("check", lambda i: i["run"]).wait("approval", Approval, depends_on=["check"]).step(
    "ship", lambda i: i["approval"]["by"], depends_on=["approval"]
)

def show(event):
    if event.status == "waiting":
        print("waiting", flush=True)

if __name__ == "__main__":
    with SqliteStore("runs.db", lease=1.0) as store:
        print(flow.run_sync(1, store=store, run_id="r1", listeners=[show])["ship"], flush=True)
"""


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[str]]:
    """A process whose run waits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "program", raising=False)
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    with subprocess.Popen([sys.executable, "program.py"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        try:
            yield process
        finally:
            process.kill()


def flow() -> Flow[int, Any]:
    import program  # type: ignore[import-not-found]  # noqa: PLC0415  the fixture writes it

    found: Flow[int, Any] = program.flow
    return found


def test_a_kill_between_delivery_and_use_loses_nothing(waiting: subprocess.Popen[str]) -> None:
    os.kill(waiting.pid, signal.SIGSTOP)
    with SqliteStore("runs.db") as store:
        flow().deliver("r1", "approval", {"by": "ada"}, store=store)
        os.kill(waiting.pid, signal.SIGKILL)
        waiting.wait()
        assert flow().resume_sync("r1", store=store)["ship"] == "ada"


def test_of_many_processes_that_deliver_exactly_one_wins(waiting: subprocess.Popen[str]) -> None:
    command = Path(sys.executable).with_name("typedflow")
    deliveries = [
        subprocess.Popen(  # noqa: S603  our own command
            [command, "runs", "deliver", "r1", "approval", f'{{"by": "{name}"}}', "--store", "runs.db"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "abcde"
    ]
    said = [delivery.communicate()[1] for delivery in deliveries]
    won = [name for name, delivery in zip("abcde", deliveries, strict=True) if delivery.returncode == 0]
    assert len(won) == 1
    assert sum("it has its output already" in each or "the run has ended" in each for each in said) == 4
    assert waiting.stdout is not None
    assert waiting.stdout.read() == f"{won[0]}\n"

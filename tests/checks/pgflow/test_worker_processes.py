"""The command ``typedflow worker``: processes that are stopped, killed and watched."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from tests.checks.pgflow.working import COMMAND, ask, process, wait_until
from typedflow.engines.pgflow._history import TaskHistory

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

FLOWS = """
import os, signal, sys, time
from pathlib import Path
import trio
from typedflow import Flow, StepContext
from typedflow.engines.pgflow import PgflowWorker

def say(line: str) -> None:
    with open("said", "a") as file:
        print(line, file=file, flush=True)

async def waits(_, context: StepContext) -> int:
    say(f"attempt {context.attempt}, interruptions {context.interruptions}")
    try:
        while not os.path.exists("go"):
            await trio.sleep(0.01)
    finally:
        say("left")
    return context.attempt

def blocks(_, context: StepContext) -> int:
    say(f"attempt {context.attempt}")
    while not os.path.exists("go"):
        time.sleep(0.01)
    return context.attempt

def kills(_, context: StepContext) -> int:
    say(f"killed {context.interruptions}")
    os.kill(os.getpid(), signal.SIGKILL)

async def hogs(_, context: StepContext) -> int:
    say(f"hogged {context.interruptions}")
    while not os.path.exists("go"):
        time.sleep(0.01)
    return context.attempt

waiting = Flow("waiting", int).step("a", waits)
blocking = Flow("blocking", int).step("a", blocks, runs_in="thread")
killing = Flow("killing", int).step("a", kills, max_interruptions=2)
hogging = Flow("hogging", int).step("a", hogs)

if __name__ == "__main__":
    flow = {"killing": killing, "hogging": hogging}[sys.argv[2]]
    PgflowWorker(sys.argv[1], [flow], heartbeat=0.2, lost_after=0.8).run_sync()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows.py").write_text(FLOWS)
    (tmp_path / "said").touch()
    return tmp_path


@pytest.fixture
def worker(engine_database: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker of all the flows, with a short grace."""
    environment = {"TYPEDFLOW_ENGINE": engine_database}
    options = ("--grace", "1", "--log-level", "debug")
    with process(*COMMAND, "flows.py", *options, folder=folder, environment=environment) as started:
        wait_until(lambda: len(ask(engine_database, "select worker_id from pgflow.workers")) == 4)
        yield started


def said(folder: Path) -> list[str]:
    return (folder / "said").read_text().splitlines()


def begin(address: str, folder: Path, flow: str) -> None:
    """Start a run, and wait until its handler was called."""
    before = len(said(folder))
    ask(address, "select pgflow.start_flow(%s, '1')", flow)
    wait_until(lambda: len(said(folder)) > before)


def ended(started: subprocess.Popen[str]) -> tuple[int, str]:
    """The exit code, and what was shown."""
    output, _ = started.communicate(timeout=60)
    return started.returncode, output


def task(address: str) -> tuple[str, TaskHistory]:
    ((status, message),) = ask(address, "select status, error_message from pgflow.step_tasks")
    return status, TaskHistory.of(message)


def test_a_stopped_worker_finishes_what_it_executes(
    engine_database: str, folder: Path, worker: subprocess.Popen[str]
) -> None:
    begin(engine_database, folder, "waiting")
    worker.send_signal(signal.SIGTERM)
    ask(engine_database, "select pgflow.start_flow('waiting', '1')")
    (folder / "go").touch()
    code, shown = ended(worker)
    assert code == 0
    lines = shown.splitlines()
    assert lines[0].startswith('working on "waiting", "blocking", "killing", "hogging" in engine "postgresql://')
    assert (
        "SIGTERM: the worker takes no more tasks, and ends within 1 s. Another one gives back what is executed, "
        in (shown)
    )
    assert 'step "a", run' in shown
    assert lines[-1] == "The worker has stopped."
    statuses = ask(engine_database, "select status from pgflow.runs order by 1")
    assert statuses == [("completed",), ("started",)]


@pytest.mark.parametrize("flow", ["waiting", "blocking"])
def test_what_does_not_end_within_the_grace_is_given_back(
    engine_database: str, folder: Path, worker: subprocess.Popen[str], flow: str
) -> None:
    """Also what a thread executes, which cannot be interrupted: the process ends nevertheless."""
    begin(engine_database, folder, flow)
    worker.send_signal(signal.SIGTERM)
    wait_until(lambda: task(engine_database)[0] == "queued")
    status, history = task(engine_database)
    assert (status, history.attempts, history.interruptions, history.returned) == ("queued", 0, 0, 1)
    assert ended(worker)[0] == 0


def test_a_second_signal_gives_back_immediately(
    engine_database: str, folder: Path, worker: subprocess.Popen[str]
) -> None:
    begin(engine_database, folder, "waiting")
    worker.send_signal(signal.SIGINT)
    wait_until(lambda: ask(engine_database, "select 1"))
    worker.send_signal(signal.SIGTERM)
    code, shown = ended(worker)
    assert code == 128 + signal.SIGTERM
    assert "SIGTERM: the worker gives back what it executes." in shown
    assert task(engine_database)[1].returned == 1
    assert said(folder) == ["attempt 1, interruptions 0", "left"]


def test_a_handler_that_kills_its_worker_is_not_called_for_ever(engine_database: str, folder: Path) -> None:
    with process(*COMMAND, "flows.py:killing", "--engine", engine_database, folder=folder):
        wait_until(lambda: ask(engine_database, "select worker_id from pgflow.workers"))
    ask(engine_database, "select pgflow.start_flow('killing', '1')")
    script = (sys.executable, "flows.py", engine_database, "killing")
    for _ in range(2):
        with process(*script, folder=folder) as started:
            assert ended(started)[0] == -signal.SIGKILL
    with process(*script, folder=folder):
        wait_until(lambda: ask(engine_database, "select 1 from pgflow.runs where status = 'failed'"))
    ((message,),) = ask(engine_database, "select error_message from pgflow.step_tasks")
    assert message.splitlines()[0] == (
        "TaskInterruptedError: the process died 2 times while it executed this task, so the handler may be what kills "
        "it. If it is not, give the step more max_interruptions."
    )
    history = TaskHistory.of(message)
    assert (history.interruptions, history.end) == (2, "interrupted")
    assert said(folder) == ["killed 0", "killed 1"]


def test_a_task_that_blocks_its_worker_for_long_is_executed_once(engine_database: str, folder: Path) -> None:
    script = (sys.executable, "flows.py", engine_database, "hogging")
    with process(*script, folder=folder), process(*script, folder=folder):
        wait_until(lambda: len(ask(engine_database, "select worker_id from pgflow.workers")) == 2)
        begin(engine_database, folder, "hogging")
        longer = "select count(*) from pgflow.workers where last_heartbeat_at > started_at + interval '4 s'"
        wait_until(lambda: ask(engine_database, longer) == [(2,)])
        (folder / "go").touch()
        wait_until(lambda: ask(engine_database, "select 1 from pgflow.runs where status = 'completed'"))
    assert said(folder) == ["hogged 0"]


def test_a_supervisor_sees_whether_a_worker_is_alive(engine_database: str, folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ("flows.py:waiting", "--engine", engine_database, "--health")

    def answer(path: str = "health") -> Any:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, None
        except OSError:
            return None, None

    with process(*COMMAND, *arguments, str(port), folder=folder) as started:
        wait_until(lambda: answer()[0] == 200)
        status, body = answer()
        assert (status, body["status"]) == (200, "ok")
        assert 0 <= body["heartbeat_age"] < 15
        assert answer("other") == (404, None)
        with process(*COMMAND, *arguments, str(port), folder=folder) as other:
            code, shown = ended(other)
        assert code == 2
        assert shown.endswith(f"--health 127.0.0.1:{port} cannot be used: Address already in use.\n")
        started.send_signal(signal.SIGTERM)
        assert ended(started)[0] == 0
    with process(*COMMAND, *arguments, "alive", folder=folder) as started:
        began = time.time()
        wait_until(lambda: (folder / "alive").exists() and (folder / "alive").stat().st_mtime >= began - 1)
        wait_until(lambda: ask(engine_database, "select 1 from pgflow.workers"))
        started.send_signal(signal.SIGTERM)
        assert ended(started)[0] == 0
    assert not (folder / "alive").exists()


def test_mistakes_are_one_sentence(engine_database: str, folder: Path) -> None:
    (folder / "shop.py").write_text(
        "from typedflow import Flow\nclass Shop: ...\nshop = Flow('shop', int, resources=Shop).step('a', lambda _: 1)\n"
    )
    for arguments, code, text in (
        (
            ("shop.py", "--engine", engine_database),
            2,
            'flow "shop" needs resources. Name what gives an instance of Shop',
        ),
        (("nothing.py", "--engine", engine_database), 2, 'the file "nothing.py" does not exist.'),
        (("flows.py", "--engine", "host=/nowhere"), 1, 'engine "postgresql://'),
        (("flows.py",), 2, "Missing option '--engine'"),
    ):
        with process(*COMMAND, *arguments, folder=folder) as started:
            found, shown = ended(started)
        assert (found, text in shown) == (code, True), shown
        assert "Traceback" not in shown

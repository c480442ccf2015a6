"""Handlers in worker processes: what they may receive, return and raise, and what is left of them."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from tests.integration.cells import left_behind
from tests.integration.process_handlers import (
    UnsentError,
    add,
    fail,
    nest,
    process_id,
    say,
    tenfold,
    use_resources,
    view,
)
from tests.unit.definition.steps import handler_of
from typedflow import Flow, InvalidHandlerError, InvalidOutputError, StepFailedError, StepInput
from typedflow.testing import run_step

if TYPE_CHECKING:
    from pathlib import Path


class Client:
    def fetch(self, page: str) -> str:
        return page


def test_a_process_receives_its_step_input_and_context_and_is_used_again() -> None:
    flow = (
        Flow("f", int, runs_in="process")
        .step("add", add)
        .step("say", say, depends_on=["add"])
        .step("items", lambda i: list(range(i["run"])))
        .map("tenfold", tenfold, over="items")
        .step("again", say, depends_on=["add", "say"])
    )
    outputs = flow.run_sync(3)

    first, again = outputs["say"].rsplit(" ", 1), outputs["again"].rsplit(" ", 1)
    assert first[0] == "f say 1 3 4"
    assert int(first[1]) != os.getpid()
    assert again[0] == "f again 1 3 4"
    assert outputs["tenfold"] == [0, 10, 20]
    assert left_behind()["processes"] == []


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("lookup", "LookupError: no such page"),
        ("picky", "PickyError: index:3"),
        ("unsent", "RuntimeError: the handler raised UnsentError: holds a lock"),
        ("interrupt", "RuntimeError: the handler raised KeyboardInterrupt"),
        ("killed", "WorkerProcessError: the worker process was ended by SIGKILL."),
        ("3", "WorkerProcessError: the worker process ended with exit code 3."),
    ],
)
def test_an_exception_keeps_its_type_and_the_lines_of_the_handler(kind: str, reason: str) -> None:
    with pytest.raises(StepFailedError) as caught:
        Flow("f", str).step("fail", fail, runs_in="process").run_sync(kind)

    assert caught.value.reason == reason
    cause = caught.value.__cause__
    frames = [frame.name for frame in traceback.extract_tb(cause.__traceback__ if cause else None)]
    assert frames == ([] if reason.startswith("WorkerProcess") else ["fail"])


def test_what_cannot_be_pickled_is_refused_and_not_tried_again() -> None:
    flow = Flow("f", int, max_attempts=3, base_delay=0.001)
    with pytest.raises(StepFailedError) as caught:
        flow.step("view", view, runs_in="process").run_sync(1)
    assert isinstance(caught.value.__cause__, InvalidOutputError)
    assert str(caught.value) == (
        'flow "f": step "view" failed at attempt 1: InvalidOutputError: the output is not valid: it cannot be sent '
        "from its worker process, because it cannot be pickled (TypeError: cannot pickle memoryview objects); return "
        "plain data"
    )

    with pytest.raises(StepFailedError) as caught:
        flow.step("view", view).step("add", add, depends_on=["view"], runs_in="process").run_sync(1)
    assert str(caught.value) == (
        'flow "f": step "add" failed at attempt 1: PermanentError: the step input cannot be sent to a worker process, '
        "because it cannot be pickled (TypeError: cannot pickle memoryview objects). Let the dependency return plain "
        'data, or give the step runs_in="thread".'
    )


def test_resources_are_not_sent_to_a_process() -> None:
    flow = Flow("f", str, resources=Client).step("use", use_resources, runs_in="process")
    with pytest.raises(StepFailedError) as caught:
        flow.run_sync("page", resources=Client())
    assert caught.value.reason == (
        'RuntimeError: the resources of a run are not sent to worker processes, so "fetch" cannot be used there. Open '
        'it in the handler, or give the step runs_in="thread".'
    )


def test_a_handler_that_a_process_cannot_find_is_refused_when_the_step_is_defined() -> None:
    def nested(inputs: StepInput) -> int:
        return 1

    with pytest.raises(InvalidHandlerError) as caught:
        _ = Flow("f", int, runs_in="process").step("nested", nested)
    assert str(caught.value) == (
        f'flow "f", step "nested": the handler {nested.__qualname__} is defined in a function, so a worker process '
        'cannot find it by its name. Define it at the top level of a module, or use runs_in="thread".'
    )

    with pytest.raises(InvalidHandlerError) as caught:
        _ = Flow("f", str).map("method", UnsentError().add_note, over="run", runs_in="process")  # type: ignore[typedflow-not-a-list]
    assert str(caught.value) == (
        'flow "f", step "method": the handler UnsentError.add_note cannot be sent to a worker process, because it '
        "cannot be pickled (TypeError: cannot pickle '_thread.lock' object). Pass a function of a module, or use "
        'runs_in="thread".'
    )


def test_a_fake_that_cannot_be_sent_to_a_process_runs_in_a_thread() -> None:
    def fake(inputs: StepInput) -> int:
        return 7

    flow = Flow("f", int).step("add", add, runs_in="process")
    assert handler_of(flow.get_step("add")).runs_in == "process"
    assert handler_of(flow.replace("add", fake).get_step("add")).runs_in == "thread"
    with pytest.raises(InvalidHandlerError):
        _ = flow.replace("add", fake, runs_in="process")  # type: ignore[typedflow-option]


def test_a_missing_package_is_named_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typedflow.engines._tasks.plan.find_spec", lambda _: None)
    with pytest.raises(InvalidHandlerError) as caught:
        Flow("f", int).step("first", lambda i: 1).step("add", add, runs_in="process").run_sync(1)
    assert str(caught.value) == (
        'flow "f", step "add": runs_in="process" needs trio-parallel: install it with pip install "typedflow[process]".'
    )


SCRIPT = """
from typedflow import Flow, StepInput

def add(inputs: StepInput) -> int:
    return inputs["run"] + 1

Flow("f", int, max_attempts=3).step("add", add, runs_in="process", max_attempts=1).run_sync(1)
"""


def test_a_script_without_a_guard_says_what_to_do(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, "utf-8")
    ended = subprocess.run(  # noqa: S603  this program
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 1
    assert ended.stderr.rstrip().splitlines()[-1] == (
        'typedflow.exceptions.run.StepFailedError: flow "f": step "add" failed at attempt 1: WorkerProcessError: the '
        "worker process ended with exit code 1. If the program is a script, it must start runs below `if __name__ == "
        '"__main__":` only, because each worker process imports it.'
    )


async def test_one_step_runs_in_a_process_too() -> None:
    flow = Flow("f", int).step("add", add, runs_in="process")
    assert await run_step(flow, "add", {"run": 3}) == 4
    assert (await run_step(Flow("f", int).step("pid", process_id, runs_in="process"), "pid", {"run": 1})) != os.getpid()


def test_a_handler_in_a_process_cannot_start_processes() -> None:
    with pytest.raises(StepFailedError) as caught:
        Flow("f", int, max_attempts=3).step("nest", nest, runs_in="process").run_sync(1)
    assert caught.value.reason.endswith(
        "PermanentError: it would start a worker process within a worker process, which Python does not allow. Give "
        'step "add" runs_in="thread", or the step whose handler starts this run.'
    )

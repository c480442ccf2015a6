"""Flows in a real notebook kernel: awaited in a cell, interrupted, and run again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jupyter_client.blocking.client import BlockingKernelClient
    from jupyter_client.manager import KernelManager

SECONDS = 60  # how long anything may take before a test gives up

FLOWS = """
import trio
from typedflow import Flow

log = []

async def wait(inputs):
    try:
        print("started", flush=True)
        await trio.sleep_forever()
    finally:
        with trio.CancelScope(shield=True):
            await trio.lowlevel.checkpoint()
        log.append("cleaned up")

def fail(inputs):
    raise ValueError("no")

doubling = Flow("doubling", int).step("double", lambda i: i["run"] * 2)
waiting = Flow("waiting", int).step("wait", wait)
failing = Flow("failing", int, max_attempts=1).step("fail", fail)
"""


class Notebook:
    """Cells that are sent to a kernel as a notebook sends them."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self.manager = manager
        self.client = client

    def run(self, cell: str, on_print: Callable[[], object] = lambda: None) -> tuple[str, str]:
        """Run a cell and return what it shows, and the name of the exception that ended it."""
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "stream":
                shown.append(content["text"])
                if content["name"] == "stdout":
                    on_print()
            elif message["msg_type"] == "execute_result":
                shown.append(content["data"]["text/plain"])

        reply = self.client.execute_interactive(cell, timeout=SECONDS, output_hook=hear)
        return "".join(shown), reply["content"].get("ename", "")


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    manager, client = start_new_kernel(startup_timeout=SECONDS, kernel_name="python3")
    try:
        notebook = Notebook(manager, client)
        assert notebook.run(FLOWS) == ("", "")
        yield notebook
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_cell_awaits_a_run(notebook: Notebook) -> None:
    assert notebook.run("await doubling.run(21)") == ("{'double': 42}", "")


def test_a_cell_runs_a_flow_without_await(notebook: Notebook) -> None:
    assert notebook.run("doubling.run_sync(21)") == ("{'double': 42}", "")


def test_a_cell_ends_with_the_exception_of_its_run(notebook: Notebook) -> None:
    assert notebook.run("await failing.run(1)") == ("", "StepFailedError")


@pytest.mark.parametrize("cell", ["await waiting.run(1)", "waiting.run_sync(1)"])
def test_an_interrupt_cancels_the_run_and_the_kernel_lives_on(notebook: Notebook, cell: str) -> None:
    notebook.run("log.clear()")
    shown, error = notebook.run(cell, on_print=notebook.manager.interrupt_kernel)
    assert shown == "started\n"
    assert error in {"KeyboardInterrupt", "CancelledError"}
    assert notebook.run("log") == ("['cleaned up']", "")
    assert notebook.run("await doubling.run(21)") == ("{'double': 42}", "")


def test_a_run_continues_in_the_background_while_other_cells_run(notebook: Notebook) -> None:
    notebook.run("log.clear(); import asyncio; run = asyncio.create_task(waiting.run(1))")
    assert notebook.run("await doubling.run(21)")[0].endswith("{'double': 42}")
    assert notebook.run("run.cancel()")[0].endswith("True")
    assert notebook.run("(await asyncio.wait([run]))[0] == {run}, run.cancelled()")[0].endswith("(True, True)")

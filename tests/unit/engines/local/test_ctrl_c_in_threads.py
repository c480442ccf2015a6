"""Ctrl-C while handlers wait in `trio.from_thread.run`: a real signal, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

SECONDS = 60
PROGRAM = """
import asyncio, os, signal, sys, threading, trio
from typedflow import Flow

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell has started in the background
began = threading.Event()

def press():
    began.wait()
    threading.Event().wait(0.2)  # the others wait, too
    os.kill(os.getpid(), signal.SIGINT)

def wait(_):
    began.set()
    trio.from_thread.run(trio.sleep_forever)

def fail(_):
    try:
        wait(None)
    finally:
        raise ValueError("no")

def swallow(_):
    try:
        wait(None)
    except trio.Cancelled:
        return 1

leaf = Flow("leaf", int, max_attempts=2).step("leaf", wait, when_exhausted="skip")
def in_trio(_):
    trio.from_thread.run(leaf.run, 1)

def in_thread(_):
    leaf.run_sync(1)

HANDLERS = {
    "wait": wait,
    "fail": fail,
    "swallow": swallow,
    "inner_flow": lambda _: leaf.run(1),
    "inner_flow_in_trio": in_trio,
    "inner_flow_in_thread": in_thread,
}

async def start(flow, value):
    async with flow.start(value) as run:
        await run.outputs()

RUNS = {
    "run_sync": lambda flow, value: flow.run_sync(value),
    "trio": lambda flow, value: trio.run(flow.run, value),
    "asyncio": lambda flow, value: asyncio.run(flow.run(value)),
    "start": lambda flow, value: trio.run(start, flow, value),
}

name, shape, how = sys.argv[1:]
options = {"when_exhausted": "skip", "max_attempts": 2, "base_delay": 0.001}
if shape == "timeout":
    options["timeout"] = 1000
flow = Flow("f", list[int])
if shape == "map":
    flow = flow.map("a", HANDLERS[name], over="run", **options)
else:
    flow = flow.step("a", HANDLERS[name], **options)
flow = flow.step("b", lambda _: print("b runs"), depends_on=["a"])
threading.Thread(target=press, daemon=True).start()
try:
    RUNS[how](flow, list(range(60)))
except KeyboardInterrupt as error:
    print("interrupted", *getattr(error, "__notes__", ()))
"""


def interrupted(handler: str, shape: str = "step", how: str = "run_sync") -> str:
    command = [sys.executable, "-c", PROGRAM, handler, shape, how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  as above
    return done.stdout + done.stderr


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process on Windows")


@pytest.mark.parametrize("shape", ["step", "map", "timeout"])
@pytest.mark.parametrize("handler", ["wait", "swallow", "inner_flow", "inner_flow_in_trio", "inner_flow_in_thread"])
def test_it_ends_the_program(handler: str, shape: str) -> None:
    assert interrupted(handler, shape) == "interrupted\n"


@pytest.mark.parametrize("how", ["trio", "asyncio", "start"])
def test_it_ends_the_program_however_the_run_was_started(how: str) -> None:
    assert interrupted("wait", "step", how) == "interrupted\n"


def test_it_outweighs_what_the_handler_raises_then() -> None:
    assert interrupted("fail") == "interrupted While it was being cancelled, the handler raised ValueError: no\n"

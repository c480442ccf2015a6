"""Flows for tests on asyncio."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from typing import Any, TypeVarTuple

import trio

from typedflow import Flow

Ts = TypeVarTuple("Ts")

SECONDS = 30  # how long anything may take before a test gives up


class Patient:
    """A handler that waits until it is cancelled, and then cleans up for as long as it is told to."""

    def __init__(self, *, cleans_up_at_once: bool = True) -> None:
        self.log: list[str] = []
        self.may_end = threading.Event()
        self.loop = asyncio.get_running_loop()
        self.started = asyncio.Event()
        self.cleaning = asyncio.Event()
        if cleans_up_at_once:
            self.may_end.set()

    async def __call__(self, inputs: Any) -> None:
        self.log.append("started")
        self.loop.call_soon_threadsafe(self.started.set)
        try:
            await trio.sleep_forever()
        finally:
            self.loop.call_soon_threadsafe(self.cleaning.set)
            with trio.CancelScope(shield=True):
                assert await trio.to_thread.run_sync(self.may_end.wait, SECONDS)
            self.log.append("cleaned up")

    @property
    def flow(self) -> Flow[int, Any]:
        return Flow("patient", int).step("wait", self)


def doubling() -> Flow[int, Any]:
    return Flow("doubling", int).step("double", lambda i: i["run"] * 2)


def threads_of_runs() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("run of flow")]


def python(program: str) -> tuple[int, str, str]:
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603  above
    return done.returncode, done.stdout, done.stderr

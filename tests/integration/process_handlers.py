"""Handlers that run in worker processes. Each process imports this module, so it imports little."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typedflow import StepContext


class PickyError(Exception):
    """An exception that pickle alone cannot restore."""

    def __init__(self, page: str, *, line: int) -> None:
        super().__init__(f"{page}:{line}")


class UnsentError(Exception):
    """An exception that cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("holds a lock")
        self.lock = threading.Lock()


def add(inputs: Mapping[str, Any]) -> int:
    count: int = inputs["run"]
    return count + 1


def say(inputs: Mapping[str, Any], context: StepContext) -> str:
    return f"{context.flow} {context.step} {context.attempt} {context.flow_input} {inputs['add']} {os.getpid()}"


def tenfold(item: int) -> int:
    return item * 10


def fail(inputs: Mapping[str, Any]) -> NoReturn:
    kind: str = inputs["run"]
    if kind == "lookup":
        raise LookupError("no such page")
    if kind == "picky":
        raise PickyError("index", line=3)
    if kind == "unsent":
        raise UnsentError
    if kind == "interrupt":
        raise KeyboardInterrupt
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(int(kind))


def view(inputs: Mapping[str, Any]) -> object:
    return memoryview(b"")


def use_resources(inputs: Mapping[str, Any], context: StepContext[Any, Any]) -> str:
    return str(context.resources.fetch(inputs["run"]))


def process_id(inputs: Mapping[str, Any]) -> int:
    return os.getpid()


def nest(inputs: Mapping[str, Any]) -> object:
    from typedflow import Flow  # noqa: PLC0415  each process imports this module

    return Flow("inner", int).step("add", add, runs_in="process").run_sync(inputs["run"])

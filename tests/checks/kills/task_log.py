"""`TaskLog`: a file with a line for each call of a handler, which is on the disk before the handler does anything."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class TaskLog:
    """The calls of handlers and predicates, by all processes that have executed a run.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def append(self, key: str) -> None:
        """Write down a call, and wait until it is on the disk."""
        descriptor = os.open(self.path, os.O_APPEND | os.O_WRONLY)
        try:
            os.write(descriptor, f"{os.getpid()} {key}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> list[tuple[int, str]]:
        """The process and the key of each call, in order."""
        lines = self.path.read_text("utf-8").splitlines()
        return [(int(process), key) for process, _, key in (line.partition(" ") for line in lines)]

    def calls(self) -> Counter[str]:
        """How often each key was written."""
        return Counter(key for _, key in self.lines())

    def processes(self) -> list[int]:
        """The processes that have called handlers, in the order of their calls. One that comes back is there twice."""
        processes = [process for process, _ in self.lines()]
        return [process for before, process in zip([0, *processes], processes, strict=False) if process != before]

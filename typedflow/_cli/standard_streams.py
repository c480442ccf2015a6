"""Makes the standard streams safe to use, however the command was started."""

from __future__ import annotations

import io
import os
import sys
from typing import Any

from typing_extensions import override


class StandardError(io.TextIOWrapper):
    """A standard error that accepts everything that is written to it, even if it is closed or full.

    What is written there only accompanies the work: a log that is full, or a reader that has ended, must not end a run.
    From the first write that fails, everything is discarded.

    It is ``sys.stdout``, too, while the user's code runs, which may close or detach it as if it were its own.
    So neither it nor its buffer can be closed.
    """

    def __init__(self) -> None:
        super().__init__(
            _Unclosable(io.FileIO(2, "wb", closefd=False)),  # it is open as long as the process
            encoding=getattr(sys.stderr, "encoding", None) or "utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )

    @override
    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError:
            discard(2)
            return len(text)

    @override
    def flush(self) -> None:
        try:
            super().flush()
        except OSError:
            discard(2)

    @override
    def close(self) -> None:
        self.flush()

    @override
    def detach(self) -> Any:
        self.flush()
        return self.buffer


class _Unclosable(io.BufferedWriter):
    """A buffer that stays open when it is closed, for example with a text stream that was put around it."""

    @override
    def close(self) -> None:
        self.flush()


def secure_standard_streams() -> None:
    """Open the standard streams that are closed, on nothing, and have standard error never fail.

    A file that is opened later would otherwise take the number of the closed stream, and receive what is printed.
    ``sys.stdin`` and ``sys.stdout`` stay None if they are closed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # noqa: FBT003  it takes the lowest number
    sys.stderr = StandardError()


def discard(descriptor: int) -> None:
    """Discard what is written to a descriptor from now on, so that no later write or flush fails."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)

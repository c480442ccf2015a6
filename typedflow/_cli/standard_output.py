"""Keeps standard output free for the result of a command."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def print_to_stderr() -> Iterator[None]:
    """Redirect the output of the user's code, its subprocesses and C libraries to standard error."""
    with ExitStack() as stack:
        if sys.__stdout__ is not None and sys.__stderr__ is not None:  # a process may not have them
            sys.__stdout__.flush()
            saved = os.dup(1)
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, 1)
            stack.callback(sys.__stdout__.flush)
            os.dup2(2, 1)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield

"""Keeps standard output free for the result of a command, and writes it."""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Final

import click

from typedflow._cli.failure import Failure, OutputFailure
from typedflow._cli.standard_streams import discard

if TYPE_CHECKING:
    from collections.abc import Iterator

# What JSON leaves as it is, but a terminal obeys instead of showing it.
_CONTROL: Final = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@contextmanager
def print_to_stderr() -> Iterator[None]:
    """Redirect the output of the user's code, its subprocesses and C libraries to standard error.

    Raises:
        Failure: Standard output is closed. This is reported before anything runs, so that no work is lost.
    """
    if sys.stdout is None:
        raise Failure("standard output is closed. Redirect it to a file, or to /dev/null.")
    with ExitStack() as stack:
        if sys.__stdout__ is not None:  # a process may not have it
            sys.__stdout__.flush()
            saved = os.dup(1)
            stack.callback(os.close, saved)
            stack.callback(os.dup2, saved, 1)
            stack.callback(sys.__stdout__.flush)
            os.dup2(2, 1)
        stack.enter_context(redirect_stdout(sys.stderr))
        yield


def write_output(text: str) -> None:
    """Write the result of a command to standard output, in any encoding.

    Control characters, and characters that the encoding does not have, are written as JSON's escape sequences.

    Raises:
        OutputFailure: It cannot be written. Unless its reader has gone, it is written to standard error instead.
    """
    if sys.stdout is None:
        raise OutputFailure("standard output is closed. Redirect it to a file, or to /dev/null.")
    encoding = sys.stdout.encoding or "utf-8"
    shown = _CONTROL.sub(lambda found: _escaped(found[0]), text)
    rest = memoryview(shown.encode(encoding, "typedflow.escaped"))
    try:
        # In a loop, because an unbuffered stream may write only a part. sys.stdout.write would then lose the others.
        while rest:
            rest = rest[sys.stdout.buffer.write(rest) :]
        sys.stdout.flush()
    except OSError as error:
        discard(1)
        if error.errno == errno.EPIPE:
            raise OutputFailure("the reader of standard output has closed it.") from error
        click.echo(shown, err=True, nl=False)
        raise OutputFailure(
            f"standard output cannot be written: {error.strerror}. The output is on standard error instead."
        ) from error


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


codecs.register_error("typedflow.escaped", _escape)

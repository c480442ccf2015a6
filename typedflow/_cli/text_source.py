"""A text that a command is given: written out, in a file or on standard input."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from typedflow._cli.failure import Failure


def read_text(parameter: str, source: str) -> tuple[str, str]:
    """Return the text that a parameter refers to, and what messages call it.

    Args:
        parameter: The parameter, such as ``--input``.
        source: The text itself, ``@FILE``, or ``-`` for standard input.

    Raises:
        Failure: The text cannot be read.
    """
    if not source.startswith("@") and source != "-":
        return source, f"the text of {parameter}"
    origin = "standard input" if source == "-" else f'the file "{source[1:]}"'
    if source == "-" and sys.stdin is None:
        raise Failure(f"{parameter}: standard input is closed.")
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source[1:]).read_bytes()
    except OSError as error:
        raise Failure(f"{parameter}: {origin} cannot be read: {error.strerror}.") from error
    try:
        return data.decode("utf-8-sig"), origin
    except UnicodeDecodeError as error:
        is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        what = "it is UTF-16" if is_utf_16 else f"byte {error.start + 1} is not valid UTF-8"
        raise Failure(f"{origin} is not JSON: {what}. Write it in UTF-8.") from error

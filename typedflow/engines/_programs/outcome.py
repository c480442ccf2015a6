"""The outcome of a trio program, outside of the program."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def unwrap(result: T, error: BaseException | None) -> T:
    """Return the result of a program, or raise its exception."""
    if error is None:
        return result
    try:
        raise error
    finally:
        del error  # its traceback holds this frame

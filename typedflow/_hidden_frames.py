"""Keeps the frames of this library out of the tracebacks of its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow.exceptions import TypedflowError

if TYPE_CHECKING:
    from types import TracebackType


class HiddenFrames:
    """A context. A traceback does not show what happened in it if an error of typedflow leaves it.

    The message of such an error says all that these frames could say, and a notebook shows ten lines for each of them.
    Other exceptions keep their frames.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, TypedflowError):
            error.__traceback__ = None


HIDDEN_FRAMES: Final = HiddenFrames()

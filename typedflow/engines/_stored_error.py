"""How an exception is stored: as text, which can be read without its class."""

from __future__ import annotations

import sys
from pathlib import Path
from traceback import TracebackException
from typing import TYPE_CHECKING, Final

from typedflow._text import escaped, escaped_lines
from typedflow.stores import StoredError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Packages whose frames lie between a worker and its handler.
_HIDDEN: Final = ("typedflow", "trio", "outcome", "trio_parallel", "_trio_parallel_workers")
_OUR_FOLDER: Final = str(Path(__file__).parents[1])
_MOST_NOTES: Final = 20


def stored_error(error: BaseException) -> StoredError:
    """Return an exception as it is stored. This never raises, and the text has neither colours nor surrogates.

    A very long message or traceback is shortened in its middle. The traceback does not show the frames between a
    worker and its handler.
    """
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return StoredError(escaped(name), _message(error), _notes(error), _traceback(error))


def _message(error: BaseException) -> str:
    try:
        return escaped_lines(str(error))
    except Exception:  # noqa: BLE001  a handler's exception may have a __str__ that fails
        return "(its message cannot be shown)"


def _notes(error: BaseException) -> tuple[str, ...]:
    try:
        notes = list(getattr(error, "__notes__", ()))
        shown = [escaped_lines(str(note)) for note in notes[:_MOST_NOTES]]
    except Exception:  # noqa: BLE001  anything may be assigned to __notes__
        return ("(its notes cannot be shown)",)
    return (*shown, f"({len(notes) - _MOST_NOTES} more notes)") if len(notes) > _MOST_NOTES else tuple(shown)


def _traceback(error: BaseException) -> str:
    if error.__traceback__ is None and error.__cause__ is None and error.__context__ is None:
        return ""
    try:
        described = TracebackException.from_exception(error)
        folders = tuple(_folders())
        for part in _all(described):
            _drop_frames(part, folders)
        return escaped_lines("".join(described.format()).removesuffix("\n"))
    except Exception:  # noqa: BLE001  the attributes of a handler's exception may be anything
        return ""


def _folders() -> Iterator[str]:
    for package in _HIDDEN:
        file = getattr(sys.modules.get(package), "__file__", None)
        if file is not None:
            yield str(Path(file).parent)


def _all(described: TracebackException) -> Iterator[TracebackException]:
    """Give an exception, its causes and contexts, and the exceptions of groups."""
    found, seen = [described], {id(described)}
    while found:
        part = found.pop()
        yield part
        for other in (part.__cause__, part.__context__, *(part.exceptions or ())):
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                found.append(other)


def _drop_frames(described: TracebackException, folders: tuple[str, ...]) -> None:
    frames = described.stack
    first = next((index for index, frame in enumerate(frames) if not frame.filename.startswith(folders)), len(frames))
    del frames[:first]
    if len(frames) > 1 and frames[-1].filename.startswith(_OUR_FOLDER):
        del frames[-1]

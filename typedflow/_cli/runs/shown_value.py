"""Values and errors of a store as text, cut to a width."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from typedflow._text import escaped, escaped_lines

if TYPE_CHECKING:
    from typedflow.stores import RunRecord, StoredError, StoredValue

_UNITS: Final = ("bytes", "kB", "MB", "GB")


def shown_value(value: StoredValue | None, width: int | None) -> str:
    """Return the JSON of a value in one line; of what a codec has made, the codec and the size.

    Args:
        value: The value; None gives an empty text.
        width: How many characters at most; None for all.
    """
    if value is None:
        return ""
    if isinstance(value.data, bytes):
        return f"{shown_size(len(value.data))}, codec {escaped(value.codec or '')}"
    return cut(value.data, width)


def shown_error(error: StoredError | None, width: int | None) -> str:
    """Return the type and the message of an error in one line, without the module of the type."""
    if error is None:
        return ""
    name = error.type.rpartition(".")[2]
    text = error.message if width is None else error.message[: 2 * width]
    message = " ".join(text.split())
    return cut(f"{name}: {message}" if message else name, width)


def shown_run_error(run: RunRecord, width: int | None) -> str:
    """Return why a run failed in one line. The flow is not named again, and a step that failed stands for itself."""
    error = run.error
    if error is None:
        return ""
    shown = error._replace(message=error.message.removeprefix(f'flow "{run.flow}": '))
    if error.type.endswith("StepFailedError") and shown.message != error.message:
        return cut(" ".join(shown.message.split()), width)
    return shown_error(shown, width)


def shown_traceback(error: StoredError) -> str:
    """Return the traceback of an error in lines that are safe to show; its type and message if it has none."""
    if error.traceback:
        return escaped_lines(error.traceback.rstrip("\n"))
    return escaped_lines("\n".join([f"{error.type}: {error.message}" if error.message else error.type, *error.notes]))


def cut(text: str, width: int | None) -> str:
    """Return a text that is safe to show, and has at most so many characters."""
    shown = escaped(text if width is None else text[: width + 1])
    return shown if width is None or len(shown) <= width else f"{shown[: max(width - 3, 0)]}..."


def shown_size(size: float) -> str:
    """Return a number of bytes in a fitting unit."""
    unit = 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:,.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"

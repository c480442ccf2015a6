"""Shows what handlers log, beside the progress."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeGuard

from typing_extensions import override

from typedflow._text import escaped_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]

_OF_STEPS: Final = logging.getLogger("typedflow")


@contextmanager
def show_logs(level: LogLevel | None) -> Iterator[None]:
    """Show log records on standard error while the context is entered.

    Records of steps name the step and the run. If the program has configured logging itself, its handlers stay, but
    they write to the standard error of the moment: while a table is drawn, their lines appear above it.

    Args:
        level: The lowest level that is shown. None for INFO of steps, and WARNING of all other loggers.
    """
    root = logging.getLogger()
    before = root.level, _OF_STEPS.level
    own = logging.StreamHandler(_StandardError())
    own.setFormatter(_Formatter())
    moved = [handler for handler in root.handlers if _writes_to_stderr(handler)]
    streams = [handler.setStream(_StandardError()) for handler in moved]
    if not root.handlers:
        root.addHandler(own)
        root.setLevel(level.upper() if level else logging.WARNING)
        _OF_STEPS.setLevel(level.upper() if level else logging.INFO)
    elif level:
        root.setLevel(level.upper())
        _OF_STEPS.setLevel(level.upper())
    try:
        yield
    finally:
        root.removeHandler(own)
        root.setLevel(before[0])
        _OF_STEPS.setLevel(before[1])
        for handler, stream in zip(moved, streams, strict=True):
            handler.setStream(stream)


class _StandardError:
    """The standard error of the moment: the live table replaces ``sys.stderr`` while it is drawn."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class _Formatter(logging.Formatter):
    """Formats a record as one line, and a traceback below it. A line names the step, the item and the run."""

    @override
    def formatMessage(self, record: logging.LogRecord) -> str:
        step = getattr(record, "step", None)
        if step is None:
            return f"{record.levelname} {record.name}: {record.message}"
        item = getattr(record, "task_index", 0)
        place = f'step "{step}"' + (f", item {item}" if item else "")
        return f"{record.levelname} {place}, run {getattr(record, 'run_id', '')}: {record.message}"

    @override
    def format(self, record: logging.LogRecord) -> str:
        return escaped_lines(super().format(record))


def _writes_to_stderr(handler: logging.Handler) -> TypeGuard[logging.StreamHandler[Any]]:
    return isinstance(handler, logging.StreamHandler) and handler.stream in {sys.stderr, sys.__stderr__}

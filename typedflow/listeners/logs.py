"""A listener that logs the events of a run."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Final

from typedflow._text import counted, escaped_lines, in_one_line

if TYPE_CHECKING:
    from typedflow.event import Event

_logger = logging.getLogger("typedflow")
_BY_STATUS: Final = {"failed": logging.ERROR, "retrying": logging.WARNING, "waiting": logging.INFO}
_LEVELS: Final = {"run": logging.INFO, "step": logging.INFO, "task": logging.DEBUG}


def log_events(event: Event) -> None:
    """Log an event with the logger ``typedflow``: ``flow.run(..., listeners=[log_events])``.

    Each line has the identifier of the run, and says how long a run, a step or an attempt has taken. Failures are
    errors, with the traceback if a handler raised. Retries are warnings. Other events of runs and steps have the level
    INFO, as has a step that waits for a delivery. Those of tasks have the level DEBUG. Records carry the attributes
    flow, step, run_id, task_index and attempt, as those of ``StepContext.logger`` do, and also subject and status.
    Those of a run that a handler has started also carry its task: parent_flow, parent_run_id, parent_step,
    parent_task_index and parent_attempt.
    """
    run = _runs.setdefault(event.run_id, _Run())
    sentence = run.sentence(event)
    if run.is_over:
        del _runs[event.run_id]
    level = _BY_STATUS.get(event.status, _LEVELS[event.subject])
    if not _logger.isEnabledFor(level):
        return
    extra = {
        "flow": event.flow,
        "step": event.step,
        "run_id": event.run_id,
        "task_index": event.task_index,
        "attempt": event.attempt,
        "subject": event.subject,
        "status": event.status,
    }
    if event.parent is not None:
        extra |= {f"parent_{name}": value for name, value in event.parent._asdict().items()}
    error = event.error if event.subject == "task" and event.status == "failed" else None
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    record = _logger.makeRecord(_logger.name, level, __file__, 0, "%s", (sentence,), exc_info, "log_events", extra)
    if error is not None:
        text = "".join(traceback.format_exception(error)).removesuffix("\n")
        if (safe := escaped_lines(text)) != text:
            record.exc_text = safe  # shown in place of what the formatter would make
    _logger.handle(record)


class _Run:
    """What the lines about one run need to know of its earlier events."""

    def __init__(self) -> None:
        self._began: dict[tuple[str | None, int | None], float] = {}
        self._maps: set[str | None] = set()

    @property
    def is_over(self) -> bool:
        """Whether everything that has begun has ended: the run, or its tasks in a worker, which knows no more of it."""
        return not self._began

    def sentence(self, event: Event) -> str:
        """Describe an event."""
        key = (event.step, event.task_index)
        place = f'flow "{event.flow}", run {event.run_id}'
        if event.step is not None:
            place += f', step "{event.step}"'
        if event.subject == "task" and (event.step in self._maps or event.task_index):
            place += f", item {event.task_index}"
        what = _what(event)
        if event.status in {"started", "waiting"}:
            self._began[key] = event.monotonic
        elif (began := self._began.pop(key, None)) is not None and event.cached_from is None:
            what += f" after {event.monotonic - began:.2f} s"
        if event.parent is not None and event.subject == "run" and event.status == "started":
            parent = event.parent
            what += f' by step "{parent.step}", task {parent.task_index}, of run {parent.run_id}'
        if event.items is not None:
            self._maps.add(event.step)
            what += f" with {counted(event.items, 'item')}"
        if event.reason is not None:
            what += f" ({event.reason})"
        if event.delay is not None:
            what += f", retrying in {event.delay:g} s" if event.status == "retrying" else f", for {event.delay:g} s"
        if event.error is not None:
            what += f": {in_one_line(event.error, event.flow, event.step)}"
        return f"{place}: {what}"


def _what(event: Event) -> str:
    if event.status == "waiting":
        return "waiting for a delivery"
    if event.cached_from is not None:
        return f"completed from the cache of run {event.cached_from}"
    status = "failed" if event.status == "retrying" else event.status
    return f"attempt {event.attempt} {status}" if event.subject == "task" else status


_runs: dict[str, _Run] = {}

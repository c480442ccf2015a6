"""A listener that writes the events of a run to a log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from typedflow._text import in_one_line

if TYPE_CHECKING:
    from typedflow.event import Event

_logger = logging.getLogger("typedflow")
_LEVELS: Final = {"run": logging.INFO, "step": logging.INFO, "task": logging.DEBUG}


def log_events(event: Event) -> None:
    """Write an event to the logger ``typedflow``: ``flow.run(..., listeners=[log_events])``.

    What failed is an error, with the traceback where a handler raised; a retry is a warning; what else becomes of a
    run or a step is information, and of a task for debugging. Records carry flow, step, run_id, task_index and attempt,
    as those of ``StepContext.logger`` do, and subject and status besides.
    """
    level = {"failed": logging.ERROR, "retrying": logging.WARNING}.get(event.status, _LEVELS[event.subject])
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
    by_handler = event.subject == "task" and event.status == "failed"
    _logger.log(level, "%s", _sentence(event), extra=extra, exc_info=event.error if by_handler else None)


def _sentence(event: Event) -> str:
    place = f'flow "{event.flow}"'
    if event.subject == "run":
        what = "run"
    else:
        what = f'step "{event.step}"'
        if event.subject == "task":
            what += f", task {event.task_index}: attempt {event.attempt}"
    status = "failed" if event.status == "retrying" else event.status
    told = f"{place}: {what} {status}"
    if event.reason is not None:
        told += f" ({event.reason})"
    if event.delay is not None:
        told += f", the next one follows in {event.delay:g} s"
    return told if event.error is None else f"{told}: {in_one_line(event.error)}"

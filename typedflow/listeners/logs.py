"""A listener that logs the events of a run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from typedflow._text import in_one_line

if TYPE_CHECKING:
    from typedflow.event import Event

_logger = logging.getLogger("typedflow")
_LEVELS: Final = {"run": logging.INFO, "step": logging.INFO, "task": logging.DEBUG}


def log_events(event: Event) -> None:
    """Log an event with the logger ``typedflow``: ``flow.run(..., listeners=[log_events])``.

    Failures are errors, with the traceback if a handler raised. Retries are warnings. Other events of runs and steps
    have the level INFO, those of tasks DEBUG. Records carry the attributes flow, step, run_id, task_index and attempt,
    as those of ``StepContext.logger`` do, and also subject and status.
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
    sentence = f"{place}: {what} {status}"
    if event.reason is not None:
        sentence += f" ({event.reason})"
    if event.delay is not None:
        sentence += f", retrying in {event.delay:g} s"
    return sentence if event.error is None else f"{sentence}: {in_one_line(event.error)}"

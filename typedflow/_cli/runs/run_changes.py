"""`RunChanges`: a line for each change of a run, where nothing can be drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._cli.runs.shown_state import shown_state
from typedflow._cli.runs.shown_step import failure_line, step_detail, step_status
from typedflow._cli.runs.shown_time import shown_duration
from typedflow._cli.runs.shown_value import shown_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typedflow._cli.runs.run_view import RunView

# How many characters of an output or an error are shown in a line.
_LONGEST = 200


class RunChanges:
    """Compares what is shown of a run with what was shown last."""

    def __init__(self) -> None:
        self._state = ""
        self._statuses: dict[str, tuple[str, str]] = {}
        self._failures = 0

    def lines(self, view: RunView) -> Iterator[str]:
        """Give a line for each attempt that failed, each step and item count, and the run, if they have changed."""
        maps = {step.slug for step in view.shape.steps if step.is_map}
        for failure in view.failures[self._failures :]:
            error = "" if failure.error is None else f": {shown_error(failure.error, _LONGEST)}"
            yield f"{failure_line(failure, has_item=failure.step in maps)}{error}"
        self._failures = len(view.failures)
        for step in view.shape.steps:
            record, task = view.steps.get(step.slug), view.tasks.get(step.slug)
            status = step_status(record, task)
            detail = step_detail(record, task, _LONGEST, is_map=step.is_map)
            if status != "created" and self._statuses.get(step.slug) != (status, detail):
                self._statuses[step.slug] = status, detail
                after = "" if record is None or record.took is None else f" after {shown_duration(record.took)}"
                yield f'step "{step.slug}" {status}{after}' + (f": {detail}" if detail else "")
        state = shown_state(view.run)
        if state != self._state:
            self._state = state
            yield f'run "{view.run.run_id}" {state}'

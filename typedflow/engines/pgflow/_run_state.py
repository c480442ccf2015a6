"""`RunState`: what is known of a run that workers execute, and the events of what has changed since it was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typedflow.context import ITEM
from typedflow.engines._encoding import Encoding
from typedflow.engines.pgflow._compiled import ITEMS
from typedflow.engines.pgflow._failures import failure_of, raised_in_worker
from typedflow.engines.pgflow._history import TaskHistory, reason_of
from typedflow.engines.pgflow._values import Skipped, from_jsonb
from typedflow.event import Event
from typedflow.stores import StoredValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.engines.pgflow._history import End, Failure
    from typedflow.engines.pgflow._run_rows import RunRow, RunRows, StepRow, TaskRow
    from typedflow.event import RunStatus, SkipReason, Status, StepStatus, Subject
    from typedflow.stores import StoredError

# For how many seconds after its claim a task is not shown as started whose step may turn out to be skipped.
_DECIDING: Final = 0.5
_ENDED: Final = {"completed", "failed", "skipped", "cancelled"}


class Failed(NamedTuple):
    """Why a run has failed.

    Attributes:
        step: Slug of the step.
        task: The task; None if the step failed without one.
        history: What had happened to the task.
        reason: The text for people.
    """

    step: str
    task: TaskRow | None
    history: TaskHistory
    reason: str


@dataclass(slots=True)
class _Task:
    """What the events have said of a task."""

    failures: int = 0
    started: int = 0
    has_ended: bool = False
    output: Any = None


@dataclass(slots=True)
class _Step:
    """What is known of a step."""

    status: StepStatus = "created"
    reason: SkipReason | None = None
    error: StoredError | None = None
    tasks: dict[int, _Task] = field(default_factory=dict)
    mark: Skipped | None = None
    first_started: float | None = None


class RunState:
    """What is known of a run that workers execute.

    Args:
        definition: The flow.
        run_id: Identifier of the run.

    Attributes:
        status: The status of the run.
        failed: Why it has failed; None if it has not failed by a step.
        end: Why it has ended without completing, as `TaskHistory` has it; None otherwise.
        read_at: The time of the database at which it was read; None before that.
        age: How long it had taken until then, in seconds.
        timeout: The timeout that has ended it, in seconds; None otherwise.
    """

    def __init__(self, definition: FlowDefinition, run_id: str) -> None:
        self.status: RunStatus = "started"
        self.failed: Failed | None = None
        self.end: End | None = None
        self.read_at: datetime | None = None
        self.age = 0.0
        self.timeout: float | None = None
        self._definition = definition
        self._run_id = run_id
        self._encoding = Encoding.of(definition)
        self._steps = {step.slug: _Step() for step in definition.steps}
        self._rows: dict[tuple[str, int], TaskRow] = {}
        self._has_begun = False
        self._flow_input: Any = None
        self._may_be_skipped = _may_be_skipped(definition)

    def statuses(self) -> dict[str, StepStatus]:
        """Return the status of each step, by slug, in the order of definition."""
        return {slug: step.status for slug, step in self._steps.items()}

    def has_output(self, slug: str) -> bool:
        """Return whether a step has completed or was skipped."""
        return self._steps[slug].status in {"completed", "skipped"}

    def output(self, slug: str) -> Any:
        """Return the output of a step that has completed; None if it was skipped."""
        step = self._steps[slug]
        if step.status != "completed":
            return None
        if self._definition[slug].over is None:
            return step.tasks[0].output
        return [task.output for _, task in sorted(step.tasks.items())]

    def completed(self) -> dict[str, Any]:
        """Return the outputs of the steps that have completed, by slug."""
        return {slug: self.output(slug) for slug, step in self._steps.items() if step.status == "completed"}

    def update(self, rows: RunRows) -> list[Event]:
        """Take what was read, and return the events of what has changed, in the order in which it happened.

        Raises:
            StoredValueError: An output is not of the declared type.
        """
        timed: list[tuple[float, Event]] = []
        run = rows.run
        if not self._has_begun:
            self._has_begun = True
            self._flow_input = self._encoding.input_from_store(_value(from_jsonb(run.input)))
            began = self._event("run", "started", run.started_at.timestamp(), input=self._flow_input)
            timed.append((0.0, began))
        of_steps = {row.slug: row for row in rows.steps}
        changed: dict[str, list[TaskRow]] = {}
        for row in rows.tasks:
            if self._rows.get((row.slug, row.task_index)) != row and not self._is_deciding(row, run):
                self._rows[row.slug, row.task_index] = row
                changed.setdefault(row.slug, []).append(row)
        self._find_failure(rows)
        for step in self._definition.steps:
            timed += self._events_of_step(step, of_steps, changed)
        self.read_at = run.now
        self.age = (run.now - run.started_at).total_seconds()
        if run.status != "started" and self.status == "started":
            timed += self._end(run.status, (run.ended_at or run.now).timestamp())
        timed.sort(key=lambda each: each[0])
        return [event for _, event in timed]

    def _events_of_step(
        self, definition: StepDefinition, rows: dict[str, StepRow], changed: dict[str, list[TaskRow]]
    ) -> list[tuple[float, Event]]:
        slug, step = definition.slug, self._steps[definition.slug]
        row = rows[slug]
        if step.status in _ENDED:
            return []
        timed: list[tuple[float, Event]] = []
        latest = 0.0
        for task_row in changed.get(slug, []):
            latest = 0.0
            for event in self._events_of_task(definition, step, task_row):
                latest = max(latest, event.time)
                timed.append((latest, event))
        ended = None if row.ended_at is None else row.ended_at.timestamp()
        was_started = step.status == "started"
        has_tasks = any(task.started for task in step.tasks.values())
        if not was_started and (has_tasks or (row.status == "completed" and step.mark is None)):
            times = [time for time, event in timed if event.subject == "task"]
            began = min(times, default=ended or 0.0)
            items = row.items if definition.over is not None else None
            given = self._input(definition)
            timed.insert(0, (began, self._event("step", "started", began, slug, items=items, input=given)))
            step.status = "started"
        self._end_step(step, row)
        if step.status in _ENDED:
            time = max([ended or 0.0, *(time for time, _ in timed)])
            timed.append((time, self._end_event(slug, step, row, time)))
        return timed

    def _end_step(self, step: _Step, row: StepRow) -> None:
        if step.mark is not None and row.status == "completed":
            step.status, step.reason, step.error = "skipped", step.mark.reason, step.mark.error
        elif row.status == "skipped":
            reason: Any = row.skip_reason
            step.status, step.reason = "skipped", reason
        elif row.status == "completed":
            step.status = "completed"
        elif self.failed is not None and self.failed.step == row.slug and self.end in {"failed", "interrupted"}:
            step.status = "failed"

    def _end_event(self, slug: str, step: _Step, row: StepRow, time: float) -> Event:
        status: Any = step.status
        error: BaseException | None = None
        if status == "failed" and self.failed is not None:
            failures = self.failed.history.failures
            error = raised_in_worker(failures[-1].error if failures else None, self.failed.reason)
        elif step.error is not None or row.error_message:
            failures = TaskHistory.of(row.error_message).failures
            error = raised_in_worker(
                step.error or (failures[-1].error if failures else None), reason_of(row.error_message)
            )
        output = self.output(slug) if status == "completed" else None
        return self._event("step", status, time, slug, reason=step.reason, error=error, output=output)

    def _events_of_task(self, definition: StepDefinition, step: _Step, row: TaskRow) -> Iterator[Event]:
        slug, index = definition.slug, row.task_index
        task = step.tasks.setdefault(index, _Task())
        history = TaskHistory.of(row.error_message)
        all_failures = history.attempts + history.interruptions  # the history keeps the last ones
        new = max(all_failures - task.failures, 0)
        task.failures = all_failures
        for failure in history.failures[-new:] if new else ():
            yield from self._events_of_failure(slug, index, task, failure)
        if task.has_ended:
            return
        attempt = history.attempts + 1
        began = row.started_at.timestamp() if row.started_at is not None else 0.0
        ended = row.ended_at.timestamp() if row.ended_at is not None else began
        if row.status == "started":
            yield from self._started(slug, index, task, attempt, began)
        elif row.status == "completed":
            yield from self._events_of_completion(step, row, task, attempt)
        elif history.was_executed:
            yield from self._started(slug, index, task, attempt, began)
        elif row.status == "failed" and not history.failures and history.end is None:  # another worker's task
            task.has_ended = True
            yield from self._started(slug, index, task, attempt, began)
            yield self._event(
                "task", "failed", ended, slug, index, attempt, error=raised_in_worker(None, row.error_message or "")
            )

    def _events_of_completion(self, step: _Step, row: TaskRow, task: _Task, attempt: int) -> Iterator[Event]:
        slug, index = self._own_slug(row.slug), row.task_index
        began = row.started_at.timestamp() if row.started_at is not None else 0.0
        ended = row.ended_at.timestamp() if row.ended_at is not None else began
        found = from_jsonb(row.output)
        task.has_ended = True
        if isinstance(found, Skipped):
            step.mark = found
            if found.error is None:  # its handler was not called, or what it did is not needed any more
                if task.started == attempt:
                    yield self._event("task", "cancelled", ended, slug, index, attempt)
                return
        yield from self._started(slug, index, task, attempt, began)
        if not isinstance(found, StoredValue):
            error = raised_in_worker(found.error, "")
            yield self._event("task", "failed", ended, slug, index, attempt, error=error)
            return
        task.output = self._encoding.output_from_store(slug, found)
        yield self._event("task", "completed", ended, slug, index, attempt, output=task.output)

    def _events_of_failure(self, slug: str, index: int, task: _Task, failure: Failure) -> Iterator[Event]:
        number = failure.attempt
        if not number:  # it failed before its first attempt
            task.has_ended = True
            return
        yield from self._started(slug, index, task, number, failure.started)
        if failure.error is None:
            task.started = number - 1  # it begins again
            return
        error = raised_in_worker(failure.error, "")
        if failure.delay is not None:
            yield self._event("task", "retrying", failure.ended, slug, index, number, error=error, delay=failure.delay)
        else:
            task.has_ended = True
            yield self._event("task", "failed", failure.ended, slug, index, number, error=error)

    def _started(self, slug: str, index: int, task: _Task, attempt: int, time: float) -> Iterator[Event]:
        if task.started < attempt:
            task.started = attempt
            given = self._input(self._definition[slug], index)
            yield self._event("task", "started", time, slug, index, attempt, input=given)

    def _find_failure(self, rows: RunRows) -> None:
        """Find why a run has ended that has not completed."""
        if rows.run.status != "failed":
            return
        failed = [row for row in self._rows.values() if row.status == "failed"]
        for row in sorted(failed, key=lambda row: row.ended_at or row.queued_at):
            history = TaskHistory.of(row.error_message)
            if self.end is None and (history.end is not None or self.failed is None):
                self.end, self.timeout = history.end or "failed", history.timeout
                self.failed = Failed(self._own_slug(row.slug), row, history, reason_of(row.error_message))
        if self.failed is None:
            step = next((row for row in rows.steps if row.status == "failed"), None)
            if step is not None:
                self.end = "failed"
                self.failed = Failed(self._own_slug(step.slug), None, TaskHistory(), reason_of(step.error_message))

    def _end(self, status: str, time: float) -> Iterator[tuple[float, Event]]:
        self.status = "completed" if status == "completed" else "cancelled" if self.end == "cancelled" else "failed"
        for definition in self._definition.steps:
            step = self._steps[definition.slug]
            if step.status != "started":
                continue
            for index, task in step.tasks.items():
                if task.started and not task.has_ended:
                    task.has_ended = True
                    cancelled = self._event("task", "cancelled", time, definition.slug, index, task.started)
                    yield time, cancelled
            step.status = "cancelled"
            yield time, self._event("step", "cancelled", time, definition.slug)
        error = failure_of(self._definition, self, self._run_id) if self.status == "failed" else None
        output = {slug: self.output(slug) for slug in self._steps} if self.status == "completed" else None
        yield time, self._event("run", self.status, time, error=error, output=output)

    def _is_deciding(self, row: TaskRow, run: RunRow) -> bool:
        """Return whether a worker may be about to skip the step of a task that it has just claimed, or was."""
        if row.status != "started" or row.started_at is None or row.slug not in self._may_be_skipped:
            return False
        if TaskHistory.of(row.error_message).failures:
            return False
        return run.status != "started" or (run.now - row.started_at).total_seconds() < _DECIDING

    def _input(self, definition: StepDefinition, index: int | None = None) -> Any:
        """Return what a step or a task is started with."""
        if definition.over is None:
            return self._outputs_of(definition.depends_on)
        items = self._flow_input if definition.over == "run" else self.output(definition.over)
        if index is None or not items:
            return items
        if definition.beside is None:
            return items[index]
        return {**self._outputs_of(definition.beside), ITEM: items[index]}

    def _outputs_of(self, slugs: Iterable[str]) -> dict[str, Any]:
        return {"run": self._flow_input, **{slug: self.output(slug) for slug in slugs}}

    def _own_slug(self, compiled: str) -> str:
        return compiled if compiled in self._steps else compiled.removesuffix(ITEMS)

    def _event(  # noqa: PLR0917  in the order of the fields of an event
        self,
        subject: Subject,
        status: Status,
        time: float,
        step: str | None = None,
        task_index: int | None = None,
        attempt: int | None = None,
        **of_kind: Any,
    ) -> Event:
        flow = self._definition.slug
        return Event(subject, status, flow, self._run_id, step, task_index, attempt, time, time, **of_kind)


def _value(found: object) -> StoredValue:
    return found if isinstance(found, StoredValue) else StoredValue("null")


def _may_be_skipped(definition: FlowDefinition) -> set[str]:
    """Return the steps that a worker may skip after it has claimed them."""
    found: set[str] = set()
    sources: set[str] = set()
    for step in definition.steps:
        if step.options.has_condition or not sources.isdisjoint(step.depends_on):
            found.add(step.slug)
        if step.slug in found or step.options.when_exhausted in {"skip", "skip_cascade"}:
            sources.add(step.slug)
    return found

"""Which tasks of a run are ready, and what becomes of a step when a task has ended: pgflow's rules, without a clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from typedflow._definition import condition
from typedflow._definition.validation import json_form
from typedflow._exception_group import leaves
from typedflow._text import in_one_line
from typedflow.exceptions import (
    ConditionUnmetError,
    InvalidMapSourceError,
    InvalidOutputError,
    NoJsonFormError,
    PermanentError,
    StepFailedError,
    UndeclaredInputError,
)

if TYPE_CHECKING:
    from typedflow.engines._local.plan import Plan, PlannedStep
    from typedflow.event import SkipReason, Status, Subject

Task: TypeAlias = "tuple[PlannedStep, int, int]"
"""A step, which of its tasks, and the number of the attempt."""

StepStatus: TypeAlias = Literal["created", "started", "completed", "failed", "skipped", "cancelled"]
RunStatus: TypeAlias = Literal["started", "completed", "failed", "cancelled"]


class _Items:
    """The items of a map step, and which of them are being worked on."""

    __slots__ = ("free", "next", "outputs", "remaining", "retries", "values")

    def __init__(self, values: list[Any] | tuple[Any, ...], max_concurrency: int) -> None:
        self.values = tuple(values)  # a handler that has the same list may change it
        self.outputs: list[Any] = [None] * len(values)
        self.remaining = len(values)
        self.next = 0
        self.retries: deque[Task] = deque()
        self.free = max_concurrency


class Schedule(ABC):
    """The state of one run; whoever executes its tasks says how to tell, to delay, to drop and to end.

    Attributes:
        flow: Slug of the flow.
        plan: Its steps.
        flow_input: The validated flow input.
        ready: Tasks that may be executed now, first come, first served; empty once the run is over.
        undecided: Steps of which `decide` has to decide whether they start; empty once the run is over.
        outputs: The output of each step that has completed, and None of each that was skipped, by slug.
        status: The status of the run.
        statuses: The status of each step, by index.
        failure: Why the run failed, or was interrupted; None otherwise.
        is_over: Whether nothing may start any more.
    """

    def __init__(self, flow: str, plan: Plan, flow_input: object) -> None:
        self.flow = flow
        self.plan = plan
        self.flow_input = flow_input
        self.ready: deque[Task] = deque()
        self.undecided: deque[PlannedStep] = deque()
        self.outputs: dict[str, Any] = {}
        self.status: RunStatus = "started"
        self.statuses: list[StepStatus] = ["created"] * len(plan.steps)
        self.failure: BaseException | None = None
        self.is_over = not plan.steps
        self._remaining = len(plan.steps)
        self._waiting_for = plan.open_dependencies.copy()
        self._items: dict[PlannedStep, _Items] = {}
        self._json_forms: dict[str, object] = {}

    @abstractmethod
    def tell(  # noqa: PLR0917  called for every event, and keywords cost time
        self,
        subject: Subject,
        status: Status,
        step: PlannedStep | None = None,
        task_index: int | None = None,
        attempt: int | None = None,
        error: BaseException | None = None,
        reason: SkipReason | None = None,
        delay: float | None = None,
        items: int | None = None,
    ) -> None:
        """Tell what happened."""

    @abstractmethod
    def delay(self, seconds: float, task: Task) -> None:
        """Call `is_due` with the task, later."""

    @abstractmethod
    def drop(self, step: PlannedStep) -> None:
        """Cancel the tasks of a step, delayed ones too: their outputs are of no use any more."""

    @abstractmethod
    def has_ended(self) -> None:
        """Let those go that wait for tasks: every step has ended."""

    @abstractmethod
    def stop(self) -> None:
        """Cancel all tasks: the run has failed."""

    def start(self) -> None:
        """Make the root steps ready."""
        for step in self.plan.roots:
            self._release(step)

    def decide(self) -> None:
        """Decide of one step whether it starts: its dependencies are done, or one of them was skipped with all below.

        Each decision may take time and release others, of which there may be very many: so they are made one by one.
        """
        step = self.undecided.popleft()
        if self.statuses[step.index] != "created":  # skipped already, below another of its dependencies
            return
        if self._waiting_for[step.index]:
            self._skip(step, "dependency_skipped", cascade=True)
        else:
            self._decide(step)

    def input_of(self, step: PlannedStep, index: int) -> Any:
        """Return the item that a task of a map step is about."""
        return self._items[step].values[index]

    def complete(self, task: Task, output: object) -> None:
        """Note the output of a task, unless it is of no use any more."""
        step, index, number = task
        if self.is_over or self.statuses[step.index] != "started":
            self.tell("task", "cancelled", step, index, number)
            return
        self.tell("task", "completed", step, index, number)
        if step.is_map:
            items = self._items[step]
            items.outputs[index] = output
            items.remaining -= 1
            items.free += 1
            if items.remaining:
                self._feed(step, items)
                return
            output = items.outputs
            del self._items[step]
        self._complete_step(step, output)

    def fail(self, task: Task, error: BaseException, *, is_cancelled: bool = False) -> None:
        """Note that an attempt failed: the task is tried again, or its step fails or is skipped.

        Args:
            task: Of which the attempt was.
            error: What was raised, or a timeout.
            is_cancelled: Whether the run is being cancelled from outside: nothing is tried again, or skipped for it.
        """
        step, index, attempt = task
        options = step.options
        if not isinstance(error, Exception):
            # Ctrl-C is raised in whatever handler runs, and is none of its failures.
            status: Literal["cancelled", "failed"] = "cancelled" if isinstance(error, KeyboardInterrupt) else "failed"
            self.tell("task", status, step, index, attempt, error)
            if self.statuses[step.index] == "started":  # another item of a map step may have ended it before
                self._end_step(step, status, error)
            self.interrupt(error)
            return
        is_wrong = any(isinstance(each, InvalidOutputError | UndeclaredInputError) for each in leaves(error))
        may_retry = not is_cancelled and not is_wrong and _is_temporary(error, options.retry_on)
        if may_retry and attempt < options.max_attempts and not self.is_over:
            delay = options.delay_after(attempt)
            self.tell("task", "retrying", step, index, attempt, error, delay=delay)
            self.delay(delay, (step, index, attempt + 1))
            if (items := self._items.get(step)) is not None:
                items.free += 1
                self._feed(step, items)
            return
        self.tell("task", "failed", step, index, attempt, error)
        if is_wrong or options.when_exhausted == "fail" or self.is_over:
            self._fail_step(step, error, index, attempt)
            return
        if is_cancelled:
            return
        self.drop(step)
        self._skip(step, "handler_failed", error, cascade=options.when_exhausted == "skip_cascade")

    def is_due(self, task: Task) -> None:
        """Make a task ready that was delayed, unless its step has ended."""
        step, _, attempt = task
        status = self.statuses[step.index]
        if self.is_over or status not in {"created", "started"}:
            return
        items = self._items.get(step)
        if items is not None:
            items.retries.append(task)
            self._feed(step, items)
        elif attempt == 1 and step.is_map:  # a map step whose start was delayed
            self._start_map(step)
        else:
            self.ready.append(task)

    def interrupt(self, error: BaseException) -> None:
        """End the run with what is meant for the program, not for the flow: a KeyboardInterrupt, a SystemExit."""
        error.__context__ = self.failure
        self.failure = error
        self._end()

    def cancel(self) -> None:
        """Let nothing start any more, and call the steps that have started and not ended cancelled."""
        self._close()
        for step in self.plan.steps:
            if self.statuses[step.index] == "started":
                self._end_step(step, "cancelled")

    def _end(self) -> None:
        self._close()
        self.stop()

    def _close(self) -> None:
        self.is_over = True
        self.ready.clear()
        self.undecided.clear()

    def _end_step(
        self,
        step: PlannedStep,
        status: Literal["completed", "failed", "cancelled", "skipped"],
        error: BaseException | None = None,
        reason: SkipReason | None = None,
    ) -> None:
        self.statuses[step.index] = status
        self.tell("step", status, step, None, None, error, reason)  # keywords cost time
        self._remaining -= 1
        if not self._remaining:
            self.is_over = True
            self.has_ended()

    def _complete_step(self, step: PlannedStep, output: object) -> None:
        self.outputs[step.slug] = output
        self._end_step(step, "completed")
        self._release_dependents(step)

    def _release_dependents(self, step: PlannedStep) -> None:
        waiting_for = self._waiting_for
        for dependent in step.dependents:
            left = waiting_for[dependent.index] = waiting_for[dependent.index] - 1
            if not left:
                self._release(dependent)

    def _release(self, step: PlannedStep) -> None:
        if step.is_plain:
            self.ready.append((step, 0, 1))
        else:
            self.undecided.append(step)

    def _decide(self, step: PlannedStep) -> None:
        options = step.options
        if options.has_condition:
            try:
                unmet = condition.unmet(options, self._tested(step))
            except NoJsonFormError as error:
                self._fail_step(step, error)
                return
            if unmet is not None and options.when_unmet == "fail":
                pattern = options.if_ if unmet == "if_" else options.if_not
                self._fail_step(step, ConditionUnmetError(self.flow, step.slug, unmet, pattern))
                return
            if unmet is not None:
                self._skip(step, "condition_unmet", cascade=options.when_unmet == "skip_cascade")
                return
        if options.start_delay:
            self.delay(options.start_delay, (step, 0, 1))
        elif step.is_map:
            self._start_map(step)
        else:
            self.ready.append((step, 0, 1))

    def _tested(self, step: PlannedStep) -> object:
        """What the condition of a step is about, as JSON: the flow input, or its dependencies that were not skipped.

        Those that no pattern names are left out: to write a large output as JSON takes time.
        """
        if not step.depends_on:
            return self._json_form("run", self.flow_input)
        patterns = (step.options.if_, step.options.if_not)
        named = {slug for pattern in patterns if isinstance(pattern, dict) for slug in pattern}
        statuses, by_slug = self.statuses, self.plan.by_slug
        return {
            slug: self._json_form(slug, self.outputs[slug])
            for slug in step.depends_on
            if slug in named and statuses[by_slug[slug].index] != "skipped"
        }

    def _json_form(self, source: str, value: object) -> object:
        """Return a value as JSON, made once for all conditions that are about it."""
        if source not in self._json_forms:
            self._json_forms[source] = json_form(self.flow, source, value)
        return self._json_forms[source]

    def _start_map(self, step: PlannedStep) -> None:
        over = step.definition.over or "run"
        values = self.flow_input if over == "run" else self.outputs[over]
        if over != "run" and self.statuses[self.plan.by_slug[over].index] == "skipped":
            values = ()
        self.statuses[step.index] = "started"
        count = len(values) if isinstance(values, list | tuple) else None
        self.tell("step", "started", step, items=count)
        if not isinstance(values, list | tuple):
            self._fail_step(step, InvalidMapSourceError(self.flow, step.slug, over, type(values).__name__))
        elif not values:
            self._complete_step(step, [])
        else:
            items = self._items[step] = _Items(values, step.definition.max_concurrency)
            self._feed(step, items)

    def _feed(self, step: PlannedStep, items: _Items) -> None:
        """Make as many items ready as may be worked on at once, and no more: there may be a million."""
        while items.free:
            if items.retries:
                self.ready.append(items.retries.popleft())
            elif items.next < len(items.values):
                self.ready.append((step, items.next, 1))
                items.next += 1
            else:
                break
            items.free -= 1

    def _skip(
        self, step: PlannedStep, reason: SkipReason, error: BaseException | None = None, *, cascade: bool
    ) -> None:
        self.outputs[step.slug] = None
        self._items.pop(step, None)
        self._end_step(step, "skipped", error, reason)
        if cascade:  # it goes on with each of them: they still wait for this step
            self.undecided.extend(step.dependents)
        else:
            self._release_dependents(step)

    def _fail_step(self, step: PlannedStep, error: Exception, index: int = 0, attempt: int = 0) -> None:
        if self.statuses[step.index] in {"created", "started"}:  # another item of a map step may have ended it before
            self._end_step(step, "failed", error)
        item = index if step.is_map and attempt else None
        if self.is_over:
            at_item = "" if item is None else f" at item {item}"
            note = f'While it was being cancelled, step "{step.slug}"{at_item} raised {in_one_line(error)}'
            if self.failure is not None:
                self.failure.add_note(note)
                return
        self.failure = StepFailedError(self.flow, step.slug, attempt, in_one_line(error), item)
        self.failure.__cause__ = error
        self._end()


def _is_temporary(error: Exception, retry_on: tuple[type[Exception], ...]) -> bool:
    """Whether another attempt may do better; of a group, every exception in it has to say so."""
    parts = list(leaves(error))
    if any(isinstance(each, PermanentError) for each in parts):
        return False
    return isinstance(error, retry_on) or all(isinstance(each, retry_on) for each in parts)

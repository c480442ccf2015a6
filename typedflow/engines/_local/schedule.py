"""The rules of a run: which tasks are ready, and what follows when an attempt has ended. The rules are pgflow's.

All transitions of a run happen here, without trio. The workers report what the handlers did, and read from the schedule
what to do next.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Literal

from typedflow._text import in_one_line
from typedflow.context import ITEM, StepContext
from typedflow.engines._local import waiting
from typedflow.engines._local.deliveries import Deliveries
from typedflow.engines._local.map_items import MapItems
from typedflow.engines._tasks.conditions import Conditions
from typedflow.engines._tasks.map_sources import source_error
from typedflow.engines._tasks.retries import fails_run, retry_delay, why_not_retried
from typedflow.exceptions import (
    ConditionUnmetError,
    InvalidRetryError,
    RunTimeoutError,
    StepFailedError,
)
from typedflow.outputs import CompletedOutputs

if TYPE_CHECKING:
    from contextvars import Context

    from typedflow.engines._local.emitter import Emitter
    from typedflow.engines._tasks.plan import Plan, PlannedStep, Task
    from typedflow.event import RunStatus, SkipReason, StepStatus


class Schedule:
    """The state of one run.

    A method is called when something has happened. It changes the state, emits an event for each transition, and then
    does what follows from it. What the workers have to do is left in ``ready``, ``undecided``, ``delayed`` and
    ``dropped``.

    Attributes:
        plan: The steps of the flow.
        flow: Slug of the flow.
        flow_input: The validated flow input.
        events: What emits the events of the run.
        resources: What the run has opened for its handlers; None if the flow declares no resources.
        ready: Tasks that may be executed now, in this order. Empty once the run is over.
        undecided: Steps for which `decide` must be called. Empty once the run is over.
        delayed: Tasks for which `wake` must be called after a delay, in seconds.
        dropped: Steps whose tasks must be cancelled, including the delayed ones: their outputs are not needed any more.
        outputs: The output of each completed step, and None for each skipped step, by slug.
        status: The status of the run.
        statuses: The status of each step, by index.
        failure: The exception with which the run failed or was interrupted; None otherwise.
        is_over: Whether no more tasks may start.
        is_interrupted: Whether the run was ended from outside, by a cancellation or a Ctrl-C, so that no step of it
            has failed.
    """

    def __init__(self, plan: Plan, flow_input: object, events: Emitter) -> None:
        self.plan = plan
        self.flow = plan.flow
        self.flow_input = flow_input
        self.events = events
        self._emit = self.events.emit
        self.ready: deque[Task] = deque()
        self.undecided: deque[PlannedStep] = deque()
        self.delayed: list[tuple[float, Task]] = []
        self.dropped: list[PlannedStep] = []
        self.outputs: dict[str, Any] = {}
        self.status: RunStatus = "started"
        self.statuses: list[StepStatus] = ["created"] * len(plan.steps)
        self.failure: BaseException | None = None
        self.is_over = not plan.steps
        self.is_interrupted = False
        self.resources: Any = None
        self._given: Any = None
        self._remaining = len(plan.steps)
        self._waiting_for = plan.open_dependencies.copy()
        self._items: dict[PlannedStep, MapItems] = {}
        self._interruptions: dict[tuple[str, int], int] = {}
        self._conditions: Conditions | None = None
        self._deliveries = Deliveries(plan, events) if plan.deliveries else None

    @property
    def deliveries(self) -> Deliveries:
        """What was delivered to the wait steps, which most flows do not have."""
        if self._deliveries is None:
            self._deliveries = Deliveries(self.plan, self.events)
        return self._deliveries

    # The run

    def start(self) -> None:
        """Start the run: the root steps are ready."""
        self._emit("run", "started", input_=self.flow_input)
        for step in self.plan.roots:
            self._release(step)

    def interrupt(self, error: BaseException) -> None:
        """End the run with an exception that is meant for the program: the KeyboardInterrupt of a Ctrl-C."""
        error.__context__ = self.failure
        self.failure = error
        self.is_interrupted = True
        self._close()

    def time_out(self, seconds: float) -> None:
        """End the run because its time is up."""
        running = tuple(step.slug for step in self.plan.steps if self.statuses[step.index] == "started")
        self.failure = RunTimeoutError(self.flow, self.events.run_id, seconds, running)
        self._close()

    def end(self, *, is_cancelled: bool = False) -> None:
        """End the run, when all of its tasks have ended. It was cancelled from outside, has failed or has completed."""
        self._close()
        status: RunStatus = "cancelled" if is_cancelled else "completed" if self.failure is None else "failed"
        for step in self.plan.steps if status != "completed" else ():
            if self.statuses[step.index] == "started":
                if step.validate_delivery is not None:
                    self._emit("task", "cancelled", step, 0, 1)
                self._end_step(step, "cancelled")
        self.status = status
        if isinstance(self.failure, StepFailedError | RunTimeoutError):
            self.failure.outputs = self.completed_outputs()
        has_outputs = status == "completed" and self.events.consumer is not None
        outputs = {step.slug: self.outputs[step.slug] for step in self.plan.steps} if has_outputs else None
        self._emit("run", status, error=None if is_cancelled else self.failure, output=outputs)

    def completed_outputs(self) -> CompletedOutputs:
        """Return the outputs of the steps that have completed."""
        statuses = self.statuses
        completed = (step.slug for step in self.plan.steps if statuses[step.index] == "completed")
        return CompletedOutputs(self.flow, self.plan.by_slug, {slug: self.outputs[slug] for slug in completed})

    def _close(self) -> None:
        self.is_over = True
        self.ready.clear()
        self.undecided.clear()
        if self.plan.deliveries:
            self.deliveries.refuse_all("the run has ended.")

    # Tasks

    def input_of(self, task: Task) -> Any:
        """Return the argument for the handler of a task: a step input, or an item of a map step."""
        step, index, _ = task
        if (given := self._given) is not None:  # made by `begin`, for an event
            self._given = None
            return given
        if step.reads is None:
            return self._items[step].values[index]
        step_input = step.input_with(step.reads, self.flow_input, self.outputs)
        if step.is_map:
            step_input[ITEM] = self._items[step].values[index]
        return step_input

    def context_of(self, task: Task, deadline: float) -> StepContext[Any]:
        """Return the context of a task, for a handler that takes one."""
        step, index, attempt = task
        own = self.flow, step.slug, self.events.run_id, index, attempt, step.options.max_attempts, deadline
        interruptions = self._interruptions.get((step.slug, index), 0) if self._interruptions else 0
        return StepContext(*own, self.flow_input, self.resources, interruptions)

    def begin(self, task: Task, context: Context) -> bool:
        """Start an attempt, unless its step has ended. Return whether it was started.

        Args:
            task: A task from ``ready``.
            context: The context variables of the handler. The consumer may set some.
        """
        step, index, attempt = task
        status = self.statuses[step.index]
        if status != "created" and status != "started":  # noqa: PLR1714  a set costs more; another item has ended it
            return False
        if self.events.consumer is None:
            self.statuses[step.index] = "started"
            return True
        given = self.input_of(task)
        if self.events.journal is None:  # otherwise other tasks begin before its handler is called
            self._given = given
        if step.reads is not None:
            given = {**given}  # the handler may change its own
        if status == "created":
            self.start_step(step, given)
        self._emit("task", "started", step, index, attempt, None, None, None, None, None, given, context)
        return True

    def is_started(self, task: Task) -> bool:
        """Return whether a task that was started is still needed: its step has not ended meanwhile."""
        return self.statuses[task[0].index] == "started"

    def complete(self, task: Task, output: object) -> None:
        """Complete a task. If its output is not needed any more, cancel it instead."""
        step, index, attempt = task
        if self.is_over or self.statuses[step.index] != "started":
            self._emit("task", "cancelled", step, index, attempt)
            return
        self._emit("task", "completed", step, index, attempt, None, None, None, None, output)
        if step.is_map:
            self._complete_item(step, index, output)
        else:
            self._complete_step(step, output)

    def complete_from_cache(self, task: Task, output: object, run_id: str) -> None:
        """Complete a task that has not started with an output of an earlier run, unless its step has ended."""
        step, index, attempt = task
        if self.is_over or self.statuses[step.index] not in {"created", "started"}:
            return
        if self.statuses[step.index] == "created":
            self.start_step(step, self.input_of(task))
        self._emit("task", "completed", step, index, attempt - 1, output=output, cached_from=run_id)
        if step.is_map:
            self._complete_item(step, index, output)
        else:
            self._complete_step(step, output, run_id)

    def fail(self, task: Task, error: BaseException, *, is_cancelled: bool = False) -> None:
        """End an attempt that failed: the task is retried, or its step fails or is skipped.

        Args:
            task: The task.
            error: The exception of the handler, or a timeout.
            is_cancelled: Whether the run is being cancelled from outside: nothing is retried or skipped then.
        """
        step, index, attempt = task
        delay = None
        if not is_cancelled and not self.is_over:
            try:
                delay = retry_delay(self.flow, step.slug, error, step.options, attempt)
            except InvalidRetryError as invalid:
                error = invalid.with_traceback(None)
        if delay is not None:
            self._emit("task", "retrying", step, index, attempt, error=error, delay=delay)
            self._retry(step, index, attempt, delay)
        else:
            self.is_interrupted |= is_cancelled and not self.is_over
            self._emit("task", "failed", step, index, attempt, error=error)
            self._exhaust(step, index, attempt, error)

    def interrupt_task(self, task: Task, error: BaseException) -> None:
        """End an attempt and the run, because a Ctrl-C was raised in the handler. The handler has not failed."""
        step, index, attempt = task
        self._emit("task", "cancelled", step, index, attempt, error=error)
        if self.statuses[step.index] == "started":  # another item of a map step may have ended it
            self._end_step(step, "cancelled", error=error)
        self.interrupt(error)

    def drop(self, task: Task, error: BaseException | None = None) -> None:
        """End an attempt whose outcome is not needed any more. It failed if the handler has raised an exception."""
        step, index, attempt = task
        self._emit("task", "cancelled" if error is None else "failed", step, index, attempt, error=error)

    def wake(self, task: Task) -> None:
        """Make a delayed task ready, unless its step has ended. Its delay is over, or the timeout of a wait step."""
        step, _, attempt = task
        if self.is_over or self.statuses[step.index] not in {"created", "started"}:
            return
        items = self._items.get(step)
        if step.validate_delivery is not None:
            waiting.time_out(self, step)
        elif items is not None:
            items.retry(task)
            items.hand_out(self.ready)
        elif attempt == 1 and step.is_map:  # a map step whose start was delayed
            self._start_map(step)
        else:
            self.ready.append(task)

    def _complete_item(self, step: PlannedStep, index: int, output: object) -> None:
        items = self._items[step]
        if items.complete(index, output):
            del self._items[step]
            self._complete_step(step, items.outputs)
        else:
            items.hand_out(self.ready)

    def _retry(self, step: PlannedStep, index: int, attempt: int, delay: float) -> None:
        self.delayed.append((delay, (step, index, attempt + 1)))
        if (items := self._items.get(step)) is not None:
            items.suspend()
            items.hand_out(self.ready)

    def _exhaust(self, step: PlannedStep, index: int, attempt: int, error: BaseException) -> None:
        mode = step.options.when_exhausted
        if fails_run(error) or mode == "fail" or self.is_over:
            self._fail_step(step, error, index, attempt)
        elif mode == "none" and not self.is_interrupted:
            self._complete_item(step, index, None)
        elif not self.is_interrupted:
            self.dropped.append(step)
            self._skip(step, "handler_failed", error)

    # Steps

    def decide(self) -> None:
        """Decide whether one undecided step starts. Only one, as a decision takes time and may add very many others."""
        step = self.undecided.popleft()
        if self.statuses[step.index] != "created":  # skipped already, because of another dependency
            return
        if self._waiting_for[step.index]:
            self._skip(step, "dependency_skipped")
        elif step.is_map and (wrong := source_error(self.flow, step.definition, self._values_of(step))) is not None:
            self._fail_step(step, wrong)
        elif not step.options.has_condition or self._meets_condition(step):
            if step.validate_delivery is not None:
                waiting.begin(self, step)
                return
            if step.options.start_delay or not step.is_map:
                self.events.queue(step)
            if step.options.start_delay:
                self.delayed.append((step.options.start_delay, (step, 0, 1)))
            elif step.is_map:
                self._start_map(step)
            else:
                self.ready.append((step, 0, 1))

    def _meets_condition(self, step: PlannedStep) -> bool:
        """Return whether the condition of a step is met. If not, fail or skip the step."""
        inputs = step.input_with(step.depends_on, self.flow_input, self.outputs)
        self._conditions = self._conditions or Conditions(self.flow, self.events.context)
        error = self._conditions.problem(step, inputs, list(filter(self._is_skipped, step.depends_on)))
        if isinstance(error, ConditionUnmetError) and step.options.when_unmet != "fail":
            self._skip(step, "condition_unmet")
        elif error is not None:
            self._fail_step(step, error)
        is_met = error is None
        del error  # its frames may hold this frame, so this frame must not hold it
        return is_met

    def _is_skipped(self, slug: str) -> bool:
        return self.statuses[self.plan.by_slug[slug].index] == "skipped"

    def _release(self, step: PlannedStep) -> None:
        if step.is_plain:
            self.ready.append((step, 0, 1))
        else:
            self.undecided.append(step)

    def _release_dependents(self, step: PlannedStep) -> None:
        waiting_for = self._waiting_for
        for dependent in step.dependents:
            left = waiting_for[dependent.index] = waiting_for[dependent.index] - 1
            if not left:
                self._release(dependent)

    def start_step(self, step: PlannedStep, step_input: object, items: int | None = None) -> None:
        """Start a step with its first task."""
        self.statuses[step.index] = "started"
        self._emit("step", "started", step, None, None, None, None, None, items, None, step_input)

    def _values_of(self, step: PlannedStep) -> Any:
        over = step.definition.over or "run"
        if over == "run":
            return self.flow_input
        return () if self._is_skipped(over) else self.outputs[over]

    def _start_map(self, step: PlannedStep) -> None:
        values = self._values_of(step)
        try:
            items = MapItems(step, values)
        except Exception as error:  # noqa: BLE001  a sequence of the user's own may raise anything
            self._fail_step(step, error.with_traceback(None))  # its frames hold this run
            return
        self.start_step(step, values, len(items.values))
        if items.values:
            self._items[step] = items
            items.hand_out(self.ready)
        else:
            self._complete_step(step, [])

    def _complete_step(self, step: PlannedStep, output: object, cached_from: str | None = None) -> None:
        self.outputs[step.slug] = output
        self._end_step(step, "completed", output=output, cached_from=cached_from)
        self._remaining -= 1
        if not self._remaining:
            self.is_over = True
        self._release_dependents(step)

    def _skip(self, step: PlannedStep, reason: SkipReason, error: BaseException | None = None) -> None:
        self.outputs[step.slug] = None
        self._items.pop(step, None)
        self._end_step(step, "skipped", error=error, reason=reason)
        self._pass_over(step, reason)

    def _pass_over(self, step: PlannedStep, reason: SkipReason) -> None:
        """Release the dependents of a skipped step, or skip them as well."""
        self._remaining -= 1
        if not self._remaining:
            self.is_over = True
        if step.cascades(reason):
            self.undecided.extend(step.dependents)  # `decide` skips them: they were not released
        else:
            self._release_dependents(step)

    def _fail_step(self, step: PlannedStep, error: BaseException, index: int = 0, attempt: int = 0) -> None:
        if self.statuses[step.index] in {"created", "started"}:  # another item of a map step may have ended it
            self._end_step(step, "failed", error=error)
        item = index if step.is_map and attempt else None
        reason = in_one_line(error, self.flow, step.slug)
        if self.is_over and self.failure is not None:
            at_item = "" if item is None else f" at item {item}"
            self.failure.add_note(f'While it was being cancelled, step "{step.slug}"{at_item} raised {reason}')
            return
        why = why_not_retried(error, step.options, attempt)
        reason += f" ({why})" if why else ""
        self.failure = StepFailedError(self.flow, step.slug, attempt, reason, item)
        self.failure.__cause__ = error
        self._close()

    def _end_step(
        self,
        step: PlannedStep,
        status: Literal["completed", "failed", "cancelled", "skipped"],
        error: BaseException | None = None,
        reason: SkipReason | None = None,
        output: object = None,
        *,
        cached_from: str | None = None,
    ) -> None:
        self.statuses[step.index] = status
        if step.validate_delivery is not None:
            self.deliveries.refuse(step.slug, f"the step has ended: it is {status}.")
        self._emit("step", status, step, None, None, error, reason, None, None, output, None, None, cached_from)

"""`TaskExecution`: executes the tasks that a worker has claimed, and decides what follows from how they end."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from typedflow._text import in_one_line
from typedflow.context import StepContext, StepInput
from typedflow.engines._encoding import Encoding
from typedflow.engines._stored_error import stored_error
from typedflow.engines._tasks.blocking_handlers import BlockingHandlers
from typedflow.engines._tasks.conditions import Conditions
from typedflow.engines._tasks.map_sources import source_error
from typedflow.engines._tasks.retries import fails_run, retry_delay, why_not_retried
from typedflow.engines._tasks.surrounding import Surrounding
from typedflow.engines._tasks.task_call import TaskCall
from typedflow.engines.pgflow._history import Failure
from typedflow.engines.pgflow._task_events import WatchedRun
from typedflow.engines.pgflow._turn import Completion, Exhausted, Report, Retry
from typedflow.engines.pgflow._values import (
    FailedItem,
    Skipped,
    UnstorableInPostgresError,
    from_jsonb,
    to_jsonb,
    written_again,
)
from typedflow.exceptions import (
    ConditionUnmetError,
    DeliveryTimeoutError,
    InvalidRetryError,
    TaskInterruptedError,
    UnstorableValueError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import Context

    from typedflow._definition.flow import FlowDefinition
    from typedflow.engines._tasks.places import Places
    from typedflow.engines._tasks.plan import Plan, PlannedStep
    from typedflow.engines.pgflow._history import End
    from typedflow.engines.pgflow._step_inputs import ReadOutputs, StepInputs
    from typedflow.engines.pgflow._task_events import TaskEvents
    from typedflow.engines.pgflow._turn import ClaimedTask
    from typedflow.event import SkipReason


class TaskExecution:
    """Executes the tasks of one flow.

    Args:
        definition: The flow.
        plan: The plan of the flow.
        inputs: Decodes what the tasks are given.
        places: Where handlers are called that run on asyncio or in processes.
        events: Receives what happens to the tasks.
        context: The context variables of the worker, for predicates.
        read_outputs: Returns the outputs of the tasks of some steps of a run, as JSON.

    Attributes:
        resources: What the handlers share; None if the flow declares no resources.
    """

    def __init__(
        self,
        definition: FlowDefinition,
        plan: Plan,
        inputs: StepInputs,
        places: Places,
        events: TaskEvents,
        *,
        context: Context,
        read_outputs: ReadOutputs,
    ) -> None:
        self.resources: Any = None
        self._definition = definition
        self._plan = plan
        self._inputs = inputs
        self._places = places
        self._events = events
        self._blocking = BlockingHandlers(definition.slug)
        self._context = context
        self._read_outputs = read_outputs
        self._encoding = Encoding.of(definition)

    def begin(self, task: ClaimedTask) -> TaskCall:
        """Return the call of a task, which others may drop before or while it is executed."""
        step = self._plan.by_slug[task.step.step]
        return TaskCall(self._plan.flow, step, task.attempt, self._places, self._blocking.warn)

    async def report(self, task: ClaimedTask, call: TaskCall) -> Report | None:
        """Execute a task, and return how that ended; None if it was dropped.

        Raises:
            trio.Cancelled: The worker was cancelled.
        """
        step = self._plan.by_slug[task.step.step]
        try:
            prepared = await self._prepared(task, step)
        except Exception as error:  # noqa: BLE001  what is stored cannot be read, or a condition cannot be tested
            return self._exhausted(task, step, error, attempt=0)
        if isinstance(prepared, _Output):
            return Completion(task, prepared.json, skipped=prepared.skipped)
        if task.step.role == "wait" or (task.step.delay_if_met and not task.history.is_waiting):
            return self._waiting(task, step)
        self._enter(task, step)
        self._events.started(task, dict(prepared) if isinstance(prepared, StepInput) else prepared)
        context_of, finish = partial(self._context_of, task), partial(self._encoded, step)
        outcome = await call.outcome(prepared, context_of, finish)
        if outcome.is_dropped:
            self._events.dropped(task, outcome.error)
            return None
        if outcome.error is not None:
            return self.failed(task, outcome.error)
        value, output = outcome.output
        return Completion(task, output, value, is_called=True)

    def _waiting(self, task: ClaimedTask, step: PlannedStep) -> Report:
        """Return what follows if a step is to wait whose condition is met, or if a wait step has waited enough."""
        if task.step.is_decided and not task.history.is_waiting:
            delay = task.step.delay_if_met
            reason = "its start delay begins" if delay else "it waits for a delivery"
            return Retry(task, replace(task.history, is_waiting=True), reason, delay)
        error = DeliveryTimeoutError(self._plan.flow, step.slug, 1, step.timeout)
        return self._ended(task, step, error)

    def _enter(self, task: ClaimedTask, step: PlannedStep) -> None:
        """Let the runs that the handler starts know of its task."""
        run = WatchedRun(str(task.key.run_id), self._events.listeners)
        surrounding = Surrounding(self._plan.flow, run)
        surrounding.task = step, task.key.task_index, task.attempt
        surrounding.enter()

    async def _prepared(self, task: ClaimedTask, step: PlannedStep) -> Any:
        """Return what the handler takes; or the output of the task, if no handler has to be called."""
        if task.step.role == "map":
            return await self._item(task, step)
        outputs, skipped = self._inputs.outputs_of(step, task.given)
        if task.step.role == "items" and step.definition.over not in skipped:
            self._check_source(task, step)
        history = task.history
        is_undecided = task.step.is_decided and not history.is_waiting and not history.attempts
        if is_undecided and (mark := self._skip(task, step, outputs, skipped)) is not None:
            text = to_jsonb(mark)
            return _Output(f"[{text}]" if task.step.role == "items" else text, mark.reason)
        if task.step.role == "items":
            return self._items(task, step, skipped)
        return self._inputs.step_input(step, task.key.run_id, outputs)

    def _skip(
        self, task: ClaimedTask, step: PlannedStep, outputs: Mapping[str, Any], skipped: Mapping[str, Skipped]
    ) -> Skipped | None:
        """Return with what mark a step is skipped; None if it is not."""
        if any(mark.is_cascade for mark in skipped.values()):
            return Skipped("dependency_skipped", is_cascade=True)
        if not step.options.has_condition:
            return None
        inputs = self._inputs.step_input(step, task.key.run_id, outputs)
        problem = Conditions(self._plan.flow, self._context).problem(step, inputs, skipped)
        if problem is None:
            return None
        if not isinstance(problem, ConditionUnmetError) or step.options.when_unmet == "fail":
            raise problem
        return Skipped("condition_unmet", is_cascade=step.options.when_unmet == "skip_cascade")

    def _items(self, task: ClaimedTask, step: PlannedStep, skipped: Mapping[str, Skipped]) -> _Output:
        if step.definition.over in skipped:
            return _Output("[]")
        return _Output(written_again(self._inputs.raw_items(task)))

    def _check_source(self, task: ClaimedTask, step: PlannedStep) -> None:
        raw = self._inputs.raw_items(task)
        if not isinstance(raw, list):
            raise source_error(self._plan.flow, step.definition, raw) or TypeError

    async def _item(self, task: ClaimedTask, step: PlannedStep) -> Any:
        run_id, definition = task.key.run_id, step.definition
        if isinstance(mark := from_jsonb(task.given), Skipped):
            return _Output(to_jsonb(mark))
        item = self._inputs.item(definition, task.given)
        if definition.beside is None:
            return item
        return await self._inputs.with_shared(step, run_id, item, self._read_outputs)

    def _context_of(self, task: ClaimedTask, deadline: float) -> StepContext:
        return StepContext(
            self._plan.flow,
            task.step.step,
            str(task.key.run_id),
            task.key.task_index,
            task.attempt,
            self._plan.by_slug[task.step.step].options.max_attempts,
            deadline,
            self._inputs.flow_input(task.key.run_id),
            self.resources,
            task.history.interruptions,
        )

    def _encoded(self, step: PlannedStep, output: Any) -> tuple[Any, str]:
        stored = self._encoding.output_to_store(step.slug, output, None)
        try:
            return output, to_jsonb(stored)
        except UnstorableInPostgresError as error:
            problem, _, fix = str(error).partition(". ")
            raise UnstorableValueError(self._plan.flow, step.slug, "output", problem, fix.rstrip(".")) from None

    def failed(self, task: ClaimedTask, error: BaseException) -> Report:
        """Return what follows from an attempt that failed."""
        step = self._plan.by_slug[task.step.step]
        try:
            delay = retry_delay(self._plan.flow, step.slug, error, step.options, task.attempt)
        except InvalidRetryError as invalid:
            error, delay = invalid.with_traceback(None), None
        if delay is not None:
            history = task.history.failed(_failure(task, error, delay))
            return Retry(task, history, in_one_line(error, self._plan.flow, step.slug), delay, error)
        return self._ended(task, step, error)

    def refused(self, task: ClaimedTask, reason: str) -> Report:
        """Return what follows from an output that the database does not store."""
        problem = f"the database refused it: {reason}"
        error = UnstorableValueError(self._plan.flow, task.step.step, "output", problem, "Return something else")
        step = self._plan.by_slug[task.step.step]
        return self._exhausted(task, step, error, attempt=task.attempt)

    def interrupted(self, task: ClaimedTask) -> Report:
        """Return what follows from an attempt whose worker has died."""
        step = self._plan.by_slug[task.step.step]
        history = task.history.failed(Failure(task.attempt, task.claimed_at, time.time()))
        task = replace(task, history=history)
        if history.interruptions < step.options.max_interruptions:
            return Retry(task, history, "its worker died", 0.0)
        item = task.key.task_index if step.is_map else None
        error = TaskInterruptedError(self._plan.flow, step.slug, history.interruptions, item)
        return self._ended(task, step, error, "interrupted")

    def _ended(self, task: ClaimedTask, step: PlannedStep, error: BaseException, end: End = "failed") -> Report:
        """Return what follows from the last attempt of a task."""
        mode = step.options.when_exhausted
        if mode == "none" and not fails_run(error):
            return Completion(task, to_jsonb(FailedItem(stored_error(error))), error=error)
        if mode in {"skip", "skip_cascade"} and not fails_run(error) and task.step.when_exhausted is None:
            mark = Skipped("handler_failed", mode == "skip_cascade", stored_error(error))
            return Completion(task, to_jsonb(mark), error=error, skipped="handler_failed")
        return self._exhausted(task, step, error, attempt=task.attempt, end=end)

    def _exhausted(
        self, task: ClaimedTask, step: PlannedStep, error: BaseException, *, attempt: int, end: End = "failed"
    ) -> Exhausted:
        failure = replace(_failure(task, error, None), attempt=attempt)
        reason = in_one_line(error, self._plan.flow, step.slug)
        why = why_not_retried(error, step.options, attempt)
        reason += f" ({why})" if why else ""
        return Exhausted(task, task.history.failed(failure, end), reason, error)


class _Output(NamedTuple):
    """The output of a task whose handler does not have to be called."""

    json: str
    skipped: SkipReason | None = None


def _failure(task: ClaimedTask, error: BaseException, delay: float | None) -> Failure:
    return Failure(task.attempt, task.claimed_at, time.time(), delay, stored_error(error))

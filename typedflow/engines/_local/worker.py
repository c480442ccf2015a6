"""Executes the tasks of a run that are ready, one after another, in one task of trio's."""

from __future__ import annotations

import inspect
import math
import time
from contextlib import suppress
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import trio

from typedflow._definition.handler import Mode
from typedflow.context import StepInput
from typedflow.engines import _handler_call
from typedflow.engines._cancellation import besides_cancellation, is_cancelled
from typedflow.exceptions import StepTimeoutError

if TYPE_CHECKING:
    from contextvars import Context
    from types import TracebackType

    from typedflow.engines._local.execution import Execution
    from typedflow.engines._local.schedule import Task

# Stands for the trap of a handler that waits for nothing.
_DONE: Final = object()
# Seconds for which handlers that never suspend may keep everybody else from running, cancellation included.
TURN = 0.005


class _Late(NamedTuple):
    """What a handler gave that was cancelled, and went on until it had an output nevertheless."""

    task: Task
    output: Any


class Worker:
    """One of the workers of a run.

    Attributes:
        task: What it executes.
        scope: Cancelled when that takes too long, or its output is of no use.
        is_dropped: Whether it was cancelled for the latter.
    """

    __slots__ = ("_deadline", "_execution", "_turn_ends", "is_dropped", "scope", "task")

    def __init__(self, execution: Execution) -> None:
        self.is_dropped = False
        self.scope: trio.CancelScope
        self.task: Task | None = None
        self._execution = execution
        self._deadline = math.inf
        self._turn_ends = 0.0

    async def work(self) -> None:
        """Execute tasks for as long as there are any."""
        execution = self._execution
        execution.workers.add(self)
        execution.workers_called -= 1
        self._begin_turn()
        try:
            while not execution.is_over:
                ended: BaseException | _Late | None = None
                self.is_dropped = False
                self._deadline = math.inf
                with trio.CancelScope() as self.scope:
                    ended = await self._execute_all()
                    if isinstance(ended, BaseException) and besides_cancellation(ended) is None:
                        cancelled, ended = ended, None
                        raise cancelled
                if isinstance(ended, _Late):
                    execution.complete(*ended)
                elif self.task is not None:
                    execution.note_time()
                    self._end_unfinished(self.task, ended)
                elif not self.scope.cancelled_caught and not execution.has_work():
                    return
                del ended  # an exception holds this frame, below its handler's, and must not be held by it
        finally:
            execution.workers.discard(self)
            if self.task is not None:
                execution.note_time()
                step, index, number = self.task
                execution.tell("task", "cancelled", step, index, number)

    def _begin_turn(self) -> None:
        self._turn_ends = time.perf_counter() + TURN
        self._execution.note_time()

    async def _execute_all(self) -> BaseException | _Late | None:  # noqa: C901  its parts cost less than calls would
        """Execute tasks until one of them has failed, the scope is used up, or there are none.

        A task that did not complete is still `task` then; its exception is returned, if it has one of its own. What a
        task gave that was cancelled is returned too: what comes of that is not cancelled with it.
        """
        execution = self._execution
        ready, undecided, may_start = execution.ready, execution.undecided, trio.lowlevel.checkpoint_if_cancelled
        while not execution.is_over:
            if not undecided and (not ready or execution.free < 1):
                if not await execution.is_called_again():
                    return None
                self._begin_turn()
                continue
            # What became ready in the moment of a cancellation must not start any more.
            await may_start()
            if time.perf_counter() > self._turn_ends:
                await trio.lowlevel.checkpoint()
                self._begin_turn()
                continue
            if undecided:
                execution.decide()
                continue
            task = ready.popleft()
            if (context := execution.begin(task)) is None:
                continue
            self.task = task
            execution.free -= 1
            try:
                output, trap = self._call(task, context)
                if has_suspended := trap is not _DONE:
                    output = await _handler_call.resumed(output, trap, context)
                    self._begin_turn()
                else:
                    execution.note_time()
                if (validate := task[0].validate) is not None:
                    validate(output)
            except trio.Cancelled:
                raise
            except BaseException as error:  # noqa: BLE001  a group may say no more than that it was cancelled
                return error
            execution.free += 1
            self.task = None
            if has_suspended and self.scope.cancel_called:
                return _Late(task, output)
            execution.complete(task, output)
        return None

    def _call(self, task: Task, context: Context) -> tuple[Any, Any]:
        """Call the handler; return its output, or a coroutine that waits for something and its trap."""
        execution = self._execution
        step, index, _ = task
        deadline = execution.now + step.timeout
        if step.is_map:
            step_input: Any = execution.input_of(step, index)
        else:
            step_input = StepInput(run=execution.flow_input)
            step_input.step, step_input.depends_on = step.slug, step.depends_on
            outputs = execution.outputs
            for slug in step.depends_on:
                step_input[slug] = outputs[slug]
        if step.mode is Mode.THREAD:
            self._limit(math.inf)  # its time begins when it gets a thread
            output: Any = _handler_call.in_thread(step.function, partial(self._begun, task, step_input), self._is_late)
        else:
            if self._deadline != math.inf:  # that of another task
                self._limit(deadline)
            arguments = (step_input, execution.context_of(task, deadline)) if step.takes_context else (step_input,)
            output = context.run(step.function, *arguments)
            if type(output) is not CoroutineType:
                if not inspect.isawaitable(output):
                    return output, _DONE
                output = _handler_call.begin(output)
        try:
            trap = context.run(output.send, None)
        except StopIteration as stop:
            return stop.value, _DONE
        if step.mode is not Mode.THREAD:
            self._limit(deadline)
        execution.call_workers()
        return output, trap

    def _begun(self, task: Task, step_input: object) -> tuple[Any, ...]:
        """Set the time of a task that has got its thread, and return the arguments of its handler."""
        step = task[0]
        deadline = trio.current_time() + step.timeout
        self._limit(deadline)
        return (step_input, self._execution.context_of(task, deadline)) if step.takes_context else (step_input,)

    def _is_late(self) -> bool:
        return self.scope.cancel_called and not self.is_dropped

    def _limit(self, deadline: float) -> None:
        """Have trio interrupt what this worker waits for at that time.

        It is not set before a handler suspends, and stays when it is done, for setting it costs as much as a step.
        Should it pass in between, the scope is used up and another one is opened, with nothing in it that could be
        interrupted.
        """
        if self._deadline != deadline:
            self._deadline = self.scope.deadline = deadline

    def _end_unfinished(self, task: Task, error: BaseException | None) -> None:
        """Say what became of a task that has no output."""
        execution = self._execution
        self.task = None
        step, index, number = task
        execution.free += 1
        if error is not None:
            error = besides_cancellation(error) or error
            error.with_traceback(_own_frames(error.__traceback__))
        if self.is_dropped and (error is None or isinstance(error, Exception)):
            execution.tell("task", "cancelled" if error is None else "failed", step, index, number, error)
            return
        if error is None:
            error = StepTimeoutError(execution.flow, step.slug, number, step.timeout)
        elif self.scope.cancel_called:
            error.add_note(
                f"It was raised while the attempt was being cancelled after its timeout of {step.timeout:g} s."
            )
        execution.fail(task, error, is_cancelled=is_cancelled())


def _own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """A handler's traceback without the frames of the executor and of trio's threads above it.

    The handler's frame still leads to them. So they are cleared: they hold the run, which holds the exception.
    """
    while traceback is not None:
        package = str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in {"typedflow", "trio", "outcome"}:
            break
        if package == "typedflow":
            with suppress(RuntimeError):  # it is still being executed
                traceback.tb_frame.clear()
        traceback = traceback.tb_next
    return traceback

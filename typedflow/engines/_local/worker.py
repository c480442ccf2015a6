"""The workers of a run, which execute its tasks."""

from __future__ import annotations

import inspect
import math
import time
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import trio

from typedflow.engines import _handler_call
from typedflow.engines._cancellation import is_cancelled, is_interrupt, without_cancelled
from typedflow.engines._handler_thread import call_in_thread
from typedflow.engines._output import SCALARS, refuse_unusable
from typedflow.engines._tasks.handler_traceback import own_frames
from typedflow.engines._tasks.plan import TURN
from typedflow.engines._tasks.surrounding import Surrounding
from typedflow.engines._tasks.timeout import Timeout
from typedflow.engines._wrong_library import explained
from typedflow.exceptions import StepTimeoutError

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextvars import Context

    from typedflow.engines._local.worker_pool import WorkerPool
    from typedflow.engines._tasks.places import Places
    from typedflow.engines._tasks.plan import Task

# Returned instead of a trap by `_call` if the handler has not suspended.
_DONE: Final = object()


class _CompletedAfterCancel(NamedTuple):
    """A task whose handler returned although it had been cancelled."""

    task: Task
    output: Any


class Worker:
    """Executes tasks one after another, in one trio task.

    Attributes:
        task: The task that it executes now; None between two tasks.
        timeout: The timeout of that task.
    """

    __slots__ = ("_clock", "_context", "_pool", "_schedule", "_surrounding", "_turn_ends", "task", "timeout")

    def __init__(self, pool: WorkerPool) -> None:
        self.task: Task | None = None
        self.timeout: Timeout
        self._pool = pool
        self._schedule = pool.schedule
        self._clock = pool.clock
        self._turn_ends = 0.0
        self._context = pool.context.copy()
        self._surrounding = Surrounding(pool.schedule.flow, pool.schedule.events)
        self._context.run(self._surrounding.enter)

    async def work(self) -> None:
        """Execute tasks until there is nothing to do."""
        schedule = self._schedule
        self._pool.enter(self)
        self._begin_turn()
        try:
            while not schedule.is_over:
                ended: BaseException | _CompletedAfterCancel | None = None
                self.timeout = Timeout()
                with self.timeout.scope as scope:
                    ended = await self._execute_all()
                    if isinstance(ended, BaseException) and without_cancelled(ended) is None and is_cancelled():
                        cancelled, ended = ended, None
                        raise cancelled
                if isinstance(ended, _CompletedAfterCancel):
                    schedule.complete(*ended)
                elif self.task is not None:
                    self._clock.read()
                    self._end_unfinished(self.task, ended)
                elif not scope.cancelled_caught and not self._pool.has_work():
                    return
                del ended  # the traceback of an exception holds this frame, so this frame must not hold it
        finally:
            if self.task is not None:
                self._clock.read()
                schedule.drop(self.task)
            self._pool.leave(self)

    def _begin_turn(self) -> None:
        self._turn_ends = time.perf_counter() + TURN
        self._clock.read()

    async def _execute_all(  # noqa: C901, PLR0912, PLR0915  calls of smaller functions would cost too much
        self,
    ) -> BaseException | _CompletedAfterCancel | None:
        """Execute tasks until one fails, the cancel scope is used up, or there is nothing to do.

        If a task did not complete, it is still in `task`, and its exception is returned if it has one of its own. If a
        cancelled handler returned an output, that is returned, so that the caller can complete the task outside of the
        cancelled scope.
        """
        pool, schedule, journal = self._pool, self._schedule, self._pool.journal
        ready, undecided, may_start = schedule.ready, schedule.undecided, trio.lowlevel.checkpoint_if_cancelled
        copy_context, surrounding = self._context.copy, self._surrounding
        now, longest_block = time.perf_counter, _handler_call.LONGEST_BLOCK
        while not schedule.is_over:
            if not undecided and (not ready or pool.free < 1) and (journal is None or not journal.startable):
                if journal is not None:
                    journal.submit()
                if not await pool.wait_for_work():
                    return None
                self._begin_turn()
                continue
            # A task that became ready just before a cancellation must not start.
            await may_start()
            if (called := now()) > self._turn_ends:
                await trio.lowlevel.checkpoint()
                self._begin_turn()
                continue
            if undecided:
                schedule.decide()
                pool.settle()
                continue
            if journal is None:
                task, context = ready.popleft(), copy_context()
                rate = task[0].rate
                if rate is not None and not pool.may_start(task, rate):
                    continue
                if not schedule.begin(task, context):
                    continue
                pool.free -= 1
            elif ready and pool.free >= 1:
                pool.announce(self._context)
                continue
            else:
                journal.submit()
                task, context = journal.startable.popleft()
                if not schedule.is_started(task):
                    pool.free += 1
                    schedule.drop(task)
                    continue
                context.run(surrounding.enter)
            self.task = surrounding.task = task
            try:
                output, trap = self._call(task, context)
                if (seconds := now() - called) > longest_block:
                    pool.warn_of_block(task[0], seconds)
                if has_suspended := trap is not _DONE:
                    output = await _handler_call.resume(output, trap, context, pool.warn_of_block, task[0])
                    self._begin_turn()
                else:
                    self._clock.read()
                if type(output) not in SCALARS:
                    refuse_unusable(schedule.flow, task[0].slug, output)
                if (validate := task[0].validate) is not None:
                    validate(output)
                if journal is not None:
                    journal.transitions.encode(task, output)
            except BaseException as error:
                if isinstance(error, trio.Cancelled) and is_cancelled():
                    raise
                return error  # the caller checks whether a group is only a cancellation
            pool.free += 1
            self.task = None
            if has_suspended and self.timeout.scope.cancel_called:
                return _CompletedAfterCancel(task, output)
            schedule.complete(task, output)
        return None

    def _call(self, task: Task, context: Context) -> tuple[Any, Any]:
        """Call a handler. Return its output and `_DONE`, or the suspended coroutine and its trap."""
        step = task[0]
        schedule, timeout = self._schedule, self.timeout
        step_input = schedule.input_of(task)
        deadline = self._clock.monotonic + step.timeout
        output: Any
        if not step.is_in_place:
            output = self._call_elsewhere(task, step_input, deadline)
        else:
            if timeout.deadline != math.inf:  # the deadline of an earlier task
                timeout.set(deadline)
            if step.takes_context:
                output = context.run(step.function, step_input, schedule.context_of(task, deadline))
            else:
                output = context.run(step.function, step_input)
            if type(output) is not CoroutineType:
                if not inspect.isawaitable(output):
                    return output, _DONE
                output = _handler_call.as_coroutine(output)
        try:
            trap = context.run(output.send, None)
        except StopIteration as stop:
            return stop.value, _DONE
        if step.is_in_place:
            timeout.set(deadline)
        self._pool.call_workers()
        return output, trap

    def _call_elsewhere(self, task: Task, step_input: object, deadline: float) -> Coroutine[Any, Any, Any]:
        """Return a coroutine that calls a handler in a thread, on an asyncio loop or in a process."""
        step, places = task[0], cast("Places", self._pool.places)
        if step.runs_in == "asyncio":
            self.timeout.set(deadline)
            given = self._arguments(task, step_input, deadline)
            return places.call_in_asyncio(step.function, given, step.slug)
        self.timeout.set(math.inf)  # its time begins when a thread or a process is free
        begin = partial(self._begin_elsewhere, task, step_input)
        if step.runs_in == "process":
            return places.call_in_process(step.function, begin, self._schedule.flow, step.slug)
        return call_in_thread(step.function, begin, self.timeout.has_expired)

    def _begin_elsewhere(self, task: Task, step_input: object) -> tuple[Any, ...]:
        """Start the timeout of a task that has got its thread or process. Return the arguments of its handler."""
        deadline = trio.current_time() + task[0].timeout
        self.timeout.set(deadline)
        return self._arguments(task, step_input, deadline)

    def _arguments(self, task: Task, step_input: object, deadline: float) -> tuple[Any, ...]:
        return (step_input, self._schedule.context_of(task, deadline)) if task[0].takes_context else (step_input,)

    def _end_unfinished(self, task: Task, error: BaseException | None) -> None:
        """Report a task without an output to the schedule: it failed, timed out or was dropped."""
        self.task = None
        self._pool.free += 1
        step, _, attempt = task
        if error is not None:
            error = without_cancelled(error) or error
            interrupts = is_interrupt(error)  # its frames say so
            error.with_traceback(own_frames(error.__traceback__))
            if interrupts:
                self._schedule.interrupt_task(task, error)
                self._pool.settle()
                return
            error = explained(error, self._schedule.flow, step.slug, step.runs_in)
        if self.timeout.is_dropped:
            self._schedule.drop(task, error)
            return
        if error is None:
            error = StepTimeoutError(self._schedule.flow, step.slug, attempt, step.timeout)
        elif self.timeout.scope.cancel_called:
            error.add_note(
                f"It was raised while the attempt was being cancelled after its timeout of {step.timeout:g} s."
            )
        self._schedule.fail(task, error, is_cancelled=is_cancelled())
        self._pool.settle()

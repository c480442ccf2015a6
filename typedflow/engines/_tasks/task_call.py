"""One attempt of a task, for engines whose tasks come one by one."""

from __future__ import annotations

import inspect
import math
import time
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple

import trio

from typedflow.engines import _handler_call
from typedflow.engines._cancellation import is_cancelled, is_interrupt, without_cancelled
from typedflow.engines._handler_thread import call_in_thread
from typedflow.engines._output import refuse_unusable
from typedflow.engines._tasks.handler_traceback import own_frames
from typedflow.engines._tasks.timeout import Timeout
from typedflow.engines._wrong_library import explained
from typedflow.exceptions import StepTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.context import StepContext
    from typedflow.engines._tasks.places import Places
    from typedflow.engines._tasks.plan import PlannedStep


class TaskOutcome(NamedTuple):
    """How an attempt ended: with an output, with an error, or because its outcome is not needed any more.

    Attributes:
        output: What the handler returned, as ``finish`` has made it.
        error: Why the attempt failed; None if it did not.
        is_dropped: Whether it was dropped.
    """

    output: Any = None
    error: BaseException | None = None
    is_dropped: bool = False


class _EndOfIteratorError(Exception):
    """Carries a StopIteration out of a coroutine, where Python would make a RuntimeError of it."""

    def __init__(self, error: StopIteration) -> None:
        super().__init__()
        self.error = error


class TaskCall:
    """One attempt of a task: calls its handler where that runs, and enforces its timeout.

    Args:
        flow: Slug of the flow.
        step: The step.
        attempt: Number of the attempt, from 1.
        places: Where handlers are called that run on asyncio or in processes.
        on_block: Called with the step and the seconds, if a handler has blocked trio's loop for long.
    """

    def __init__(
        self,
        flow: str,
        step: PlannedStep,
        attempt: int,
        places: Places,
        on_block: Callable[[PlannedStep, float], object],
    ) -> None:
        self._flow = flow
        self._step = step
        self._attempt = attempt
        self._places = places
        self._on_block = on_block
        self._timeout = Timeout()
        self._step_input: object = None
        self._context_of: Callable[[float], StepContext]

    def drop(self) -> None:
        """Cancel the attempt, because its outcome is not needed any more. It may be called before it begins."""
        self._timeout.drop()

    async def outcome(
        self, step_input: object, context_of: Callable[[float], StepContext], finish: Callable[[Any], Any]
    ) -> TaskOutcome:
        """Call the handler, and return how that ended.

        Args:
            step_input: What the handler takes.
            context_of: Returns its context, given its deadline by trio's clock.
            finish: Given the validated output, returns the output of the outcome. If it raises, the attempt failed.

        Raises:
            trio.Cancelled: A surrounding scope was cancelled.
            KeyboardInterrupt: Ctrl-C was pressed while the handler ran; also a SystemExit of the program.
        """
        self._step_input, self._context_of = step_input, context_of
        error: BaseException | None = None
        with self._timeout.scope as scope:
            try:
                output = await self._called()
                refuse_unusable(self._flow, self._step.slug, output)
                if self._step.validate is not None:
                    self._step.validate(output)
                return TaskOutcome(finish(output))
            except BaseException as raised:
                if isinstance(raised, _EndOfIteratorError):
                    raised = raised.error
                error = without_cancelled(raised)
                if error is None and is_cancelled():
                    raise
                error = error or raised
        try:
            return self._failed(error, has_expired=scope.cancel_called)
        finally:
            del error  # its traceback holds this frame

    def _failed(self, error: BaseException | None, *, has_expired: bool) -> TaskOutcome:
        slug, step = self._step.slug, self._step
        if error is None and self._timeout.is_dropped:
            return TaskOutcome(is_dropped=True)
        if error is None:
            return TaskOutcome(error=StepTimeoutError(self._flow, slug, self._attempt, step.timeout))
        interrupts = is_interrupt(error)  # its frames say so
        error.with_traceback(own_frames(error.__traceback__))
        if interrupts:
            raise error
        error = explained(error, self._flow, slug, step.runs_in)
        if self._timeout.is_dropped:
            return TaskOutcome(error=error, is_dropped=True)
        if has_expired:
            error.add_note(
                f"It was raised while the attempt was being cancelled after its timeout of {step.timeout:g} s."
            )
        return TaskOutcome(error=error)

    async def _called(self) -> Any:
        step = self._step
        if step.is_in_place:
            return await self._called_in_place(*self._begin())
        if step.runs_in == "asyncio":
            return await self._places.call_in_asyncio(step.function, self._begin(), step.slug)
        if step.runs_in == "process":
            return await self._places.call_in_process(step.function, self._begin, self._flow, step.slug)
        return await call_in_thread(step.function, self._begin, self._timeout.has_expired)

    async def _called_in_place(self, *arguments: Any) -> Any:
        step, context, began = self._step, copy_context(), time.perf_counter()
        try:
            try:
                output = context.run(step.function, *arguments)
            except StopIteration as stop:
                raise _EndOfIteratorError(stop) from None
            if not inspect.isawaitable(output):
                return output
            coroutine = _handler_call.as_coroutine(output)
            try:
                trap = context.run(coroutine.send, None)
            except StopIteration as stop:
                return stop.value
        finally:
            if (seconds := time.perf_counter() - began) > _handler_call.LONGEST_BLOCK:
                self._on_block(step, seconds)
        return await _handler_call.resume(coroutine, trap, context, self._on_block, step)

    def _begin(self) -> tuple[Any, ...]:
        """Start the timeout: the handler has its thread or process. Return its arguments."""
        deadline = trio.current_time() + self._step.timeout
        if deadline < math.inf:
            self._timeout.set(deadline)
        return (self._step_input, self._context_of(deadline)) if self._step.takes_context else (self._step_input,)

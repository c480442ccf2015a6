"""Runs a flow definition in a trio nursery, in this process."""

from __future__ import annotations

import contextvars
import inspect
import logging
import math
import time
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import trio

from typedflow import codec
from typedflow.context import StepContext
from typedflow.event import Event, Listener
from typedflow.exceptions import InvalidOptionError, StepFailedError
from typedflow.handler import Mode
from typedflow.step_input import StepInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from typedflow.definition import FlowDefinition, StepDefinition

_logger = logging.getLogger("typedflow")


async def execute(
    definition: FlowDefinition,
    flow_input: object,
    *,
    max_concurrency: int | None = None,
    listeners: Sequence[Listener] = (),
) -> dict[str, Any]:
    """Run every step of a flow, each as soon as its own dependencies are done, and return their outputs by slug.

    Args:
        definition: The flow.
        flow_input: Its input, validated before anything starts.
        max_concurrency: How many steps may run at once; None for no limit.
        listeners: Called with every event in order. One that raises is logged and heard no more in this run.

    Raises:
        InvalidInputError: The input is not of the flow's input type.
        InvalidOptionError: ``max_concurrency`` is not a whole number of at least 1.
        FlowDefinitionError: A declared type is none that pydantic can validate.
        StepFailedError: A step failed; all others have been cancelled and have cleaned up.
    """
    if max_concurrency is not None and (type(max_concurrency) is not int or max_concurrency < 1):
        raise InvalidOptionError("max_concurrency", max_concurrency, "a whole number of at least 1, or None")
    validators = _validators(definition)
    valid_input = codec.validate_input(definition, flow_input)
    return await _Run(definition, valid_input, validators, max_concurrency, listeners).outputs_of_all()


_known_validators: WeakKeyDictionary[FlowDefinition, tuple[Callable[[object], None] | None, ...]] = WeakKeyDictionary()


def _validators(definition: FlowDefinition) -> tuple[Callable[[object], None] | None, ...]:
    """What checks each step's output, by index; made at a flow's first run, when all types can be resolved."""
    known = _known_validators.get(definition)
    if known is None:
        known = tuple(codec.output_validator(definition, step) for step in definition.steps)
        _known_validators[definition] = known
    return known


class _Run:
    """One run of a flow: which steps are done, which run, which wait for a free place."""

    def __init__(
        self,
        definition: FlowDefinition,
        flow_input: object,
        validators: tuple[Callable[[object], None] | None, ...],
        max_concurrency: int | None,
        listeners: Sequence[Listener],
    ) -> None:
        self.definition = definition
        self.run_id = str(uuid.uuid4())
        self.flow_input = flow_input
        self.validators = validators
        self.free = math.inf if max_concurrency is None else max_concurrency
        self.ready = deque(definition.roots)
        self.waiting_for = [len(step.depends_on) for step in definition.steps]
        self.outputs: dict[str, Any] = {}
        self.failure: BaseException | None = None
        self.listeners = list(listeners)
        # Every step starts from the caller's context variables, whichever step happened to make it ready.
        self.context = contextvars.copy_context()

    async def outputs_of_all(self) -> dict[str, Any]:
        self.tell("run", "started")
        try:
            async with trio.open_nursery() as self.nursery:
                self.context.run(self.start_ready)
        except BaseException as error:
            other = _besides_cancellation(error)
            while isinstance(other, BaseExceptionGroup) and len(other.exceptions) == 1:
                other = other.exceptions[0]  # the group is the nursery's, which is none of the caller's business
            if other is not None:
                self.interrupt(other)
            elif self.failure is None:
                self.tell("run", "cancelled")
                raise
        if self.failure is None:
            self.tell("run", "completed")
            return {step.slug: self.outputs[step.slug] for step in self.definition.steps}
        # An exception outweighs a cancellation, as everywhere in trio.
        self.tell("run", "failed", error=self.failure)
        failure, self.failure = self.failure, None
        try:
            raise failure
        finally:
            del failure, self  # the traceback holds this frame, and this frame must not hold the exception

    def start_ready(self) -> None:
        while self.ready and self.free >= 1:
            self.free -= 1
            step = self.ready.popleft()
            self.nursery.start_soon(self.run_step, step, name=step.slug)

    async def run_step(self, step: StepDefinition) -> None:
        # What became ready in the moment of a cancellation must not start any more.
        await trio.lowlevel.checkpoint_if_cancelled()
        self.tell("step", "started", step)
        try:
            output = await self.call(step)
        except BaseException as error:
            failure = _besides_cancellation(error)
            if failure is None:
                self.tell("step", "cancelled", step)
                raise
            self.fail(step, failure)
            del failure  # the exception holds this frame, below its handler's, and must not be held by it
            return
        self.tell("step", "completed", step)
        self.outputs[step.slug] = output
        self.free += 1
        for index in self.definition.dependents[step.index]:
            self.waiting_for[index] -= 1
            if not self.waiting_for[index]:
                self.ready.append(self.definition.steps[index])
        self.context.run(self.start_ready)

    async def call(self, step: StepDefinition) -> object:
        handler = step.handler
        values = {"run": self.flow_input}
        for slug in step.depends_on:
            values[slug] = self.outputs[slug]
        arguments: tuple[Any, ...] = (StepInput(step.slug, step.depends_on, values),)
        if handler.takes_context:
            arguments += (self.context_of(step),)
        output: Any
        if handler.mode is Mode.ASYNC:
            output = await handler.function(*arguments)
        else:
            if handler.mode is Mode.THREAD:
                # Not abandoned when cancelled: the run does not return while a handler of it still works.
                (output,) = await trio.to_thread.run_sync(_call, handler.function, arguments)
            else:
                output = handler.function(*arguments)
            if inspect.isawaitable(output):
                output = await output
        validate = self.validators[step.index]
        if validate is not None:
            validate(output)
        return output

    def context_of(self, step: StepDefinition) -> StepContext[Any]:
        return StepContext(
            flow=self.definition.slug,
            step=step.slug,
            run_id=self.run_id,
            task_index=0,
            attempt=1,
            deadline=math.inf,
            flow_input=self.flow_input,
        )

    def fail(self, step: StepDefinition, error: BaseException) -> None:
        """Note a step's exception; the first one is the run's and cancels all other steps."""
        error.with_traceback(_own_frames(error.__traceback__))
        self.tell("step", "failed", step, error)
        if not isinstance(error, Exception):
            self.interrupt(error)
        elif self.failure is None:
            self.failure = StepFailedError(self.definition.slug, step.slug, 1, _in_one_line(error))
            self.failure.__cause__ = error
        else:
            self.failure.add_note(f'While it was being cancelled, step "{step.slug}" raised {_in_one_line(error)}')
        self.nursery.cancel_scope.cancel()

    def interrupt(self, error: BaseException) -> None:
        """End the run with what is meant for the program, not for the flow: a KeyboardInterrupt, a SystemExit."""
        error.__context__ = self.failure
        self.failure = error

    def tell(
        self,
        subject: Literal["run", "step"],
        status: Literal["started", "completed", "failed", "cancelled"],
        step: StepDefinition | None = None,
        error: BaseException | None = None,
    ) -> None:
        if not self.listeners:
            return
        slug = None if step is None else step.slug
        now = trio.current_time()
        event = Event(subject, status, self.definition.slug, self.run_id, slug, time.time(), now, error)
        for listener in tuple(self.listeners):
            try:
                listener(event)
            except Exception:
                self.listeners.remove(listener)
                _logger.exception("A listener failed and will hear no more of run %s: %r", self.run_id, listener)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any]:
    """Call a handler in a thread; boxed, because trio takes a thread that returns a coroutine for a mistake."""
    return (function(*arguments),)


def _besides_cancellation(error: BaseException) -> BaseException | None:
    """What an exception says apart from having been cancelled, which trio may group with it, or nothing."""
    if isinstance(error, trio.Cancelled):
        return None
    if not isinstance(error, BaseExceptionGroup):
        return error
    cancelled, rest = error.split(trio.Cancelled)
    return error if cancelled is None else rest


def _in_one_line(error: BaseException) -> str:
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  a handler's exception may have a __str__ that fails
        text = "(its message cannot be shown)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """A handler's traceback without the frames of the executor and of trio's threads above it."""
    while traceback is not None:
        package = str(traceback.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in {"typedflow", "trio", "outcome"}:
            break
        traceback = traceback.tb_next
    return traceback

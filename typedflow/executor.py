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
    run = _Run(definition, codec.validate_input(definition, flow_input), validators, max_concurrency, listeners)
    return await run.outputs_of_all()


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
        self.ready: deque[StepDefinition] = deque()
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
                for step in self.definition.roots:
                    self.start(step)
        except trio.Cancelled:
            # An exception outweighs a cancellation, as everywhere in trio.
            if self.failure is None:
                self.tell("run", "cancelled")
                raise
        if self.failure is not None:
            self.tell("run", "failed", error=self.failure)
            raise self.failure
        self.tell("run", "completed")
        return {step.slug: self.outputs[step.slug] for step in self.definition.steps}

    def start(self, step: StepDefinition) -> None:
        if self.free < 1:
            self.ready.append(step)
            return
        self.free -= 1
        self.context.run(self.nursery.start_soon, self.run_step, step, name=step.slug)

    async def run_step(self, step: StepDefinition) -> None:
        if self.failure is not None:
            return
        self.tell("step", "started", step)
        try:
            output = await self.call(step)
        except trio.Cancelled:
            self.tell("step", "cancelled", step)
            raise
        except BaseException as error:  # noqa: BLE001  a run ends with its first failure, whatever it is
            self.fail(step, error)
            return
        self.tell("step", "completed", step)
        self.outputs[step.slug] = output
        self.free += 1
        for index in self.definition.dependents[step.index]:
            self.waiting_for[index] -= 1
            if not self.waiting_for[index]:
                self.start(self.definition.steps[index])
        if self.ready and self.free >= 1:
            self.start(self.ready.popleft())

    async def call(self, step: StepDefinition) -> object:
        handler = step.handler
        values = {"run": self.flow_input}
        for slug in step.depends_on:
            values[slug] = self.outputs[slug]
        arguments: tuple[Any, ...] = (StepInput(step, values),)
        if handler.takes_context:
            arguments += (self.context_of(step),)
        output: Any
        if handler.mode is Mode.ASYNC:
            output = await handler.function(*arguments)
        else:
            if handler.mode is Mode.THREAD:
                # Not abandoned when cancelled: the run does not return while a handler of it still works.
                output = await trio.to_thread.run_sync(handler.function, *arguments)
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
        if isinstance(error, BaseExceptionGroup):
            cancelled, rest = error.split(trio.Cancelled)
            if cancelled is not None:
                # Part of the exception is the cancellation of this very step: trio must see it again.
                if rest is not None:
                    self.fail(step, rest)
                raise cancelled
        self.tell("step", "failed", step, error)
        if self.failure is not None:
            self.failure.add_note(f'While it was being cancelled, step "{step.slug}" raised {error!r}.')
            return
        error.with_traceback(_own_frames(error.__traceback__))
        if isinstance(error, Exception):
            self.failure = StepFailedError(self.definition.slug, step.slug, 1, f"{type(error).__name__}: {error}")
            self.failure.__cause__ = error
        else:  # KeyboardInterrupt, SystemExit: meant for the program, not for the flow
            self.failure = error
        self.nursery.cancel_scope.cancel()

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


def _own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """A handler's traceback without the frames of the executor and of trio's threads above it."""
    frame = traceback
    while frame is not None:
        package = str(frame.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in {"typedflow", "trio", "outcome", "contextvars"}:
            return frame
        frame = frame.tb_next
    return traceback

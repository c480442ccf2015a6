"""The plan of a flow: what all of its runs need to know about its steps, worked out once."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import trio

from typedflow._definition import validation
from typedflow._definition.handler import Handler
from typedflow.context import StepInput
from typedflow.engines._tasks.rate_limiter import RateLimiters
from typedflow.exceptions import InvalidHandlerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typedflow._definition.flow import FlowDefinition, StepDefinition
    from typedflow.event import SkipReason

# How long work that never suspends may keep other trio tasks from running, in seconds. It also delays cancellation.
TURN: Final = 0.005

_NO_HANDLER: Final = Handler(lambda _: None, "inline", takes_context=False)

Task: TypeAlias = "tuple[PlannedStep, int, int]"
"""A task: its step, its index in the step, and the number of the attempt."""


class PlannedStep:
    """A step of a plan.

    Attributes:
        definition: The definition of the step.
        dependents: The steps that depend on it.
        validate: Raises if an output, or the output of an item, is not of the declared type. None if no type is
            declared.
        is_in_place: Whether its handler is called by the worker itself, not in a thread or on another loop.
        is_map: Whether it is a map step.
        validate_delivery: Of a wait step, which no worker executes: returns a value that is delivered to it as pydantic
            validates it, given the identifier of the run. None if it is another step.
        reads: The dependencies in the step input of its handler; None if it takes an item instead.
        is_plain: Whether it is ready as one task as soon as its dependencies have ended: it has a handler, no
            condition, no start delay and no items.
        rate: Its rate limit, and the limiters that it may share with others; None if it has none.
    """

    __slots__ = (
        "definition",
        "dependents",
        "depends_on",
        "function",
        "index",
        "is_in_place",
        "is_map",
        "is_plain",
        "options",
        "rate",
        "reads",
        "runs_in",
        "slug",
        "takes_context",
        "timeout",
        "validate",
        "validate_delivery",
    )  # fmt: skip

    def __init__(
        self,
        definition: StepDefinition,
        validate: Callable[[object], None] | None,
        validate_delivery: Callable[[str, Any], Any] | None = None,
    ) -> None:
        self.definition = definition
        self.dependents: list[PlannedStep] = []
        self.validate = validate
        self.options = definition.options
        self.is_map = definition.over is not None
        self.validate_delivery = validate_delivery
        is_decided = self.is_map or validate_delivery is not None or self.options.has_condition
        self.is_plain = not is_decided and not self.options.start_delay
        # Copied from the definition, because they are read for every task, which is faster from here.
        self.slug = definition.slug
        self.index = definition.index
        self.depends_on = definition.depends_on
        self.reads = definition.reads
        handler = definition.handler or _NO_HANDLER
        self.function = handler.function
        self.runs_in = handler.runs_in
        self.is_in_place = self.runs_in in {"trio", "inline"}
        self.takes_context = handler.takes_context
        self.timeout = self.options.timeout
        limit = self.options.rate_limit
        self.rate = None if limit is None else (RateLimiters.of(limit), limit)

    def cascades(self, reason: SkipReason | None) -> bool:
        """Return whether the dependents of the step are skipped with it, if it was skipped for this reason."""
        mode = self.options.when_unmet if reason == "condition_unmet" else self.options.when_exhausted
        return reason is not None and (reason == "dependency_skipped" or mode == "skip_cascade")

    def input_with(self, reads: tuple[str, ...], flow_input: object, outputs: Mapping[str, Any]) -> StepInput:
        """Return a step input: the flow input, and the outputs of some dependencies."""
        step_input = StepInput(run=flow_input)
        step_input.step, step_input.depends_on = self.slug, reads
        for slug in reads:
            step_input[slug] = outputs[slug]
        return step_input


class Plan:
    """The planned steps of a flow.

    Attributes:
        flow: Slug of the flow.
        steps: All steps, in the order of definition.
        by_slug: All steps, by slug.
        roots: The root steps.
        open_dependencies: The number of dependencies of each step, by index.
        deliveries: By the slug of each wait step, what validates a delivery to it, given the identifier of the run.
        needs_places: Whether a handler is called on asyncio or in a process.
    """

    def __init__(self, flow: str, by_slug: dict[str, PlannedStep]) -> None:
        self.flow = flow
        self.by_slug = by_slug
        self.steps = tuple(by_slug.values())
        self.roots = tuple(step for step in self.steps if not step.depends_on)
        self.open_dependencies = [len(step.depends_on) for step in self.steps]
        self.deliveries = {
            step.slug: step.validate_delivery for step in self.steps if step.validate_delivery is not None
        }
        self.needs_places = any(step.runs_in in {"asyncio", "process"} for step in self.steps)

    @classmethod
    async def of(cls, definition: FlowDefinition) -> Plan:
        """Return the plan of a flow. It is made for the first run, when all declared types should be resolvable.

        Raises:
            InvalidHandlerError: A declared output type does not exist at run time, or pydantic cannot validate it.
        """
        # Stored in the definition. A registry of plans would keep alive any flow that one of its handlers refers to.
        plan: Plan | None = definition.prepared.get(cls)
        if plan is None:
            # Runs in several threads may all be the first. They share one plan, and so its rate limits.
            plan = definition.prepared.setdefault(cls, cls(definition.slug, await _planned_steps(definition)))
        return plan


def _check_extra(definition: FlowDefinition) -> None:
    handlers = ((step.slug, step.handler or _NO_HANDLER) for step in definition.steps)
    step = next((slug for slug, handler in handlers if handler.runs_in == "process"), None)
    if step is not None and find_spec("trio_parallel") is None:
        reason = 'runs_in="process" needs trio-parallel: install it with pip install "typedflow[process]".'
        raise InvalidHandlerError(definition.slug, step, reason)


async def _planned_steps(definition: FlowDefinition) -> dict[str, PlannedStep]:
    """Plan each step. If that takes long, let other trio tasks run in between."""
    by_slug: dict[str, PlannedStep] = {}
    _check_extra(definition)
    turn_ends = time.perf_counter() + TURN
    for step in definition.steps:
        deliverable = validation.delivery_validator(definition, step) if step.handler is None else None
        planned = PlannedStep(step, validation.output_validator(definition, step), deliverable)
        by_slug[step.slug] = planned
        for dependency in step.depends_on:
            by_slug[dependency].dependents.append(planned)
        if time.perf_counter() > turn_ends:
            await trio.lowlevel.checkpoint()
            turn_ends = time.perf_counter() + TURN
    return by_slug

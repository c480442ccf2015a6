"""What the runs of a flow need to know of its steps, worked out once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, TypeAlias

import trio

from typedflow._definition import validation

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow._definition.flow import FlowDefinition, StepDefinition

# Seconds for which work that never suspends may keep all other tasks from running, cancellation included.
TURN: Final = 0.005

Task: TypeAlias = "tuple[PlannedStep, int, int]"
"""A step, the index of one of its tasks, and the number of the attempt."""


class PlannedStep:
    """A step of a plan.

    Attributes:
        definition: The step as it was defined.
        dependents: The steps that depend on it.
        validate: Raises if an output, or that of an item, is not of the declared type; None if no type is declared.
        is_map: Whether it has a task for each item.
        is_plain: Whether it is ready as soon as its dependencies are done, as one task: it has no condition, no delay
            and no items.
    """

    __slots__ = (
        "definition",
        "dependents",
        "depends_on",
        "function",
        "index",
        "is_map",
        "is_plain",
        "mode",
        "options",
        "slug",
        "takes_context",
        "timeout",
        "validate",
    )  # fmt: skip

    def __init__(self, definition: StepDefinition, validate: Callable[[object], None] | None) -> None:
        self.definition = definition
        self.dependents: list[PlannedStep] = []
        self.validate = validate
        self.options = definition.options
        self.is_map = definition.over is not None
        self.is_plain = not self.is_map and not self.options.has_condition and not self.options.start_delay
        # Read for every task, and found faster here than in the definition.
        self.slug = definition.slug
        self.index = definition.index
        self.depends_on = definition.depends_on
        self.function = definition.handler.function
        self.mode = definition.handler.mode
        self.takes_context = definition.handler.takes_context
        self.timeout = self.options.timeout


class Plan:
    """The steps of a flow, ready to be run.

    Attributes:
        flow: Slug of the flow.
        steps: All steps in the order of definition.
        by_slug: The same by slug.
        roots: Those without dependencies.
        open_dependencies: For each step, by index, on how many others it depends.
    """

    def __init__(self, flow: str, by_slug: dict[str, PlannedStep]) -> None:
        self.flow = flow
        self.by_slug = by_slug
        self.steps = tuple(by_slug.values())
        self.roots = tuple(step for step in self.steps if not step.depends_on)
        self.open_dependencies = [len(step.depends_on) for step in self.steps]

    @classmethod
    async def of(cls, definition: FlowDefinition) -> Plan:
        """Return the plan of a flow, which is made for its first run, when all declared types can be resolved.

        Raises:
            InvalidHandlerError: A declared output type does not exist at run time, or pydantic cannot validate it.
        """
        # Kept in the definition itself: a handler may hold its own flow, which a registry would keep alive for ever.
        plan = definition.prepared.get(cls)
        if plan is None:
            plan = definition.prepared[cls] = cls(definition.slug, await _planned_steps(definition))
        return plan


async def _planned_steps(definition: FlowDefinition) -> dict[str, PlannedStep]:
    """Plan each step; others run meanwhile, for there may be very many."""
    by_slug: dict[str, PlannedStep] = {}
    turn_ends = time.perf_counter() + TURN
    for step in definition.steps:
        planned = PlannedStep(step, validation.output_validator(definition, step))
        by_slug[step.slug] = planned
        for dependency in step.depends_on:
            by_slug[dependency].dependents.append(planned)
        if time.perf_counter() > turn_ends:
            await trio.lowlevel.checkpoint()
            turn_ends = time.perf_counter() + TURN
    return by_slug

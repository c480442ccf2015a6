"""What the runs of a flow need to know of its steps, worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow import codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from typedflow.definition import FlowDefinition, StepDefinition


class PlannedStep:
    """A step of a plan.

    Attributes:
        definition: The step as it was defined.
        dependents: The steps that depend on it.
        validate: Raises where an output, or that of an item, is not of the declared type; None if none is declared.
        is_plain: Whether it is ready as soon as its dependencies are done, as one task: it has no condition, no delay
            and no items.
    """

    __slots__ = (
        "definition",
        "dependents",
        "depends_on",
        "function",
        "index",
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
        self.dependents: tuple[PlannedStep, ...] = ()
        self.validate = validate
        self.options = definition.options
        self.is_plain = definition.over is None and not self.options.has_condition and not self.options.start_delay
        # Read for every task, and sooner found here.
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
        steps: All steps in the order of definition.
        by_slug: The same by slug.
        roots: Those without dependencies.
        open_dependencies: For each step, by index, on how many others it depends.
    """

    def __init__(self, definition: FlowDefinition) -> None:
        self.steps = tuple(PlannedStep(step, codec.output_validator(definition, step)) for step in definition.steps)
        for step, dependents in zip(self.steps, definition.dependents, strict=True):
            step.dependents = tuple(self.steps[index] for index in dependents)
        self.by_slug = {step.slug: step for step in self.steps}
        self.roots = tuple(step for step in self.steps if not step.depends_on)
        self.open_dependencies = [len(step.depends_on) for step in self.steps]

    @classmethod
    def of(cls, definition: FlowDefinition) -> Plan:
        """Return the plan of a flow; made at its first run, when all declared types can be resolved.

        Raises:
            InvalidHandlerError: A declared output type does not exist at run time, or pydantic cannot validate it.
        """
        # Kept in the definition itself: a handler may hold its own flow, which a registry would keep alive for ever.
        kept = vars(definition)
        plan: Plan | None = kept.get("plan")
        if plan is None:
            plan = kept["plan"] = cls(definition)
        return plan

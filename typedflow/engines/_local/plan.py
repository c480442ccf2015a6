"""What the runs of a flow need to know of its steps, worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typedflow._definition import validation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from typedflow._definition.flow import FlowDefinition, StepDefinition


class PlannedStep:
    """A step of a plan.

    Attributes:
        definition: The step as it was defined.
        dependents: The steps that depend on it.
        validate: Raises where an output, or that of an item, is not of the declared type; None if none is declared.
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

    def __init__(self, by_slug: dict[str, PlannedStep]) -> None:
        self.by_slug = by_slug
        self.steps = tuple(by_slug.values())
        self.roots = tuple(step for step in self.steps if not step.depends_on)
        self.open_dependencies = [len(step.depends_on) for step in self.steps]

    @classmethod
    def known(cls, definition: FlowDefinition) -> Plan | None:
        """Return the plan of a flow that has been run before."""
        return vars(definition).get("plan")

    @classmethod
    def in_steps(cls, definition: FlowDefinition) -> Generator[None, None, Plan]:
        """Return the plan of a flow, stopping after each step, as there may be very many.

        It is made at the flow's first run, when all declared types can be resolved.

        Raises:
            InvalidHandlerError: A declared output type does not exist at run time, or pydantic cannot validate it.
        """
        by_slug: dict[str, PlannedStep] = {}
        for step in definition.steps:
            planned = PlannedStep(step, validation.output_validator(definition, step))
            by_slug[step.slug] = planned
            for dependency in step.depends_on:
                by_slug[dependency].dependents.append(planned)
            yield
        # Kept in the definition itself: a handler may hold its own flow, which a registry would keep alive for ever.
        plan = vars(definition)["plan"] = cls(by_slug)
        return plan

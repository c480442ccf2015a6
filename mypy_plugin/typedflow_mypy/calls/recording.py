"""The steps that were checked, for what writes their types down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from mypy.checker import TypeChecker
from mypy.nodes import MypyFile
from mypy.types import Instance, Type, TypedDictType

from typedflow_mypy.model.flow_type import SLUG, known_steps
from typedflow_mypy.model.notes import noted
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.source import assignments


@dataclass(frozen=True)
class Step:
    """A step as it was checked.

    Attributes:
        module: Where it is added to a flow.
        line: Where in it.
        flow: Slug of the flow; empty if its type does not say it.
        variable: Name that the flow is assigned to, if it is.
        slug: The step's own slug.
        step_input: What its handler receives; None of a map step, whose handler receives an item.
        before: Outputs of the flow that it extends.
        after: Outputs of the flow with it.
    """

    module: MypyFile
    line: int
    flow: str
    variable: str
    slug: str
    step_input: dict[str, Type] | None
    before: TypedDictType
    after: TypedDictType


@dataclass
class Recording:
    """The steps of some modules, each as it was checked last.

    Attributes:
        modules: Their names.
        version: What no other run has, so that mypy checks them again.
    """

    modules: frozenset[str]
    version: str
    found: dict[tuple[str, int, int, str], Step]

    @property
    def steps(self) -> list[Step]:
        """The steps by module, and in the order of their lines."""
        return [self.found[place] for place in sorted(self.found)]


_active: Final[list[Recording]] = []


@contextmanager
def recording(modules: frozenset[str]) -> Iterator[Recording]:
    """Record the steps of these modules."""
    active = Recording(modules, uuid4().hex, {})
    _active.append(active)
    try:
        yield active
    finally:
        _active.remove(active)


def version(module: str) -> str:
    """What makes mypy check a module again that is being recorded."""
    return next((active.version for active in _active if module in active.modules), "")


def step(checker: TypeChecker, call: StepCall, flow: Instance) -> None:
    """Note a step that has been checked."""
    active = [found for found in _active if checker.tree.fullname in found.modules]
    after = known_steps(flow)
    if not active or not call.is_known or after is None or call.steps is None:
        return
    place, slug = call.slug.place, str(call.slug.value)
    assignment = assignments.of(checker, call.expression)
    variable = assignment.target.name if assignment is not None and assignment.target is not None else ""
    step_input = call.step_input() if call.over is None else None
    checked = Step(checker.tree, place.line, noted(flow, SLUG) or "", variable, slug, step_input, call.steps, after)
    for found in active:
        found.found[checker.tree.fullname, place.line, place.column, slug] = checked

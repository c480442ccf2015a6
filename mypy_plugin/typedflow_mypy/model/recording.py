"""The steps that a run of mypy has checked, for the commands that write their types down."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from mypy.nodes import MypyFile
from mypy.types import Type, TypedDictType


@dataclass(frozen=True)
class RecordedStep:
    """A step as it was checked.

    Attributes:
        module: Where it is added to a flow.
        line: Where in it.
        flow: Slug of the flow; empty if its type does not say it.
        variable: Name that the flow is assigned to, if it is.
        slug: The step's own slug.
        step_input: What its handler receives; None of a map step whose handler receives an item.
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
        modules: Names of the modules.
        version: What no other run has, so that mypy checks the modules even if its cache has them.
    """

    modules: frozenset[str]
    version: str = field(default_factory=lambda: uuid4().hex)
    _by_place: dict[tuple[str, int, int, str], RecordedStep] = field(default_factory=dict)

    @property
    def steps(self) -> list[RecordedStep]:
        """The steps by module, and in the order of their lines."""
        return [self._by_place[place] for place in sorted(self._by_place)]

    def add(self, step: RecordedStep, column: int) -> None:
        """Record a step, in place of an earlier check of the same one."""
        self._by_place[step.module.fullname, step.line, column, step.slug] = step


# mypy itself makes the plugin that the user's configuration names, so that a recording cannot be handed to it as an
# argument: it takes the one that is current when it is made.
_CURRENT: Final[ContextVar[Recording | None]] = ContextVar("recording", default=None)


def current_recording() -> Recording | None:
    """Return the recording that a plugin made now is to write to, if there is one."""
    return _CURRENT.get()


@contextmanager
def recording(modules: frozenset[str]) -> Iterator[Recording]:
    """Have a run of mypy that begins within the block record the steps of these modules."""
    started = Recording(modules)
    token = _CURRENT.set(started)
    try:
        yield started
    finally:
        _CURRENT.reset(token)

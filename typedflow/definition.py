"""A flow as plain, frozen data: what it is made of, in which order, and whether it is wired rightly."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from typedflow.exceptions import (
    DuplicateDependencyError,
    DuplicateStepError,
    InvalidDependenciesError,
    InvalidHandlerError,
    InvalidSlugError,
    SelfDependencyError,
    UnknownDependencyError,
)
from typedflow.handler import Handler

if TYPE_CHECKING:
    from collections.abc import Callable

_SLUG = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
_RESERVED = "run"
# Held only for the instant in which a definition reads, or claims the next place in, the record it shares.
_claim = threading.Lock()


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step: its name, what it depends on and what it does.

    Attributes:
        slug: Name of the step, unique in its flow.
        handler: The callable and how it is called.
        depends_on: Slugs of the steps whose outputs it receives, as declared.
        index: Place in the order of definition, from 0; every dependency has a smaller one.
    """

    slug: str
    handler: Handler
    depends_on: tuple[str, ...]
    index: int


@dataclass(frozen=True, eq=False)
class FlowDefinition:
    """A flow without its types: an immutable graph of steps in topological order.

    A definition and those made from it by `with_step` share one append-only record of steps, of which each sees
    the first `len()` entries. Extending the newest costs a constant, so n steps cost O(n) in time and memory;
    extending an older one (branching) copies the entries that it sees.

    Attributes:
        slug: Name of the flow.
        input_type: Type of the flow input, as pydantic understands it.
    """

    slug: str
    input_type: Any
    _record: dict[str, StepDefinition] = field(default_factory=dict, repr=False)
    _length: int = 0

    def __post_init__(self) -> None:
        _check_slug(self.slug, flow=self.slug, step=None)

    def __len__(self) -> int:
        return self._length

    def __contains__(self, slug: object) -> bool:
        step = self._record.get(slug) if isinstance(slug, str) else None
        return step is not None and step.index < self._length

    def __getitem__(self, slug: str) -> StepDefinition:
        """Return the step of this slug.

        Raises:
            KeyError: The flow has no such step.
        """
        if slug not in self:
            raise KeyError(slug)
        return self._record[slug]

    @cached_property
    def steps(self) -> tuple[StepDefinition, ...]:
        """All steps in the order of definition, which is a topological order."""
        with _claim:
            return tuple(islice(self._record.values(), self._length))

    @cached_property
    def dependents(self) -> tuple[tuple[int, ...], ...]:
        """For each step, by index, the indices of the steps that depend on it."""
        found: list[list[int]] = [[] for _ in self.steps]
        for step in self.steps:
            for dependency in step.depends_on:
                found[self._record[dependency].index].append(step.index)
        return tuple(map(tuple, found))

    @property
    def roots(self) -> tuple[StepDefinition, ...]:
        """The steps without dependencies."""
        return tuple(step for step in self.steps if not step.depends_on)

    @property
    def leaves(self) -> tuple[StepDefinition, ...]:
        """The steps that no step depends on."""
        return tuple(step for step in self.steps if not self.dependents[step.index])

    def with_step(self, slug: str, handler: object, depends_on: object = (), *, thread: bool = True) -> FlowDefinition:
        """Return a definition that has one step more.

        Raises:
            FlowDefinitionError: The step is wired wrongly; the subclass says how.
        """
        _check_slug(slug, flow=self.slug, step=slug)
        if slug in self:
            raise DuplicateStepError(self.slug, slug)
        dependencies = self._checked_dependencies(slug, depends_on)
        try:
            called = Handler.of(handler, thread=thread)
        except TypeError as problem:
            raise InvalidHandlerError(self.slug, slug, str(problem)) from None
        step = StepDefinition(slug, called, dependencies, self._length)
        with _claim:
            record = self._record
            if len(record) > self._length:
                record = dict(islice(record.items(), self._length))
            record[slug] = step
        return FlowDefinition(self.slug, self.input_type, record, self._length + 1)

    def __reduce__(self) -> tuple[Callable[..., FlowDefinition], tuple[object, ...]]:
        # The record may hold steps of other flows, which are none of a copy's business and may not be picklable.
        return _restored, (self.slug, self.input_type, self.steps)

    def _checked_dependencies(self, slug: str, depends_on: object) -> tuple[str, ...]:
        if not isinstance(depends_on, list | tuple) or not all(isinstance(d, str) for d in depends_on):
            raise InvalidDependenciesError(self.slug, slug, depends_on)
        seen: set[str] = set()
        for dependency in depends_on:
            if dependency == slug:
                raise SelfDependencyError(self.slug, slug)
            if dependency not in self:
                known = tuple(step.slug for step in self.steps)
                raise UnknownDependencyError(self.slug, slug, dependency, known)
            if dependency in seen:
                raise DuplicateDependencyError(self.slug, slug, dependency)
            seen.add(dependency)
        return tuple(depends_on)


def _restored(slug: str, input_type: Any, steps: tuple[StepDefinition, ...]) -> FlowDefinition:
    return FlowDefinition(slug, input_type, {step.slug: step for step in steps}, len(steps))


def _check_slug(slug: object, *, flow: object, step: object) -> None:
    if not isinstance(slug, str) or slug == _RESERVED or _SLUG.fullmatch(slug) is None:
        raise InvalidSlugError(flow, step, slug)

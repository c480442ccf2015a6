"""A flow as frozen data: its steps in topological order, each checked when it is added."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from typedflow._definition.condition import checked_pattern, tested_by
from typedflow._definition.handler import Handler, dependency_parameter
from typedflow._definition.options import DEFAULTS, EXCEPT_IN_MAPS, MAX_CONCURRENCY, UNSET, Options
from typedflow._definition.predicate import checked_predicate, is_predicate
from typedflow._definition.resources import why_no_resources, why_other_resources
from typedflow._definition.wait import check_wait_options, checked_output_type
from typedflow.context import ITEM
from typedflow.exceptions import (
    DuplicateDependencyError,
    DuplicateStepError,
    InvalidConditionError,
    InvalidDependenciesError,
    InvalidHandlerError,
    InvalidInputTypeError,
    InvalidResourcesTypeError,
    InvalidSlugError,
    InvalidStepOptionError,
    SelfDependencyError,
    UnknownDependencyError,
    UnknownStepError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from typedflow._definition.runs_in import RunsIn
    from typedflow._definition.unknown_keys import UnknownKeys

_SLUG = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")
_RESERVED = "run"
# Held while a definition reads the record that it shares with others, or adds a step to it. See `FlowDefinition`.
_record_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class StepDefinition:
    """One step of a flow.

    Attributes:
        slug: Name of the step, unique in its flow.
        handler: The callable, and how it is called. None if the step is a wait step.
        depends_on: Slugs of the dependencies, in the order in which they were declared.
        index: Position of the step in the flow, from 0. Each dependency has a smaller one.
        options: The options of the step, with those of its flow filled in.
        over: Slug of the step whose output a map step maps over, or ``run`` for the flow input. None if the step is
            not a map step.
        beside: Of a map step whose handler takes a step input with the item in it: the dependencies that are in it too.
            None if the step is not a map step, or its handler takes the item itself.
        max_concurrency: How many items of a map step may be executed concurrently.
        output_type: Type of what is delivered to a wait step; also if a test has replaced the delivery by a handler.
            None if the step is another one.
    """

    slug: str
    handler: Handler | None
    depends_on: tuple[str, ...]
    index: int
    options: Options = DEFAULTS
    over: str | None = None
    beside: tuple[str, ...] | None = None
    max_concurrency: int = 100
    output_type: Any = None

    @property
    def reads(self) -> tuple[str, ...] | None:
        """The dependencies in the step input of the handler; None if it takes an item of a map step instead."""
        return self.depends_on if self.over is None else self.beside


@dataclass(frozen=True, eq=False)
class FlowDefinition:
    """A flow without its types: an immutable graph of steps in topological order.

    Attributes:
        slug: Name of the flow.
        input_type: Type of the flow input: any type that pydantic can validate.
        options: The default options of its steps.
        unknown_keys: Whether keys of the flow input that its type does not have are refused.
        resources: Class of the resources that a run needs: any type that can be an annotation. None if it needs none.
        prepared: What engines have prepared for runs of this flow. Each engine has a key of its own.
    """

    # A definition and those that `with_step` makes from it share one record of steps, which only grows. Each of them
    # sees its own first `_length` entries, so it is immutable although the dict behind it is not. Adding a step to the
    # newest definition costs the same however many steps there are. A step that is added to an older one finds that the
    # record has grown already, and continues on a copy. The lock makes "has it grown? then add" one operation: two
    # threads may extend the same definition.
    #
    # Copying the dict for each new step was tried instead. It needs neither the length nor the lock, but is quadratic:
    # 3 ms for 1,000 steps, 240 ms for 10,000. tests/unit/definition/test_definition.py shows that definitions which
    # share a record do not see each other's steps, even if several threads add them.
    slug: str
    input_type: Any
    options: Options = DEFAULTS
    _record: dict[str, StepDefinition] = field(default_factory=dict, repr=False)
    _length: int = 0
    unknown_keys: UnknownKeys = "forbid"
    resources: Any = None
    prepared: dict[type, Any] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slug", plain(self.slug))
        _check_slug(self.slug, flow=self.slug, step=None)
        if isinstance(self.input_type, str):
            wrong = f'the input type is the text "{self.input_type}". Pass the class itself, without quotes.'
            raise InvalidInputTypeError(self.slug, wrong)
        if self.unknown_keys not in {"forbid", "ignore"}:
            raise InvalidStepOptionError(self.slug, None, "unknown_keys", self.unknown_keys, '"forbid" or "ignore"')
        if self.resources is not None and (reason := why_no_resources(self.resources)):
            raise InvalidResourcesTypeError(self.slug, reason)

    def __len__(self) -> int:
        return self._length

    def __contains__(self, slug: object) -> bool:
        step = self._record.get(slug) if isinstance(slug, str) else None
        return step is not None and step.index < self._length

    def __getitem__(self, slug: str) -> StepDefinition:
        """Return the step with this slug.

        Raises:
            KeyError: The flow has no such step.
        """
        if slug not in self:
            raise KeyError(slug)
        return self._record[slug]

    @cached_property
    def steps(self) -> tuple[StepDefinition, ...]:
        """All steps, in the order of definition. Dependencies come before their dependents."""
        with _record_lock:
            return tuple(islice(self._record.values(), self._length))

    @cached_property
    def dependents(self) -> tuple[tuple[int, ...], ...]:
        """The indices of the dependents of each step, by the index of the step."""
        found: list[list[int]] = [[] for _ in self.steps]
        for step in self.steps:
            for dependency in step.depends_on:
                found[self._record[dependency].index].append(step.index)
        return tuple(map(tuple, found))

    @property
    def leaves(self) -> tuple[StepDefinition, ...]:
        """The leaf steps: those without dependents."""
        return tuple(step for step in self.steps if not self.dependents[step.index])

    def with_step(self, slug: str, handler: object, depends_on: object = (), **given: Any) -> FlowDefinition:
        """Return a definition that has one more step.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
            TypeError: An option is unknown.
        """
        slug = plain(slug)
        self._check_new(slug)
        dependencies = self._checked_dependencies(slug, depends_on)
        options = self.options.updated(self.slug, slug, given) if given else self.options
        called = self._handler(slug, handler, given.get("runs_in"), self.options.runs_in, dependencies)
        return self._with_checked(slug, called, dependencies, options)

    def with_map(
        self,
        slug: str,
        handler: object,
        over: object,
        depends_on: object = None,
        *,
        max_concurrency: object = None,
        **given: Any,
    ) -> FlowDefinition:
        """Return a definition that has one more map step. Its handler is called with each item of ``over``.

        With ``depends_on``, it is called with a step input that has the item under ``item``.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
            TypeError: An option is unknown.
        """
        slug, over = plain(slug), plain(over)
        self._check_new(slug)
        if not isinstance(over, str):
            raise InvalidStepOptionError(self.slug, slug, "over", over, 'the slug of a step, or "run"')
        requirement, allows = MAX_CONCURRENCY
        if max_concurrency is not None and not allows(max_concurrency):
            raise InvalidStepOptionError(self.slug, slug, "max_concurrency", max_concurrency, requirement)
        source = () if over == _RESERVED else self._checked_dependencies(slug, (over,))
        beside = None if depends_on is None else self._checked_dependencies(slug, depends_on)
        if beside and ITEM in beside:
            reason = (
                f'depends on a step "{ITEM}", but the step input of a map step has the item under that key. '
                "Give that step another slug."
            )
            raise InvalidDependenciesError(self.slug, slug, depends_on, reason)
        limit = {} if max_concurrency is None else {"max_concurrency": max_concurrency}
        options = self.options.updated(self.slug, slug, given) if given else self.options
        called = self._handler(slug, handler, given.get("runs_in"), self.options.runs_in, beside or ())
        dependencies = source + tuple(slug for slug in beside or () if slug not in source)
        return self._with_checked(slug, called, dependencies, options, over=over, beside=beside, **limit)

    def with_wait(self, slug: str, output_type: object, depends_on: object = (), **given: Any) -> FlowDefinition:
        """Return a definition that has one more wait step, whose output is delivered from outside.

        Raises:
            FlowDefinitionError: The step is not valid. The subclass says why.
            TypeError: An option is unknown, or needs a handler.
        """
        slug = plain(slug)
        self._check_new(slug)
        dependencies = self._checked_dependencies(slug, depends_on)
        check_wait_options(self.slug, slug, given)
        options = DEFAULTS.updated(self.slug, slug, given)
        delivered = checked_output_type(self.slug, slug, output_type)
        return self._with_checked(slug, None, dependencies, options, output_type=delivered)

    def with_replaced(self, slug: str, handler: object, *, runs_in: RunsIn | None = None) -> FlowDefinition:
        """Return a definition in which one step has another handler.

        Unless ``runs_in`` is given, the new handler runs where the step's does, if it suits it.

        Raises:
            UnknownStepError: The flow has no such step.
            InvalidStepOptionError: ``runs_in`` is not valid.
            InvalidHandlerError: The new handler is not valid.
        """
        slug = plain(slug)
        if slug not in self:
            raise UnknownStepError(self.slug, slug, tuple(step.slug for step in self.steps))
        options = self[slug].options.updated(self.slug, slug, {"runs_in": runs_in})
        reads = self[slug].reads or ()
        try:
            called = self._handler(slug, handler, runs_in, options.runs_in, reads)
        except InvalidHandlerError:
            if runs_in is not None or options.runs_in != "process":
                raise
            called = self._handler(slug, handler, None, None, reads)  # a fake, that cannot be sent to a process
        new = replace(self[slug], handler=called, options=options)
        return self.with_steps(new if step.slug == slug else step for step in self.steps)

    def with_steps(self, steps: Iterable[StepDefinition]) -> FlowDefinition:
        """Return a definition that has these steps instead. Each of their dependencies comes before them."""
        record = {step.slug: replace(step, index=index) for index, step in enumerate(steps)}
        return replace(self, _record=record, _length=len(record))

    def _check_new(self, slug: object) -> None:
        _check_slug(slug, flow=self.slug, step=slug)
        if slug in self:
            raise DuplicateStepError(self.slug, slug)

    def _with_checked(
        self, slug: str, handler: Handler | None, depends_on: tuple[str, ...], options: Options, **of_kind: Any
    ) -> FlowDefinition:
        if options.when_exhausted == "none" and "over" not in of_kind:
            raise InvalidStepOptionError(self.slug, slug, "when_exhausted", "none", EXCEPT_IN_MAPS)
        if options.has_condition:
            options = replace(options, **self._checked_condition(slug, options, depends_on))
        step = StepDefinition(slug, handler, depends_on, self._length, options, **of_kind)
        with _record_lock:
            record = self._record
            if len(record) > self._length:
                record = dict(islice(record.items(), self._length))
            record[slug] = step
        return FlowDefinition(
            self.slug,
            self.input_type,
            self.options,
            record,
            self._length + 1,
            unknown_keys=self.unknown_keys,
            resources=self.resources,
        )

    def _handler(
        self, slug: str, handler: object, runs_in: RunsIn | None, default: RunsIn | None, reads: tuple[str, ...]
    ) -> Handler:
        try:
            called = Handler.of(handler, runs_in, default)
        except TypeError as problem:
            raise InvalidHandlerError(self.slug, slug, str(problem)) from None
        if called.takes_context and (wanted := dependency_parameter(handler, reads)) is not None:
            wrong = (
                f'the handler has the parameter "{wanted}", a dependency, but it is called with one step input '
                f'and a StepContext. Give it one parameter, inputs, and read inputs["{wanted}"].'
            )
            raise InvalidHandlerError(self.slug, slug, wrong)
        if called.takes_context and (reason := why_other_resources(called, self.resources)):
            raise InvalidHandlerError(self.slug, slug, reason)
        return called

    def _checked_condition(self, slug: str, options: Options, depends_on: tuple[str, ...]) -> dict[str, Any]:
        checked = {}
        for option, value in (("if_", options.if_), ("if_not", options.if_not)):
            try:
                if is_predicate(value):
                    checked[option] = checked_predicate(option, value)
                elif value is not UNSET:
                    checked[option] = tested_by(option, checked_pattern(option, value), depends_on)
            except (TypeError, ValueError) as problem:
                raise InvalidConditionError(self.slug, slug, option, str(problem)) from None
        return checked

    def __reduce__(self) -> tuple[Callable[..., FlowDefinition], tuple[object, ...]]:
        # Not the record: it may hold steps of other definitions, which a copy does not need and pickle may not support.
        others = {"options": self.options, "unknown_keys": self.unknown_keys, "resources": self.resources}
        return _restored, (self.slug, self.input_type, self.steps, others)

    def _checked_dependencies(self, slug: str, depends_on: object) -> tuple[str, ...]:
        if not isinstance(depends_on, list | tuple) or not all(isinstance(d, str) for d in depends_on):
            raise InvalidDependenciesError(self.slug, slug, depends_on)
        dependencies: tuple[str, ...] = tuple(map(plain, depends_on))
        seen: set[str] = set()
        for dependency in dependencies:
            if dependency == slug:
                raise SelfDependencyError(self.slug, slug)
            if dependency not in self:
                known = tuple(step.slug for step in self.steps)
                raise UnknownDependencyError(self.slug, slug, dependency, known)
            if dependency in seen:
                raise DuplicateDependencyError(self.slug, slug, dependency)
            seen.add(dependency)
        return dependencies


def _restored(slug: str, input_type: Any, steps: tuple[StepDefinition, ...], others: dict[str, Any]) -> FlowDefinition:
    return FlowDefinition(slug, input_type, _record={step.slug: step for step in steps}, _length=len(steps), **others)


def plain(slug: Any) -> Any:
    """A member of an enum is a string too, but is written otherwise: in messages, in events, in JSON."""
    return str.__str__(slug) if isinstance(slug, str) else slug


def _check_slug(slug: object, *, flow: object, step: object) -> None:
    if not isinstance(slug, str) or slug == _RESERVED or _SLUG.fullmatch(slug) is None:
        raise InvalidSlugError(flow, step, slug)

"""Parts of flows: the flow of some steps and what they need, and two flows joined into one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_type_hints

from typing_extensions import is_typeddict

from typedflow._definition.annotation_name import name_of
from typedflow._definition.flow import FlowDefinition, plain
from typedflow._definition.resources import common
from typedflow._text import first_quoted
from typedflow.exceptions import InvalidPartError, InvalidSlugError, UnknownStepError

if TYPE_CHECKING:
    from collections.abc import Iterable


def up_to(definition: FlowDefinition, slugs: Iterable[object]) -> FlowDefinition:
    """Return the definition of some steps and their ancestors, in the order of the flow.

    Raises:
        InvalidPartError: There are no slugs.
        InvalidSlugError: A slug is not a string.
        UnknownStepError: The flow has no step with one of the slugs.
    """
    known = tuple(step.slug for step in definition.steps)
    wanted: set[str] = set()
    for slug in map(plain, slugs):
        if not isinstance(slug, str):
            raise InvalidSlugError(definition.slug, None, slug)
        if slug not in definition:
            raise UnknownStepError(definition.slug, slug, known)
        wanted.add(slug)
    if not wanted:
        has = f"the flow has {first_quoted(known)}" if known else "the flow has no steps"
        raise InvalidPartError(definition.slug, f"up_to() needs the slug of at least one step; {has}.")
    for step in reversed(definition.steps):
        if step.slug in wanted:
            wanted.update(step.depends_on)
    return definition.with_steps(step for step in definition.steps if step.slug in wanted)


def include(definition: FlowDefinition, other: object) -> FlowDefinition:
    """Return the definition of a flow's steps, and after them those of another flow.

    Raises:
        InvalidPartError: It is not a flow, has another input type, or has a step with the slug of one in this flow.
    """
    if not isinstance(other, FlowDefinition):
        raise InvalidPartError(definition.slug, f"include() takes a flow, not {type(other).__name__}.")
    if not _is_assignable(definition.input_type, other.input_type):
        expected, given = name_of(other.input_type), name_of(definition.input_type)
        reason = (
            f'flow "{other.slug}" cannot be included: its input type is {expected}, and that of this flow is {given}. '
            "Both must have the same input type."
        )
        raise InvalidPartError(definition.slug, reason)
    resources = common(definition.resources, other.resources)
    if resources is None and definition.resources is not other.resources:
        mine, others = name_of(definition.resources), name_of(other.resources)
        reason = (
            f'flow "{other.slug}" cannot be included: its resources are of type {others}, and those of this flow '
            f"of type {mine}. Give both the same class."
        )
        raise InvalidPartError(definition.slug, reason)
    if clashing := [step.slug for step in other.steps if step.slug in definition]:
        steps = "a step" if len(clashing) == 1 else "steps"
        reason = (
            f'flow "{other.slug}" cannot be included: both flows have {steps} {first_quoted(clashing)}. '
            "Choose other slugs in one of them."
        )
        raise InvalidPartError(definition.slug, reason)
    return replace(definition.with_steps((*definition.steps, *other.steps)), resources=resources)


def _is_assignable(given: Any, expected: Any) -> bool:
    """Whether steps that take a flow input of one type can take one of another, as far as it can be seen."""
    if given == expected or expected in {Any, object}:
        return True
    if is_typeddict(given) and is_typeddict(expected):
        return _keys(expected).items() <= _keys(given).items()
    return isinstance(given, type) and isinstance(expected, type) and issubclass(given, expected)


def _keys(typed_dict: Any) -> dict[str, tuple[Any, bool]]:
    """Return the type of each key of a TypedDict, and whether it may be missing."""
    try:
        types = get_type_hints(typed_dict)
    except NameError:  # of a name that is imported for type checkers only
        types = typed_dict.__annotations__
    return {key: (kind, key in typed_dict.__optional_keys__) for key, kind in types.items()}

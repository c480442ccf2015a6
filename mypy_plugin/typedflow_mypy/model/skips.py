"""Which steps may be skipped, kept beside the type of the flow, and where None then stands.

The steps in a flow's type are the outputs of a run, in which every step that was skipped is None. A dependent is handed
None only for a step that did not take its dependents with it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from mypy.checker import TypeChecker
from mypy.subtypes import is_same_type, is_subtype
from mypy.typeops import make_simplified_union
from mypy.types import AnyType, Instance, NoneType, Type, UnionType, flatten_nested_unions, get_proper_type

from typedflow_mypy.model.flow_type import known_steps
from typedflow_mypy.model.notes import note, noted

_SKIPS: Final = "skips"


class Skip(NamedTuple):
    """How a step may be skipped.

    Attributes:
        alone: Whether it may be skipped without its dependents, which are then handed None.
        with_dependents: Whether it may be skipped together with all that depend on it.
        returns_none: Whether its handler may return None as well, so that this is no sign of its being skipped.
        required_by: The steps that do not run where it was skipped, as their conditions name it.
    """

    alone: bool
    with_dependents: bool
    returns_none: bool
    required_by: Sequence[str] = ()

    def output(self, returned: Type) -> Type:
        """The output of a run, where the handler returns this."""
        return _or_none(returned) if self.alone or self.with_dependents else returned


# The None in the type of what is never skipped is one that its handler returns.
_NEVER: Final = Skip(alone=False, with_dependents=False, returns_none=True)


def of(flow: Instance) -> Mapping[str, Skip]:
    """Return the steps of a flow that may be skipped.

    Of a flow whose type was written out, a step whose type allows for None is one that may be skipped in any way.
    """
    if (written := noted(flow, _SKIPS)) is not None:
        return _read(written)
    steps = known_steps(flow)
    items = steps.items if steps is not None else {}
    return {
        slug: Skip(alone=False, with_dependents=True, returns_none=True)
        for slug, output in items.items()
        if not isinstance(get_proper_type(output), AnyType) and is_subtype(NoneType(), output)
    }


def either(checker: TypeChecker, flow: Instance, other: Instance) -> Instance:
    """Return a flow of which it is not known whether it is this one or another of the same type."""
    steps, others = known_steps(flow), known_steps(other)
    if steps is None or others is None or noted(flow, _SKIPS) == noted(other, _SKIPS):
        return flow
    if len(steps.items) != len(others.items) or not is_same_type(flow, other):
        return flow
    skips = of(flow), of(other)
    slugs = skips[0].keys() | skips[1].keys()
    return note_in(
        checker, flow, {slug: _either(skips[0].get(slug, _NEVER), skips[1].get(slug, _NEVER)) for slug in slugs}
    )


def note_in(checker: TypeChecker, flow: Instance, skips: Mapping[str, Skip]) -> Instance:
    """Note in a flow's type which of its steps may be skipped."""
    return note(checker, flow, _SKIPS, json.dumps(skips, sort_keys=True))


@lru_cache(maxsize=1000)
def _read(written: str) -> Mapping[str, Skip]:
    return {slug: Skip(*values) for slug, values in json.loads(written).items()}


def _either(skip: Skip, other: Skip) -> Skip:
    return Skip(
        skip.alone or other.alone,
        skip.with_dependents or other.with_dependents,
        skip.returns_none or other.returns_none,
        [slug for slug in skip.required_by if slug in other.required_by],
    )


def returned(output: Type, skip: Skip | None) -> Type:
    """What the handler of a step returns, given the output in the type of its flow."""
    return output if skip is None or skip.returns_none else without_none(output)


def may_be_none(output: Type) -> bool:
    """Whether None is among the values of a type."""
    return any(isinstance(get_proper_type(item), NoneType) for item in flatten_nested_unions([output]))


def without_none(output: Type) -> Type:
    """The other values of a type."""
    items = flatten_nested_unions([output])
    return UnionType.make_union([item for item in items if not isinstance(get_proper_type(item), NoneType)])


def _or_none(output: Type) -> Type:
    return output if isinstance(get_proper_type(output), AnyType) else make_simplified_union([output, NoneType()])

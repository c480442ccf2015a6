"""None in a union."""

from mypy.typeops import make_simplified_union
from mypy.types import AnyType, NoneType, Type, UnionType, flatten_nested_unions, get_proper_type


def may_be_none(declared: Type) -> bool:
    """Whether None is among the values of a type."""
    return any(isinstance(get_proper_type(item), NoneType) for item in flatten_nested_unions([declared]))


def without_none(declared: Type) -> Type:
    """Return the type of the values other than None."""
    items = flatten_nested_unions([declared])
    return UnionType.make_union([item for item in items if not isinstance(get_proper_type(item), NoneType)])


def or_none(declared: Type) -> Type:
    """Return the type of the values and None; Any stays Any."""
    if isinstance(get_proper_type(declared), AnyType):
        return declared
    return make_simplified_union([declared, NoneType()])

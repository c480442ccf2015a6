"""The type of the elements of what a map step works on: any sequence, except for strings and bytes."""

from typing import Final

from mypy.maptype import map_instance_to_supertype
from mypy.typeops import make_simplified_union
from mypy.types import (
    AnyType,
    Instance,
    TupleType,
    Type,
    TypeVarType,
    UninhabitedType,
    UnionType,
    UnpackType,
    get_proper_type,
)

_SEQUENCE: Final = "typing.Sequence"
_TEXTS: Final = {"builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.memoryview"}


def element(source: Type) -> Type | None:
    """Return the type of the elements of a sequence; None of any other type."""
    proper = get_proper_type(source)
    match proper:
        case AnyType() | UninhabitedType():
            return proper
        case UnionType():
            return _any_of([element(part) for part in proper.items])
        case TupleType():
            return _any_of([element(part.type) if isinstance(part, UnpackType) else part for part in proper.items])
        case TypeVarType():
            return element(proper.upper_bound)
        case Instance():
            bases = {info.fullname: info for info in proper.type.mro}
            if _SEQUENCE in bases and _TEXTS.isdisjoint(bases):
                return map_instance_to_supertype(proper, bases[_SEQUENCE]).args[0]
    return None


def _any_of(items: list[Type | None]) -> Type | None:
    known = [each for each in items if each is not None]
    return make_simplified_union(known) if len(known) == len(items) else None

"""The types of dicts as TypeScript has them: which keys a dict has, and what is known of several dicts together."""

from collections.abc import Iterable
from typing import Final

from mypy.checker import TypeChecker
from mypy.type_visitor import TypeTranslator
from mypy.typeops import make_simplified_union
from mypy.types import (
    Instance,
    ProperType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    UninhabitedType,
    flatten_nested_unions,
    get_proper_type,
    get_proper_types,
)

from typedflow_mypy.lib.typed_dict import CAN_CLOSE, closed, typed_dict

# More dicts of different keys than a person, or a message, can distinguish.
_MOST: Final = 8
# More dicts and lists within each other than data of a person has.
_MOST_DEPTH: Final = 8


def either(checker: TypeChecker, types: Iterable[Type]) -> ProperType:
    """Return the type of a value that has one of these types; dicts of different keys stay different."""
    parts = list(dict.fromkeys(get_proper_types(flatten_nested_unions(list(types)))))
    parts = [part for part in parts if not _is_empty(part) or not any(_fills(part, other) for other in parts)]
    if sum(isinstance(part, TypedDictType) for part in parts) > 1:
        shapes = [part for part in parts if isinstance(part, TypedDictType) and is_shape(part)]
        others = [part for part in parts if not is_shape(part)]
        parts = [*_distinguished(checker, _filled(checker, shapes), others), *others]
    return make_simplified_union(parts)


def opened(found: Type) -> Type:
    """Return a type in which no dict without a class is closed, to compare it with what a person wrote."""
    return found.accept(_Opening()) if CAN_CLOSE else found


def is_shape(found: Type) -> bool:
    """Whether a type is that of a dict without a class."""
    proper = get_proper_type(found)
    return isinstance(proper, TypedDictType) and proper.is_anonymous()


def is_deep(found: Type, depth: int = _MOST_DEPTH) -> bool:
    """Whether there are too many dicts or lists within each other: such a type grows with each loop around it."""
    proper = get_proper_type(found)
    parts = list(proper.items.values()) if isinstance(proper, TypedDictType) else []
    if isinstance(proper, Instance | TupleType):
        parts = list(proper.args if isinstance(proper, Instance) else proper.items)
    return not depth or any(is_deep(part, depth - 1) for part in flatten_nested_unions(parts))


def are_many(found: Iterable[Type]) -> bool:
    """Whether there are too many dicts without a class to keep them apart."""
    return sum(map(is_shape, found)) > _MOST


def with_one_shape(checker: TypeChecker, found: Iterable[ProperType]) -> list[ProperType]:
    """Return types with one in place of all dicts without a class, in which the keys that some lack may be missing."""
    parts = list(found)
    shapes = [part for part in parts if isinstance(part, TypedDictType) and is_shape(part)]
    return [_in_one(checker, shapes), *(part for part in parts if not is_shape(part))] if shapes else parts


def all_overlaid(
    checker: TypeChecker, first: Iterable[TypedDictType], second: Iterable[TypedDictType]
) -> list[TypedDictType]:
    """Return the types of ``{**first, **second}`` where each is one of several dicts."""
    second = list(second)
    found = [overlaid(checker, one, other) for one in first for other in second]
    return [_in_one(checker, found)] if len(found) > _MOST else found


def overlaid(checker: TypeChecker, first: TypedDictType, second: TypedDictType) -> TypedDictType:
    """Return the type of ``{**first, **second}``."""
    items, optional = dict(first.items), first.items.keys() - first.required_keys
    for key, value in second.items.items():
        if key in second.required_keys:
            items[key], optional = value, optional - {key}
        else:
            optional = optional if key in items else optional | {key}
            items[key] = either(checker, [items[key], value]) if key in items else value
    return typed_dict(checker, items, optional)


def without(checker: TypeChecker, shape: TypedDictType, key: str) -> TypedDictType:
    """Return the type of a dict from which a key was taken."""
    items = {name: value for name, value in shape.items.items() if name != key}
    return typed_dict(checker, items, items.keys() - shape.required_keys)


def values(shape: Type) -> list[Type]:
    """Return the types of the values of a dict."""
    proper = get_proper_type(shape)
    if isinstance(proper, TypedDictType):
        return list(proper.items.values())
    return [proper.args[1]] if isinstance(proper, Instance) and len(proper.args) == 2 else []


def _filled(checker: TypeChecker, shapes: list[TypedDictType]) -> list[TypedDictType]:
    """Leave out the dicts that another one describes as well, as it does one with an empty list."""
    found: list[TypedDictType] = []
    for shape in shapes:
        both = [(other, _in_one(checker, [other, shape])) for other in found if _keys(other) == _keys(shape)]
        same = next(((other, one) for other, one in both if _describes(one, other, shape)), None)
        if same is None:
            found.append(shape)
        else:
            found[found.index(same[0])] = same[1]
    return found


def _describes(one: TypedDictType, *others: TypedDictType) -> bool:
    return all(any(value == other.items[key] for other in others) for key, value in one.items.items())


def _distinguished(checker: TypeChecker, shapes: list[TypedDictType], others: list[ProperType]) -> list[TypedDictType]:
    """Say of dicts of different keys that they have no others, or what is known of all if that cannot be said."""
    dicts = [*shapes, *(other for other in others if isinstance(other, TypedDictType))]
    if len({_keys(each) for each in dicts}) == 1:
        return shapes
    if CAN_CLOSE and len(shapes) <= _MOST:
        return [closed(checker, shape) for shape in shapes]
    is_within_another = any(one.items.keys() < other.items.keys() for one in shapes for other in shapes)
    return [_in_one(checker, shapes)] if len(shapes) > _MOST or is_within_another else shapes


def _in_one(checker: TypeChecker, shapes: list[TypedDictType]) -> TypedDictType:
    """What is known of several dicts: the keys that only some of them have may be missing."""
    keys = dict.fromkeys(key for shape in shapes for key in shape.items)
    items = {key: either(checker, [shape.items[key] for shape in shapes if key in shape.items]) for key in keys}
    return typed_dict(checker, items, {key for key in keys if any(key not in shape.required_keys for shape in shapes)})


def _keys(shape: TypedDictType) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(shape.items), frozenset(shape.required_keys)


def _is_empty(found: ProperType) -> bool:
    """Whether a type is that of a dict or list display with nothing in it."""
    if isinstance(found, TypedDictType):
        return not found.items
    return isinstance(found, Instance) and any(isinstance(get_proper_type(a), UninhabitedType) for a in found.args)


def _fills(empty: ProperType, other: ProperType) -> bool:
    """Whether a type says of what kind something is that is empty here."""
    if not isinstance(other, Instance) or _is_empty(other):
        return False
    fullname = empty.type.fullname if isinstance(empty, Instance) else "builtins.dict"
    return other.type.fullname == fullname


class _Opening(TypeTranslator):
    def visit_typeddict_type(self, t: TypedDictType, /) -> Type:
        found = get_proper_type(super().visit_typeddict_type(t))
        assert isinstance(found, TypedDictType)
        found.is_closed = found.is_closed and not is_shape(found)
        return found

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t

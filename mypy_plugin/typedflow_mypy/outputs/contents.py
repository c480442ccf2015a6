"""What a dict, a list or a set is after something has been put into it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias, TypeGuard

from mypy.checker import TypeChecker
from mypy.types import (
    Instance,
    ProperType,
    Type,
    TypedDictType,
    flatten_nested_unions,
    get_proper_types,
)

from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.outputs.shapes import either, is_shape, overlaid, values, without

Change: TypeAlias = Callable[[ProperType], ProperType | None]
_DICT: Final = "builtins.dict"
_CONTAINERS: Final = {
    _DICT,
    "builtins.list",
    "builtins.set",
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.deque",
}


def is_container(holder: ProperType) -> TypeGuard[Instance]:
    """Whether a type is that of a list, a set, a dict or the like, to which something can be added."""
    return isinstance(holder, Instance) and holder.type.fullname in _CONTAINERS


def of_all(checker: TypeChecker, held: Iterable[ProperType]) -> ProperType:
    """Return the type of what one variable holds; where a dict has unknown keys, all its dicts are taken so."""
    merged: dict[str, Instance] = {}
    shapes: list[TypedDictType] = []
    others: list[ProperType] = []
    for each in held:
        if isinstance(each, TypedDictType) and is_shape(each):
            shapes.append(each)
        elif is_container(each):
            known = merged.get(each.type.fullname, each)
            arguments = [either(checker, both) for both in zip(known.args, each.args, strict=True)]
            merged[each.type.fullname] = each.copy_modified(args=arguments)
        else:
            others.append(each)
    if _DICT not in merged:
        return either(checker, [*merged.values(), *shapes, *others])
    key, value = merged[_DICT].args
    known_values = either(checker, [value, *(each for shape in shapes for each in values(shape))])
    merged[_DICT] = merged[_DICT].copy_modified(args=[key, known_values])
    return either(checker, [*merged.values(), *others])


def loosely(checker: TypeChecker, held: Iterable[ProperType]) -> ProperType:
    """Return a type that takes each of these, and what comes between them: any key of a dict may be missing."""
    found: list[ProperType] = []
    shapes: list[TypedDictType] = []
    for each in held:
        if isinstance(each, TypedDictType) and is_shape(each):
            shapes.append(each)
        elif is_container(each):
            found.append(each.copy_modified(args=[loosely(checker, _parts(argument)) for argument in each.args]))
        else:
            found.append(each)
    keys = dict.fromkeys(key for shape in shapes for key in shape.items)
    of_key = {
        key: [part for shape in shapes if key in shape.items for part in _parts(shape.items[key])] for key in keys
    }
    items = {key: loosely(checker, parts) for key, parts in of_key.items()}
    return of_all(checker, [*found, typed_dict(checker, items, items)] if shapes else found)


def with_item(checker: TypeChecker, holder: ProperType, key: str | None, key_type: Type, value: Type) -> ProperType:
    """Return the type after ``holder[key] = value``; the key is None if it is not known."""
    if isinstance(holder, TypedDictType) and key is not None:
        return overlaid(checker, holder, typed_dict(checker, {key: value})) if is_shape(holder) else holder
    if isinstance(holder, TypedDictType):
        held = either(checker, [*values(holder), value])
        return checker.named_generic_type(_DICT, [key_type, held])
    return _holding(checker, holder, key_type, value) if is_container(holder) else holder


def with_changed_item(
    checker: TypeChecker, holder: ProperType, key: str | None, key_type: Type, change: Change
) -> ProperType | None:
    """Return the type after something in ``holder[key]`` has changed; None if it is not known."""
    if isinstance(holder, TypedDictType):
        if key not in holder.items:  # an unknown key, or one that is not there: then control does not come here
            return None if key is None and holder.items else holder
        changed = _changed(checker, holder.items[key], change)
        if changed is None or not is_shape(holder):
            return None if changed is None else holder
        return typed_dict(checker, {**holder.items, key: changed}, holder.items.keys() - holder.required_keys)
    if not is_container(holder):
        return None
    changed = _changed(checker, holder.args[-1], change)
    return None if changed is None else _holding(checker, holder, key_type, changed)


def _changed(checker: TypeChecker, item: Type, change: Change) -> ProperType | None:
    found = [change(part) for part in _parts(item)]
    return None if None in found else either(checker, [each for each in found if each is not None])


def _holding(checker: TypeChecker, holder: Instance, key_type: Type, value: Type) -> ProperType:
    values_of_all = either(checker, [holder.args[-1], value])
    keys = [either(checker, [holder.args[0], key_type])] if len(holder.args) == 2 else []
    return holder.copy_modified(args=[*keys, values_of_all])


def with_items(checker: TypeChecker, holder: ProperType, other: ProperType, item: Type) -> ProperType | None:
    """Return the type after ``holder.update(other)``, or ``extend``; None if it is not known."""
    if isinstance(holder, TypedDictType):
        if isinstance(other, TypedDictType):
            return overlaid(checker, holder, other) if is_shape(holder) else holder
        return None
    if is_container(holder) and len(holder.args) == 2:
        return with_item(checker, holder, None, item, either(checker, values(other))) if values(other) else None
    return with_item(checker, holder, None, item, item)


def without_item(checker: TypeChecker, holder: ProperType, key: str | None) -> ProperType | None:
    """Return the type after ``del holder[key]``; None if it is not known."""
    if not isinstance(holder, TypedDictType):
        return holder
    return without(checker, holder, key) if key is not None and is_shape(holder) else None


def with_elements(checker: TypeChecker, holder: ProperType, elements: Sequence[Type]) -> ProperType:
    """Return the type after each element has been changed to one of these."""
    return holder.copy_modified(args=[either(checker, elements)]) if is_container(holder) and elements else holder


def _parts(found: Type) -> list[ProperType]:
    return get_proper_types(flatten_nested_unions([found]))

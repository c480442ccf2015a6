"""The anonymous TypedDicts of step inputs, of flow outputs and of inferred dicts."""

from collections.abc import Collection, Mapping
from typing import Final

from mypy.checker import TypeChecker
from mypy.types import LiteralType, ProperType, Type, TypedDictType

_STEP_INPUT: Final = "step input"
# An older mypy (before 2.2) does not know TypedDicts that have no other keys, and so cannot distinguish them by a key.
CAN_CLOSE: Final = hasattr(TypedDictType, "is_closed")


def typed_dict(checker: TypeChecker, items: Mapping[str, Type], optional: Collection[str] = ()) -> TypedDictType:
    """Return the TypedDict of exactly these keys.

    They are sorted, because mypy's cache sorts them, and messages must not depend on whether a type was cached.
    """
    fallback = checker.named_generic_type("typing._TypedDict", [])
    return TypedDictType(dict(sorted(items.items())), set(items).difference(optional), set(), fallback)


def closed(checker: TypeChecker, shape: TypedDictType) -> TypedDictType:
    """Return the TypedDict of a dict that has no other keys: ``"key" in value`` distinguishes it from another."""
    found = typed_dict(checker, shape.items, shape.items.keys() - shape.required_keys)
    found.is_closed = True
    return found


def step_input(checker: TypeChecker, items: Mapping[str, Type]) -> TypedDictType:
    """Return the type of a step input, which `is_step_input` recognises.

    It must be recognised wherever it turns up: as the type of a variable or of an argument, in another module, in the
    daemon after an edit, from mypy's cache. A set of such types would have to be compared by their keys, and a user's
    own TypedDict may have the same. A subclass of `TypedDictType` is not possible in a compiled mypy, and the cache
    would not restore it. So the mark is in the type itself, in a place that mypy copies and stores and never reads for
    a TypedDict: its fallback is an instance of ``typing._TypedDict``, and an instance may have attributes of its own,
    as a module has. (It may also have a known value, as that of ``x: Final = 1`` has; but mypy removes the known values
    from what is assigned to a variable.) The cases ``a_handler_of_two_steps_is_checked_for_both``,
    ``what_a_handler_passes_on`` and ``an_input_that_is_assigned_again_is_passed_on`` of ``tests/typing`` show it.
    """
    plain = typed_dict(checker, items)
    mark = LiteralType(_STEP_INPUT, checker.named_generic_type("builtins.str", []))
    return plain.copy_modified(fallback=plain.fallback.copy_with_extra_attr(_STEP_INPUT, mark))


def is_step_input(expected: ProperType) -> bool:
    """Whether a type is one that `step_input` made."""
    if not isinstance(expected, TypedDictType) or expected.fallback.extra_attrs is None:
        return False
    return _STEP_INPUT in expected.fallback.extra_attrs.attrs

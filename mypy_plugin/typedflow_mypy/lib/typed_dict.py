"""The anonymous TypedDicts of step inputs and of flow outputs."""

from collections.abc import Mapping
from typing import Final

from mypy.checker import TypeChecker
from mypy.types import LiteralType, ProperType, Type, TypedDictType

_STEP_INPUT: Final = "step input"


def typed_dict(checker: TypeChecker, items: Mapping[str, Type]) -> TypedDictType:
    """Return the TypedDict of exactly these keys, all of them required.

    They are sorted, because mypy's cache sorts them, and the answer must not depend on it.
    """
    fallback = checker.named_generic_type("typing._TypedDict", [])
    return TypedDictType(dict(sorted(items.items())), set(items), set(), fallback)


def step_input(checker: TypeChecker, items: Mapping[str, Type]) -> TypedDictType:
    """Return the type of a step input, which `is_step_input` knows again, from mypy's cache too."""
    plain = typed_dict(checker, items)
    mark = LiteralType(_STEP_INPUT, checker.named_generic_type("builtins.str", []))
    return plain.copy_modified(fallback=plain.fallback.copy_modified(last_known_value=mark))


def is_step_input(expected: ProperType) -> bool:
    """Whether a type is one that `step_input` made."""
    if not isinstance(expected, TypedDictType) or expected.fallback.last_known_value is None:
        return False
    return expected.fallback.last_known_value.value == _STEP_INPUT

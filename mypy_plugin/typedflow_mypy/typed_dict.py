"""The anonymous TypedDicts of step inputs and of flow outputs."""

from collections.abc import Mapping

from mypy.checker import TypeChecker
from mypy.types import Type, TypedDictType


def typed_dict(checker: TypeChecker, items: Mapping[str, Type]) -> TypedDictType:
    """Return the TypedDict of exactly these keys, all of them required."""
    fallback = checker.named_generic_type("typing._TypedDict", [])
    return TypedDictType(dict(items), set(items), set(), fallback)

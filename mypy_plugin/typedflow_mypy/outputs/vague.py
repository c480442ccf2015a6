"""What mypy knows no better than ``object``, marked with the step whose output it is.

The mark is in the type, so that it is found wherever the value is read: in ``Instance.extra_attrs``, as
`model.flow_notes` explains.
"""

from typing import Final

from mypy.checker import TypeChecker
from mypy.subtypes import is_subtype
from mypy.type_visitor import TypeTranslator
from mypy.types import (
    Instance,
    LiteralType,
    Type,
    TypeAliasType,
    TypedDictType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)

from typedflow_mypy.lib.checker import UNKNOWN

_NAME: Final = "output of typedflow"
_OBJECT: Final = "builtins.object"


def marked(checker: TypeChecker, output: Type, slug: str | None) -> Type:
    """Return an inferred output in which each ``object`` says from which step it is.

    The elements of an empty list are such objects as well: there are none to infer a type from.
    """
    if slug is None:
        return output
    mark = LiteralType(slug, checker.named_generic_type("builtins.str", []))
    return output.accept(_Marking(checker.named_generic_type(_OBJECT, []).copy_with_extra_attr(_NAME, mark)))


def step_of(found: Type | None) -> str | None:
    """Return the step in whose output nothing better than ``object`` is known; None of any other type."""
    proper = get_proper_type(found)
    if not isinstance(proper, Instance) or proper.extra_attrs is None:
        return None
    mark = get_proper_type(proper.extra_attrs.attrs.get(_NAME))
    return str(mark.value) if isinstance(mark, LiteralType) else None


def remedy(given: Type, expected: Type) -> str:
    """Say, at the end of a message, what to do about a type that would fit but for such parts; else nothing."""
    slugs: list[str] = []
    if is_subtype(given.accept(_Replacing(slugs)), expected) and slugs:
        return f'; annotate what the handler of step "{slugs[0]}" returns'
    return ""


def is_vague(found: Type | None) -> bool:
    """Whether a type says ``object`` of one of its parts."""
    proper = get_proper_type(found)
    if isinstance(proper, UnionType):
        return any(map(is_vague, proper.items))
    if isinstance(proper, TypedDictType):
        return any(map(is_vague, proper.items.values()))
    return isinstance(proper, Instance) and (proper.type.fullname == _OBJECT or any(map(is_vague, proper.args)))


class _Marking(TypeTranslator):
    def __init__(self, mark: Instance) -> None:
        super().__init__()
        self._mark = mark

    def visit_instance(self, t: Instance, /) -> Type:
        return self._mark if t.type.fullname == _OBJECT else super().visit_instance(t)

    def visit_uninhabited_type(self, t: UninhabitedType, /) -> Type:
        return self._mark if t.ambiguous else t

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t


class _Replacing(TypeTranslator):
    """Puts Any in place of what is marked, and notes the steps."""

    def __init__(self, slugs: list[str]) -> None:
        super().__init__()
        self._slugs = slugs

    def visit_instance(self, t: Instance, /) -> Type:
        slug = step_of(t)
        if slug is None:
            return super().visit_instance(t)
        self._slugs.append(slug)
        return UNKNOWN

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t

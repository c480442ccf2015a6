"""The text that a literal type stands for: a string, or the value of a member of an enum whose members are strings."""

from typing import Final

from mypy.nodes import TypeInfo, Var
from mypy.types import Instance, LiteralType, Type, get_proper_type

_OWN_AUTO: Final = "_generate_next_value_"


def text_of(literal: Type) -> str | None:
    """Return the one text that a value of this type has; None if it may have others."""
    proper = get_proper_type(literal)
    known = proper.last_known_value if isinstance(proper, Instance) else proper
    if not isinstance(known, LiteralType) or not isinstance(known.value, str):
        return None
    kind = known.fallback.type
    if kind.fullname == "builtins.str":
        return known.value
    return _of_member(kind, known.value) if kind.is_enum and kind.has_base("builtins.str") else None


def _of_member(enum: TypeInfo, name: str) -> str | None:
    symbol = enum.names.get(name)
    declared = get_proper_type(symbol.node.type) if symbol is not None and isinstance(symbol.node, Var) else None
    if not isinstance(declared, Instance):
        return None
    if declared.type.fullname == "enum.auto" and enum.has_base("enum.StrEnum"):
        found = next(base for base in enum.mro if _OWN_AUTO in base.names)
        return name.lower() if found.fullname == "enum.StrEnum" else None
    return text_of(declared)

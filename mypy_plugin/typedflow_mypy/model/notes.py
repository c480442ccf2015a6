"""What is known of a flow besides its input and its outputs, noted in its type."""

from mypy.checker import TypeChecker
from mypy.types import Instance, LiteralType, get_proper_type


def note(checker: TypeChecker, flow: Instance, name: str, value: str) -> Instance:
    """Note something in a flow's type, under a name that no attribute can have."""
    return flow.copy_with_extra_attr(name, LiteralType(value, checker.named_generic_type("builtins.str", [])))


def noted(flow: Instance, name: str) -> str | None:
    """Return what is noted under a name."""
    attributes = flow.extra_attrs.attrs if flow.extra_attrs is not None else {}
    value = get_proper_type(attributes.get(name))
    return str(value.value) if isinstance(value, LiteralType) else None

"""The class of the resources that a flow declares, and what is an instance of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, NewType, Union, get_args, get_origin

from typing_extensions import get_protocol_members, get_type_hints, is_protocol, is_typeddict

from typedflow._definition.annotation_name import name_of
from typedflow.context import StepContext

if TYPE_CHECKING:
    from typedflow._definition.handler import Handler

_ANYTHING = (Any, object)


def why_no_resources(declared: Any) -> str | None:
    """Say why something cannot be declared as the class of a flow's resources; None if it can."""
    if isinstance(declared, type | UnionType | NewType) or declared is Any or get_origin(declared) is not None:
        return None
    return f"resources must be a class, not {declared!r:.80}. Declare the class here, and give the run an instance."


def why_other_resources(handler: Handler, declared: Any) -> str | None:
    """Say why a handler cannot take the context of a flow with these resources; None if it can, or cannot be known."""
    try:
        taken = handler.context_type()
    except (AttributeError, NameError, SyntaxError, TypeError, ValueError):
        return None  # a name that exists for type checkers only, or later
    arguments = get_args(taken)
    if get_origin(taken) is not StepContext or len(arguments) != 2:
        return None
    wanted = arguments[1]
    if handler.runs_in == "process" and not is_instance(None, wanted):
        return (
            f"the handler takes a context with resources of type {name_of(wanted)}, but it runs in a worker process, "
            'to which resources are not sent. Open what it needs in the handler, or use runs_in="thread".'
        )
    if not _are_other(wanted, declared):
        return None
    has = "declares no resources" if declared is None else f"has resources of type {name_of(declared)}"
    advice = f"Flow(..., resources={name_of(wanted)})" if declared is None else f"StepContext[..., {name_of(declared)}]"
    return f"the handler takes a context with resources of type {name_of(wanted)}, but the flow {has}. Write {advice}."


def common(declared: Any, other: Any) -> Any:
    """Return the resources that serve two flows: the narrower class of theirs; None if no class serves both."""
    if other is None or declared is None:
        return declared if other is None else other
    if not _are_other(other, declared):
        return declared
    return None if _are_other(declared, other) else other


def is_instance(value: object, declared: Any) -> bool:
    """Return whether a value is of a declared class, as far as that can be seen.

    A protocol asks for its members, a
    TypedDict for its keys and their values, a generic class for its origin. Of other types, nothing is known.
    """
    declared = _without_wrappers(declared)
    if get_origin(declared) in {Union, UnionType}:
        return any(is_instance(value, item) for item in get_args(declared))
    kind = get_origin(declared) or declared
    if kind in _ANYTHING or not isinstance(kind, type):  # or a Literal, or a type variable
        return True
    if is_typeddict(kind):
        return _has_keys(value, kind)
    if is_protocol(kind):
        return not isinstance(value, type) and all(hasattr(value, name) for name in get_protocol_members(kind))
    return isinstance(value, kind)


def _without_wrappers(declared: Any) -> Any:
    while get_origin(declared) is Annotated or isinstance(declared, NewType):
        declared = declared.__supertype__ if isinstance(declared, NewType) else get_args(declared)[0]
    return NoneType if declared is None else declared


def _has_keys(value: object, typed_dict: Any) -> bool:
    if not isinstance(value, Mapping) or not typed_dict.__required_keys__ <= value.keys():
        return False
    try:
        declared = get_type_hints(typed_dict)
    except (AttributeError, NameError, SyntaxError, TypeError):  # a name that exists for type checkers only
        return True
    return all(key in declared and is_instance(item, declared[key]) for key, item in value.items())


def _are_other(wanted: Any, declared: Any) -> bool:
    """Return whether it is certain that resources that are declared as one type are not of the other."""
    if declared is None:
        return not is_instance(None, wanted)
    wanted, declared = _class_of(wanted), _class_of(declared)
    return wanted is not None and declared is not None and not issubclass(declared, wanted)


def _class_of(declared: Any) -> type | None:
    """Return the class whose subclasses are the only subtypes of a type; None if others may be subtypes, too."""
    declared = _without_wrappers(declared)
    if get_origin(declared) is UnionType or declared in _ANYTHING:
        return None
    kind = get_origin(declared) or declared
    return kind if isinstance(kind, type) and not is_protocol(kind) and not is_typeddict(kind) else None

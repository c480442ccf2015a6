"""The items that a map step works on; its handler receives one of them."""

from collections.abc import Mapping
from typing import Final

from mypy.checker import TypeChecker
from mypy.maptype import map_instance_to_supertype
from mypy.messages import format_type, format_type_distinctly
from mypy.subtypes import is_subtype
from mypy.typeops import make_simplified_union
from mypy.types import (
    AnyType,
    Instance,
    NoneType,
    TupleType,
    Type,
    TypedDictType,
    TypeVarType,
    UninhabitedType,
    UnionType,
    UnpackType,
    get_proper_type,
)

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS
from typedflow_mypy.lib.optional import may_be_none, without_none
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import nearest, quoted
from typedflow_mypy.model.flow_notes import handler_output
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import is_unannotated, lacks_annotation, mentions_step_input
from typedflow_mypy.outputs import vague

_SEQUENCES: Final = {"builtins.list", "builtins.tuple"}


def item(call: StepCall) -> Type:
    """Return what a map step hands to its handler; Any if what it maps over is unknown, or reported as an error."""
    source = _source(call)
    return ERRONEOUS if source is None else element(source)


def element(source: Type) -> Type:
    """Return the type of the elements of a list or tuple; Any of any other type."""
    found = _item(source)
    return ERRONEOUS if found is None else found


def output(checker: TypeChecker, returned: Type) -> Type:
    """Return the output of a map step whose handler returns this."""
    return checker.named_generic_type("builtins.list", [returned])


def check(checker: TypeChecker, call: StepCall) -> None:
    """Report a map step that works on anything but a list or a tuple."""
    source = _source(call)
    if call.over is None or source is None or _item(source) is not None:
        return
    of_step = call.over.value != "run"
    what = f'"{call.over.value}", whose output' if of_step else "the flow input, which"
    is_none = isinstance(get_proper_type(source), NoneType)
    if not is_none and may_be_none(source) and _item(without_none(source)) is not None:
        why = "may be None"
        instead = "return an empty list from its handler instead" if of_step else "let the flow take an empty list"
    else:
        why = f"is {format_type(source, checker.options)}, not a list or a tuple"
        instead = "return one from its handler" if of_step else "let the flow take one, or map over a step"
    report(checker, f"{call.title} maps over {what} {why}; {instead}", call.over.place, errorcodes.NOT_A_LIST)


def problem(checker: TypeChecker, call: StepCall, handler: Handler, declared: Type) -> str | None:
    """Say, for a message, why a handler whose parameter is declared so cannot take an item; None if it can."""
    body = handler.body
    if body is not None and body.leaves_open(checker, declared):
        return None
    is_of_step = mentions_step_input(declared) if body is None else not lacks_annotation(body.function, body.position)
    instead = f"annotate its parameter with the type of an item, {format_type(item(call), checker.options)}"
    if is_of_step:
        return f"takes the step input, but a map step hands over only {_an_item(call)}; {instead}"
    if body is None and is_unannotated(declared):
        return f"does not say what it takes, and its body cannot be checked here; {instead}"
    return incompatible(checker, call, declared)


def incompatible(checker: TypeChecker, call: StepCall, expected: Type) -> str | None:
    """Say, for a message, why a parameter of this type does not accept an item; None if it does."""
    given = item(call)
    if is_subtype(given, expected):
        return None
    wanted, actual = format_type_distinctly(expected, given, options=checker.options)
    return f"takes {wanted}, but {_an_item(call)} is {actual}{vague.remedy(given, expected)}"


def why_lacking(call: StepCall, key: str) -> str:
    """Say what is wrong with reading a key that an item does not have, for a message."""
    known = keys(call)
    near = nearest(key, known)
    instead = f'did you mean "{near}"?' if near else f"it has {quoted(known)}"
    return f"but {_an_item(call)} has no such key; {instead}"


def hands_over(call: StepCall) -> str:
    """Say what a map step hands to its handler, for a note."""
    return f"{call.title} is a map step: it hands over {_an_item(call)}, and no step input"


def keys(call: StepCall) -> Mapping[str, Type]:
    """The keys of an item, each with the type of its value, if the items are TypedDicts."""
    given = get_proper_type(item(call))
    return given.items if isinstance(given, TypedDictType) else {}


def _an_item(call: StepCall) -> str:
    assert call.over is not None
    return "an item of the flow input" if call.over.value == "run" else f'an item of "{call.over.value}"'


def _source(call: StepCall) -> Type | None:
    """What a map step works on, without the None of a step that was skipped, which counts as an empty list."""
    if call.over is None or call.over.value is None:
        return None
    if call.over.value == "run":
        return call.flow_input
    known = call.steps.items if call.steps is not None else {}
    found = known.get(call.over.value)
    return None if found is None else handler_output(found, call.notes.step(call.over.value).skip)


def _item(source: Type) -> Type | None:
    """The type of the elements of a list or tuple; None of any other type."""
    proper = get_proper_type(source)
    match proper:
        case AnyType() | UninhabitedType():
            return proper
        case UnionType():
            return _any_of([_item(part) for part in proper.items])
        case TupleType():
            return _any_of([_item(part.type) if isinstance(part, UnpackType) else part for part in proper.items])
        case TypeVarType():
            return _item(proper.upper_bound)
        case Instance():
            base = next((info for info in proper.type.mro if info.fullname in _SEQUENCES), None)
            return None if base is None else map_instance_to_supertype(proper, base).args[0]
    return None


def _any_of(items: list[Type | None]) -> Type | None:
    known = [each for each in items if each is not None]
    return make_simplified_union(known) if len(known) == len(items) else None

"""The items that a map step works on; its handler receives one of them."""

from collections.abc import Mapping
from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type, format_type_distinctly
from mypy.subtypes import is_subtype
from mypy.types import Instance, NoneType, Type, TypedDictType, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.optional import may_be_none, without_none
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import nearest, quoted
from typedflow_mypy.model.element import element
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import is_unannotated, lacks_annotation, mentions_step_input
from typedflow_mypy.outputs import vague

# What makes a list of what is not a sequence, by a method that only such classes have.
_TO_LISTS: Final = {
    "tolist": ".tolist()",
    "to_list": ".to_list()",
    "to_pylist": ".to_pylist()",
    "to_dicts": ".to_dicts()",
    "to_dict": '.to_dict("records")',
}


def output(checker: TypeChecker, returned: Type) -> Type:
    """Return the output of a map step whose handler returns this."""
    return checker.named_generic_type("builtins.list", [returned])


def check(checker: TypeChecker, call: StepCall) -> None:
    """Report a map step that works on anything but a sequence."""
    source = call.source
    if call.over is None or source is None or element(source) is not None:
        return
    of_step = call.over.value != "run"
    what = f'"{call.over.value}", whose output' if of_step else "the flow input, which"
    is_none = isinstance(get_proper_type(source), NoneType)
    if not is_none and may_be_none(source) and element(without_none(source)) is not None:
        why = "may be None"
        instead = "return an empty list from its handler instead" if of_step else "let the flow take an empty list"
    else:
        why = f"is {format_type(source, checker.options)}, not a list, a tuple or another sequence"
        instead = "return one from its handler" if of_step else "let the flow take one, or map over a step"
        proper = get_proper_type(source)
        if isinstance(proper, Instance):
            instead += next((f", such as {made}" for name, made in _TO_LISTS.items() if name in proper.type.names), "")
    report(checker, f"{call.title} maps over {what} {why}; {instead}", call.over.place, errorcodes.NOT_A_LIST)


def problem(checker: TypeChecker, call: StepCall, handler: Handler, declared: Type) -> str | None:
    """Say, for a message, why a handler whose parameter is declared so cannot take an item; None if it can."""
    body = handler.body
    if body is not None and body.leaves_open(checker, declared):
        return None
    is_of_step = mentions_step_input(declared) if body is None else not lacks_annotation(body.function, body.position)
    instead = f"annotate its parameter with the type of an item, {format_type(call.item, checker.options)}"
    if is_of_step:
        return f"takes the step input, but a map step hands over only {_an_item(call)}; {instead}"
    if body is None and is_unannotated(declared):
        return f"does not say what it takes, and its body cannot be checked here; {instead}"
    return incompatible(checker, call, declared)


def incompatible(checker: TypeChecker, call: StepCall, expected: Type) -> str | None:
    """Say, for a message, why a parameter of this type does not accept an item; None if it does."""
    given = call.item
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
    return f"{call.title} is a map step: it hands over {_an_item(call)}, and no step input; write depends_on=[] for one"


def keys(call: StepCall) -> Mapping[str, Type]:
    """The keys of an item, each with the type of its value, if the items are TypedDicts."""
    given = get_proper_type(call.item)
    return given.items if isinstance(given, TypedDictType) else {}


def _an_item(call: StepCall) -> str:
    assert call.over is not None
    return "an item of the flow input" if call.over.value == "run" else f'an item of "{call.over.value}"'

"""The options of a call, of `Flow` or of one of its steps: whether their values make sense.

The run-time checks of `typedflow._definition.options`, in the editor; a test holds the two to the same words and the
same values.
"""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import ARG_NAMED_OPT, ARG_STAR2, CallExpr, Context, Expression, LambdaExpr, ListExpr, TupleExpr
from mypy.subtypes import is_subtype
from mypy.types import (
    CallableType,
    Instance,
    LiteralType,
    NoneType,
    TupleType,
    Type,
    TypedDictType,
    get_proper_type,
)

from typedflow_mypy.lib import errorcodes, fullnames
from typedflow_mypy.lib.checker import ERRONEOUS, object_type, type_of
from typedflow_mypy.lib.report import report, retract
from typedflow_mypy.lib.text import nearest
from typedflow_mypy.source import step_options
from typedflow_mypy.source.constants import constants

CONDITIONS: Final = ("if_", "if_not")


def _is_whole(value: object) -> bool:
    return type(value) is int and value >= 1


def _is_number(value: Any) -> bool:
    try:
        return type(value) in {int, float} and not math.isnan(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def _is_above_zero(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_delay(value: Any) -> bool:
    return _is_number(value) and 0 <= value < math.inf


RUNS_IN: Final = ("trio", "asyncio", "thread", "process", "inline")


def _is_runs_in(value: object) -> bool:
    return isinstance(value, str) and value in RUNS_IN


def _is_mode(value: object) -> bool:
    return value in ("fail", "skip", "skip_cascade")


def _is_exhausted_mode(value: object) -> bool:
    return _is_mode(value) or value == "none"


_MODES: Final = '"fail", "skip" or "skip_cascade"'
EXCEPT_IN_MAPS: Final = f"{_MODES} in a step that is not a map step"
# What is allowed in words, and whether a value that can be read from the source is that.
REQUIREMENTS: Final[dict[str, tuple[str, Callable[[Any], bool]]]] = {
    "max_attempts": ("a whole number of at least 1", _is_whole),
    "base_delay": (
        "a finite duration of at least 0 (seconds or a timedelta), a list of them, or a function of the attempt",
        _is_delay,
    ),
    "max_delay": ("a duration above 0 (seconds or a timedelta), or math.inf for no limit", _is_above_zero),
    "jitter": ("a number from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
    "timeout": ("a duration above 0 (seconds or a timedelta), or math.inf for no limit", _is_above_zero),
    "start_delay": ("a finite duration of at least 0 (seconds or a timedelta)", _is_delay),
    "retry_on": ("a class of exceptions, a tuple of them, or a function from an exception to a bool", lambda _: False),
    "rate_limit": ("a RateLimit", lambda _: False),
    "max_interruptions": ("a whole number of at least 1", _is_whole),
    "runs_in": ('"trio", "asyncio", "thread", "process" or "inline"', _is_runs_in),
    "cache": (
        'a duration above 0 (seconds or a timedelta), or "forever"',
        lambda v: _is_above_zero(v) or v == "forever",
    ),
    "cache_version": ("a string or a whole number", lambda v: type(v) in {str, int}),
    "when_unmet": (_MODES, _is_mode),
    "when_exhausted": ('"fail", "skip", "skip_cascade" or "none"', _is_exhausted_mode),
    "max_concurrency": ("a whole number of at least 1", _is_whole),
}
_OF_MAPS: Final = ("over", "max_concurrency")
_POSITIONAL: Final = ("slug", "handler", "input_type", "output_type")
_TWICE: Final = "gets multiple values for keyword argument"
NEEDS_CONDITION: Final = "None if there is no if_ or if_not to be unmet"
NEEDS_CACHE: Final = "None if there is no cache"


def conditions(checker: TypeChecker, options: Mapping[str, Expression]) -> dict[str, Expression]:
    """Return the halves of a condition, patterns and predicates, by the names of their options.

    A lambda is not asked for its type: mypy would check it with an input of any type, and keep the types in its body.
    """
    found = {name: options[name] for name in CONDITIONS if name in options}
    return {
        name: half
        for name, half in found.items()
        if isinstance(half, LambdaExpr) or not is_unset(type_of(checker, half))
    }


def is_unset(declared: Type | None) -> bool:
    """Whether a type is that of ``UNSET``, which stands for no pattern."""
    proper = get_proper_type(declared)
    if isinstance(proper, LiteralType):
        proper = proper.fallback
    return isinstance(proper, Instance) and proper.type.fullname == fullnames.UNSET


def check_options(
    checker: TypeChecker, call: Context, options: Mapping[str, Expression], owner: str, declared: CallableType
) -> CallableType:
    """Report the options that make no sense; return the signature with no more to be said of these.

    Args:
        checker: mypy's.
        call: The call.
        options: Its keyword arguments, also those that are unpacked.
        owner: What has the options, for a message, such as ``step "save"``.
        declared: The signature of what is called.
    """
    types = _declared(declared)
    unknown = [name for name in options if types and name not in types]
    for name in unknown:
        message = f'{owner[0].upper()}{owner[1:]} has no option "{name}"; {_why_unknown(name, types)}'
        report(checker, message, options[name], errorcodes.OPTION)
    refused = set()
    for name, value in options.items():
        if name in REQUIREMENTS and name in types and (why := _why_refused(checker, name, value, types)):
            report(checker, f"The {name} of {owner} must be {why}", value, errorcodes.OPTION)
            refused.add(name)
    judged = {name: value for name, value in options.items() if name in types and name not in refused}
    unmet, version = _given(checker, judged, "when_unmet"), _given(checker, judged, "cache_version")
    if unmet is not None and not conditions(checker, options):
        report(checker, f"The when_unmet of {owner} must be {NEEDS_CONDITION}", unmet, errorcodes.OPTION)
    if version is not None and _given(checker, options, "cache") is None:
        report(checker, f"The cache_version of {owner} must be {NEEDS_CACHE}", version, errorcodes.OPTION)
    declared = _without(declared, refused)
    declared = _with(declared, unknown) if unknown else declared
    is_unpacked = isinstance(call, CallExpr) and ARG_STAR2 in call.arg_kinds and bool(options and types)
    return _taking_unpacked(checker, call, owner, declared) if is_unpacked else declared


def _given(checker: TypeChecker, options: Mapping[str, Expression], name: str) -> Expression | None:
    """Return the value of an option; None if it is not given, or is None."""
    value = options.get(name)
    return None if value is None or isinstance(type_of(checker, value), NoneType) else value


def _why_unknown(name: str, known: Collection[str]) -> str:
    """Say what may be meant by an option that there is not."""
    if name in _OF_MAPS and "handler" in known:
        return "only .map() has it"
    if "output_type" in known and name in step_options.NAMES:
        shown = ", ".join(sorted(set(known).difference(_POSITIONAL)))
        return f"it says how a handler is called, and a wait step does not have one; its options are {shown}"
    if near := nearest(name, known):
        return f'did you mean "{near}"?'
    return f"its options are {', '.join(sorted(set(known).difference(_POSITIONAL)))}"


def _taking_unpacked(checker: TypeChecker, call: Context, owner: str, declared: CallableType) -> CallableType:
    """A signature that takes any options, as they are checked here.

    mypy takes all that a TypedDict may have for given: ``**RETRY, timeout=3`` would give the timeout twice. And it
    crashes if two of them are unpacked into ``**options: object``; what it says of two is taken back afterwards.
    """
    assert isinstance(call, CallExpr)
    for option, value in step_options.given_twice(checker, call):
        report(checker, f"The {option} of {owner} is given twice; remove one of them", value, errorcodes.OPTION)
    if _unpacks_several(checker, call):
        return declared
    anything = object_type(checker)
    arguments: list[Type] = [
        anything if kind.is_star() or (kind == ARG_NAMED_OPT and name not in call.arg_names) else taken
        for kind, name, taken in zip(declared.arg_kinds, declared.arg_names, declared.arg_types, strict=True)
    ]
    return declared.copy_modified(arg_types=arguments, unpack_kwargs=False)


def _unpacks_several(checker: TypeChecker, call: CallExpr) -> bool:
    unpacked = [value for kind, value in zip(call.arg_kinds, call.args, strict=True) if kind == ARG_STAR2]
    return sum(isinstance(type_of(checker, value), TypedDictType) for value in unpacked) > 1


def retract_given_twice(checker: TypeChecker, call: Context) -> None:
    """Take back that options are given twice, which may be in either of two dicts that are unpacked."""
    if isinstance(call, CallExpr) and _unpacks_several(checker, call):
        retract(checker, call, lambda error: _TWICE in error.message)


def _declared(declared: CallableType) -> dict[str, Type]:
    """The types of the options that a signature declares; none if it is that of a method in place of ours."""
    unpacked = get_proper_type(declared.arg_types[-1]) if declared.unpack_kwargs else None
    if not isinstance(unpacked, TypedDictType):
        return {}
    named = zip(declared.arg_names[:-1], declared.arg_types[:-1], strict=True)
    return {**{name: kind for name, kind in named if name is not None}, **unpacked.items}


def _without(declared: CallableType, refused: set[str]) -> CallableType:
    """A signature that takes anything for some options, for mypy not to say again what is wrong with them."""
    if not refused:
        return declared
    anything = ERRONEOUS
    arguments: list[Type] = [
        anything if name in refused else kind for name, kind in zip(declared.arg_names, declared.arg_types, strict=True)
    ]
    unpacked = get_proper_type(arguments.pop())
    assert isinstance(unpacked, TypedDictType)
    items = [anything if name in refused else kind for name, kind in unpacked.items.items()]
    return declared.copy_modified(arg_types=[*arguments, unpacked.copy_modified(item_types=items)])


def _with(declared: CallableType, unknown: list[str]) -> CallableType:
    """A signature that takes some more options, for mypy not to say again that there are no such options."""
    count = len(unknown)
    return declared.copy_modified(
        arg_types=[*declared.arg_types[:-1], *[ERRONEOUS] * count, declared.arg_types[-1]],
        arg_kinds=[*declared.arg_kinds[:-1], *[ARG_NAMED_OPT] * count, declared.arg_kinds[-1]],
        arg_names=[*declared.arg_names[:-1], *unknown, declared.arg_names[-1]],
    )


def _why_refused(checker: TypeChecker, name: str, value: Expression, types: Mapping[str, Type]) -> str | None:
    """Say what an option must be, and what is given instead; None if it may be that."""
    declared, (words, allows) = types[name], REQUIREMENTS[name]
    if name == "when_exhausted" and "over" not in types and "none" in constants(checker, value):
        words, allows = EXCEPT_IN_MAPS, _is_mode
    values = value.items if name == "base_delay" and isinstance(value, ListExpr | TupleExpr) else [value]
    known = [constant for each in values for constant in constants(checker, each) if constant is not None]
    wrong = next((constant for constant in known if not allows(constant)), None)
    if wrong is not None:
        near = nearest(wrong, RUNS_IN) if name == "runs_in" and isinstance(wrong, str) else None
        return f"{words}, not {wrong!r:.80}" + (f'; did you mean "{near}"?' if near else "")
    with checker.msg.filter_errors():
        actual = get_proper_type(checker.expr_checker.accept(value, type_context=declared))
    if isinstance(actual, TupleType) and not actual.items:
        return f"{words}, not ()"
    if not values:
        return f"{words}, not []"
    is_bool = isinstance(actual, Instance) and actual.type.fullname == "builtins.bool"
    if is_bool or not is_subtype(actual, declared):
        return f"{words}, not a value of type {format_type(actual, checker.options)}"
    return None

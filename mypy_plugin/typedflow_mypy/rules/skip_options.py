"""The options of a call that say when its step is skipped, as far as they can be read from the source."""

from collections.abc import Iterable, Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import ConditionalExpr, Expression
from mypy.typeops import try_getting_str_literals
from mypy.types import NoneType, Type, flatten_nested_unions, get_proper_type

from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.lib.optional import may_be_none
from typedflow_mypy.model.flow_notes import Skip
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.rules import options

_ALL: Final = ("fail", "skip", "skip_cascade", "none")


def skip_of(checker: TypeChecker, call: StepCall, returned: Type) -> Skip | None:
    """Say how the step of a call may be skipped, whose handler returns this; None if it is never skipped."""
    given = call.options
    modes = set(_modes(checker, given.get("when_exhausted"), "fail"))
    if options.conditions(checker, given):
        modes.update(_modes(checker, given.get("when_unmet"), "skip"))
    with_dependents = "skip_cascade" in modes or any(skip.with_dependents for skip in _skips_before(call))
    if "skip" not in modes and not with_dependents:
        return None
    return Skip("skip" in modes, with_dependents, may_be_none(returned))


def may_fill_in(checker: TypeChecker, call: StepCall) -> bool:
    """Whether None stands in the output of a map step for an item that has used up its attempts."""
    return "none" in _modes(checker, call.options.get("when_exhausted"), "fail")


def _skips_before(call: StepCall) -> Iterable[Skip]:
    """How the dependencies may be skipped; how all steps may be, if the dependencies cannot be read."""
    if not call.knows_input:
        return call.notes.skips.values()
    skips = [call.notes.step(dependency.value).skip for dependency in call.dependencies or ()]
    return [skip for skip in skips if skip is not None]


def _modes(checker: TypeChecker, option: Expression | None, default: str) -> Iterator[str]:
    """What an option may be: anything, if that cannot be read."""
    if option is None:
        yield default
    elif isinstance(option, ConditionalExpr):
        yield from _modes(checker, option.if_expr, default)
        yield from _modes(checker, option.else_expr, default)
    else:
        for item in flatten_nested_unions([type_of(checker, option)]):
            is_none = isinstance(get_proper_type(item), NoneType)
            yield from [default] if is_none else try_getting_str_literals(option, item) or _ALL

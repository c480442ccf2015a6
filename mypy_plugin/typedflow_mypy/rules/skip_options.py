"""The options of a call that say when its step is skipped, as far as they can be read from the source."""

from collections.abc import Iterable, Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import ConditionalExpr, Expression
from mypy.typeops import try_getting_str_literals
from mypy.types import Instance, NoneType, Type, flatten_nested_unions, get_proper_type

from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.model import skips
from typedflow_mypy.model.skips import Skip, may_be_none
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.rules import options

_ALL: Final = ("fail", "skip", "skip_cascade")


def skip(checker: TypeChecker, call: StepCall, returned: Type) -> Skip | None:
    """Tell how the step of a call may be skipped, whose handler returns this; None if it is never skipped."""
    given = options.given(call.expression)
    modes = set(_modes(checker, given.get("when_exhausted"), "fail"))
    if options.patterns(checker, call.expression):
        modes.update(_modes(checker, given.get("when_unmet"), "skip"))
    with_dependents = "skip_cascade" in modes or any(call.skips[each].with_dependents for each in _before(call))
    if "skip" not in modes and not with_dependents:
        return None
    return Skip("skip" in modes, with_dependents, may_be_none(returned))


def with_skip(checker: TypeChecker, call: StepCall, flow: Instance, own: Skip | None) -> Instance:
    """Note in a new flow's type which steps may be skipped: those of the flow that it extends, and its own."""
    if call.slug.value is None:
        return flow
    others = {slug: other for slug, other in call.skips.items() if slug != call.slug.value}
    declared = {dependency.value for dependency in call.dependencies or ()}
    for slug in sorted(call.required & others.keys() & declared):
        others[slug] = others[slug]._replace(required_by=[*others[slug].required_by, call.slug.value])
    return skips.note_in(checker, flow, others if own is None else {**others, call.slug.value: own})


def _before(call: StepCall) -> Iterable[str]:
    """The dependencies that may be skipped; all such steps, if the dependencies cannot be read."""
    declared = {dependency.value for dependency in call.dependencies or ()}
    return call.skips.keys() & declared if call.knows_input else call.skips.keys()


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

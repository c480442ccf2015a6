"""Whether a step's slug and its dependencies are right; the run-time checks of `FlowDefinition`, in the editor."""

import re
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import ARG_STAR, CallExpr, Context, Expression, MemberExpr, NameExpr, StrExpr
from mypy.types import FunctionLike, TypedDictType

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import type_of
from typedflow_mypy.lib.report import report, retract
from typedflow_mypy.lib.text import first_ten, nearest
from typedflow_mypy.model.step_call import ITEM, Slug, StepCall
from typedflow_mypy.source import repetition
from typedflow_mypy.state import State

_SLUG: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")


def check_step(checker: TypeChecker, call: StepCall) -> None:
    """Report what is wrong with the slug and the dependencies of a step, each at its own argument."""
    check_slug(checker, "a step", call.slug)
    slug = call.slug.value
    if slug is not None:
        is_there = call.steps is not None and slug in call.steps.items
        known = f'The flow has a step "{slug}" already; choose another slug' if is_there else None
        if why := known or repetition.why_repeated(checker, call):
            report(checker, why, call.slug.place, errorcodes.DUPLICATE_STEP)
    _check_forward_references(checker, call)
    if call.dependencies is None:
        problem = "literal, so that the type checker knows its input"
        example = '"first", "second"'
        if isinstance(call.depends_on, StrExpr):
            problem, example = "a list", f'"{call.depends_on.value}"'
        report(
            checker,
            f"The dependencies of a step must be {problem}; write depends_on=[{example}]",
            call.depends_on,
            errorcodes.NOT_LITERAL,
        )
    _check_dependencies(checker, call)


def check_written_out(checker: TypeChecker, call: Context) -> None:
    """Report arguments that are unpacked into a call, if what they hold cannot be read from the source."""
    if not isinstance(call, CallExpr) or not any(kind.is_star() for kind in call.arg_kinds):
        return
    why = "The arguments of a step must be written out, so that the type checker knows the flow's steps"
    arguments = zip(call.args, call.arg_kinds, strict=True)
    given = [type_of(checker, argument) for argument, kind in arguments if kind.is_star()]
    if ARG_STAR not in call.arg_kinds and all(isinstance(each, TypedDictType) for each in given):
        why = (
            "The options that are unpacked may say when the step is skipped, so the type checker must see them; "
            "define them in this module, or annotate them with FlowOptions"
        )
    report(checker, why, call, errorcodes.NOT_LITERAL)


def check_slug(checker: TypeChecker, owner: str, slug: Slug) -> None:
    """Report a slug, of a step or of a flow, that cannot be one."""
    if slug.value is None:
        report(
            checker,
            f"The slug of {owner} must be a literal string, so that the type checker knows the flow's steps"
            + _instead_of_function(checker, slug),
            slug.place,
            errorcodes.NOT_LITERAL,
        )
    elif slug.value == "run":
        report(
            checker,
            'The slug "run" is reserved: a step input holds the flow input under it; choose another slug',
            slug.place,
            errorcodes.INVALID_SLUG,
        )
    elif not _SLUG.fullmatch(slug.value):
        shown = slug.value if len(slug.value) <= 60 else slug.value[:60] + "..."
        report(
            checker,
            f'"{shown}" is not a valid slug; use 1 to 128 letters, digits and underscores, and no digit first',
            slug.place,
            errorcodes.INVALID_SLUG,
        )


def is_function(checker: TypeChecker, slug: Slug) -> bool:
    """Whether a function stands where a slug is to be written."""
    return isinstance(slug.place, NameExpr | MemberExpr) and isinstance(type_of(checker, slug.place), FunctionLike)


def _instead_of_function(checker: TypeChecker, slug: Slug) -> str:
    """Say what to write instead of a function, at the end of a message."""
    if not isinstance(slug.place, NameExpr | MemberExpr) or not is_function(checker, slug):
        return ""
    return f'; this is a function, and a step is named by its slug, such as "{slug.place.name}"'


def _check_dependencies(checker: TypeChecker, call: StepCall) -> None:
    seen: set[str] = set()
    unknown: list[tuple[Slug, StepCall]] = []
    source = [call.over] if call.over is not None and call.over.value != "run" else []
    for dependency in [*source, *(call.declared if not call.hands_item else ())]:
        slug = dependency.value
        is_source = dependency is call.over
        if slug is None:
            must = (
                "A dependency must be a literal slug, so that the type checker knows the step's input"
                if not is_source
                else "What a map step maps over must be a literal slug, so that the type checker knows its items"
            )
            report(
                checker,
                must + _instead_of_function(checker, dependency),
                dependency.place,
                errorcodes.NOT_LITERAL,
            )
        elif slug == ITEM and call.beside is not None and not is_source:
            report(
                checker,
                f'{call.title} depends on a step "{ITEM}", but the step input of a map step has the item under that '
                "key; give that step another slug",
                dependency.place,
                errorcodes.INVALID_SLUG,
            )
        elif slug in seen:
            report(
                checker,
                f'{call.title} names the dependency "{slug}" twice; remove one of them',
                dependency.place,
                errorcodes.DUPLICATE_DEPENDENCY,
            )
        elif slug == call.slug.value and not call.is_step(slug):
            report(
                checker,
                f"{call.title} depends on itself; remove it from depends_on"
                if not is_source
                else f'{call.title} maps over itself; name a step before it, or "run" for the flow input',
                dependency.place,
                errorcodes.SELF_DEPENDENCY,
            )
        elif call.steps is not None and slug not in call.steps.items:
            unknown.append((dependency, call))
            report(
                checker,
                f'{call.title} {call.relation(dependency)} "{slug}", {_why_unknown(call, slug, is_source=is_source)}',
                dependency.place,
                errorcodes.UNKNOWN_DEPENDENCY,
            )
        elif not is_source:
            seen.add(slug)
    remembered = State.of(checker).unknown_dependencies
    remembered.pop(call.expression, None)
    if unknown:
        remembered[call.expression] = unknown


def _why_unknown(call: StepCall, slug: str, *, is_source: bool) -> str:
    if slug == "run":
        return 'which is not a step; every step input already has the flow input under "run"'
    known = sorted(call.steps.items) if call.steps is not None else []
    if near := nearest(slug, known):
        return f'which is not defined before it; did you mean "{near}"?'
    if not known:
        first = (
            "which is not defined before it; it is the flow's first step, "
            "as .step() returns a new flow and leaves the old one as it is"
        )
        return first if not is_source else f'{first}. Write over="run" for the flow input'
    shown = first_ten(known)
    return f"which is not defined before it; defined so far: {shown}"


def _check_forward_references(checker: TypeChecker, call: StepCall) -> None:
    """Say of a dependency that was unknown, now that the step turns up further down the chain, that it comes later."""
    before: Expression = call.expression
    unknown = State.of(checker).unknown_dependencies
    while unknown and isinstance(before, CallExpr) and isinstance(before.callee, MemberExpr):
        before = before.callee.expr
        for dependency, earlier in unknown.get(before, []) if isinstance(before, CallExpr) else []:
            if dependency.value == call.slug.value:
                _retract_unknown(checker, dependency.place)
                report(
                    checker,
                    f'{earlier.title} {earlier.relation(dependency)} "{dependency.value}", which is defined after it; '
                    f'move .{call.method}("{dependency.value}", ...) up, '
                    f'before .{earlier.method}("{earlier.slug.value}", ...)',
                    dependency.place,
                    errorcodes.FORWARD_REFERENCE,
                )


def _retract_unknown(checker: TypeChecker, place: Expression) -> None:
    retract(checker, place, lambda error: error.code == errorcodes.UNKNOWN_DEPENDENCY and error.column == place.column)

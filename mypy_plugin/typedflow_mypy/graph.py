"""Whether a step's slug and its dependencies are right; the run-time checks of `FlowDefinition`, in the editor."""

import re
from difflib import get_close_matches
from typing import Final

from mypy.checker import TypeChecker

from typedflow_mypy import errorcodes
from typedflow_mypy.call import StepCall, quoted

_SLUG: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,127}")


def check(checker: TypeChecker, call: StepCall) -> None:
    """Report what is wrong with the slug and the dependencies of a step, each at its own argument."""
    _check_slug(checker, call)
    if call.dependencies is None:
        checker.fail(
            "The dependencies of a step must be literal, for the type checker to know its input; "
            'write depends_on=["first", "second"]',
            call.depends_on,
            code=errorcodes.NOT_LITERAL,
        )
        return
    _check_dependencies(checker, call)


def _check_slug(checker: TypeChecker, call: StepCall) -> None:
    slug = call.slug.value
    if slug is None:
        checker.fail(
            "The slug of a step must be a literal string, for the type checker to know the flow's steps",
            call.slug.place,
            code=errorcodes.NOT_LITERAL,
        )
    elif slug == "run":
        checker.fail(
            'The slug "run" is reserved: a step input holds the flow input under it; choose another slug',
            call.slug.place,
            code=errorcodes.INVALID_SLUG,
        )
    elif not _SLUG.fullmatch(slug):
        checker.fail(
            f'"{slug}" is not a valid slug; use 1 to 128 letters, digits and underscores, and no digit first',
            call.slug.place,
            code=errorcodes.INVALID_SLUG,
        )
    elif call.steps is not None and slug in call.steps.items:
        checker.fail(
            f'The flow has a step "{slug}" already; choose another slug',
            call.slug.place,
            code=errorcodes.DUPLICATE_STEP,
        )


def _check_dependencies(checker: TypeChecker, call: StepCall) -> None:
    seen: set[str] = set()
    for dependency in call.dependencies or ():
        slug = dependency.value
        if slug is None:
            checker.fail(
                "A dependency must be a literal slug, for the type checker to know the step's input",
                dependency.place,
                code=errorcodes.NOT_LITERAL,
            )
        elif slug in seen:
            checker.fail(
                f'{call.title} names the dependency "{slug}" twice; remove one of them',
                dependency.place,
                code=errorcodes.DUPLICATE_DEPENDENCY,
            )
        elif call.steps is not None and slug not in call.steps.items:
            checker.fail(
                f'{call.title} depends on "{slug}", {_why_unknown(call, slug)}',
                dependency.place,
                code=errorcodes.UNKNOWN_DEPENDENCY,
            )
        else:
            seen.add(slug)


def _why_unknown(call: StepCall, slug: str) -> str:
    if slug == call.slug.value:
        return "which is itself; remove it from depends_on"
    if slug == "run":
        return 'which is no step; every step input has the flow input under "run" without it'
    known = list(call.steps.items) if call.steps is not None else []
    if near := get_close_matches(slug, known, n=1):
        return f'which is not defined before it; did you mean "{near[0]}"?'
    if not known:
        return "which is not defined before it; it is the flow's first step"
    shown = quoted(known[:10]) + (", ..." if len(known) > 10 else "")
    return f"which is not defined before it; defined so far: {shown}"

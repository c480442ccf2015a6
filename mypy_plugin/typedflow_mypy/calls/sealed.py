"""A call of `Flow.sealed`: whether the flow's outputs are what the TypedDict says."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.messages import format_type, format_type_distinctly
from mypy.plugin import MethodContext
from mypy.subtypes import is_subtype
from mypy.types import AnyType, Type, TypedDictType, UninhabitedType, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import nearest, quoted
from typedflow_mypy.model.flow_type import as_flow, called_on, known_steps
from typedflow_mypy.outputs.shapes import opened


def result(ctx: MethodContext) -> Type:
    """Return the flow with the TypedDict as its outputs, having compared them with those of its steps."""
    flow = called_on(ctx)
    sealed = as_flow(ctx.default_return_type)
    checker = checker_of(ctx)
    if flow is None or sealed is None or not ctx.args[0]:
        return ctx.default_return_type
    steps, named = known_steps(flow), get_proper_type(sealed.args[1])
    place = ctx.args[0][0]
    if isinstance(named, AnyType | UninhabitedType):  # mypy has said what is wrong with the argument
        return flow
    if not isinstance(named, TypedDictType):
        shown = format_type(named, checker.options)
        report(checker, f"sealed() takes a TypedDict of the flow's outputs, not {shown}", place, errorcodes.SEALED)
        return flow
    if steps is not None:
        for message in _differences(checker, steps, named):
            report(checker, message, place, errorcodes.SEALED)
    return flow.copy_modified(args=[flow.args[0], named])


def _differences(checker: TypeChecker, steps: TypedDictType, named: TypedDictType) -> Iterator[str]:
    name = named.fallback.type.name
    missing = [slug for slug in steps.items if slug not in named.items]
    if missing:
        yield f'"{name}" lacks {quoted(missing)}, which the flow has; run "typedflow stubs" again, or add the key'
    for key, declared in named.items.items():
        if key not in steps.items:
            near = nearest(key, missing)
            has = f"it has {quoted(steps.items)}" if steps.items else "it has no steps"
            advice = f'did you mean "{near}"?' if near else has
            yield f'"{name}" has the key "{key}", which is not a step of the flow; {advice}'
        elif key not in named.required_keys:
            yield f'"{name}" says that the output of step "{key}" may be missing; it never is, so require it'
        elif not is_subtype(opened(steps.items[key]), declared, options=checker.options):
            actual, wanted = format_type_distinctly(steps.items[key], declared, options=checker.options)
            yield f'"{name}" says that the output of step "{key}" is {wanted}, but it is {actual}'

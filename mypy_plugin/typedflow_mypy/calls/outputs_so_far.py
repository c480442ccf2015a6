"""What is read of a run before it has ended, or after it failed: ``run.output("slug")``, ``run.steps`` and the like."""

from mypy.checker import TypeChecker
from mypy.plugin import AttributeContext, MethodContext
from mypy.types import Instance, LiteralType, Type, TypedDictType, UnionType, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, checker_of
from typedflow_mypy.lib.optional import or_none
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model.flow_type import called_on, known_steps
from typedflow_mypy.model.step_call import Slug


def output(ctx: MethodContext) -> Type:
    """Return the output of the step, to be awaited."""
    steps, slug, awaitable = _steps(ctx.type), _slug(ctx), get_proper_type(ctx.default_return_type)
    assert isinstance(awaitable, Instance)
    if steps is None or slug is None:
        return ctx.default_return_type
    _check(checker_of(ctx), steps, slug)
    found = steps.items.get(slug.value or "", ERRONEOUS)
    return awaitable.copy_modified(args=[*awaitable.args[:-1], found])


def status(ctx: MethodContext) -> Type:
    """Return what is declared, having reported a slug that is not that of a step."""
    _check(checker_of(ctx), _steps(ctx.type), _slug(ctx))
    return ctx.default_return_type


def definition(ctx: MethodContext) -> Type:
    """Return what is declared by ``flow.get_step``, having reported a slug that is not that of a step."""
    _check(checker_of(ctx), known_steps(called_on(ctx)), _slug(ctx))
    return ctx.default_return_type


def completed(ctx: AttributeContext) -> Type:
    """Return the outputs of a run so far: each may be missing, and then reads as None."""
    steps = _steps(ctx.type)
    return ctx.default_attr_type if steps is None else _possibly_none(ctx.api, steps)


def completed_of_flow(ctx: MethodContext) -> Type:
    """Return the outputs that an error has, as those of the flow."""
    steps = known_steps(called_on(ctx))
    return ctx.default_return_type if steps is None else _possibly_none(ctx.api, steps)


def events(ctx: AttributeContext) -> Type:
    """Return the events of a run, whose steps are those of the flow."""
    steps, stream = _steps(ctx.type), get_proper_type(ctx.default_attr_type)
    if steps is None or not steps.items:
        return ctx.default_attr_type
    assert isinstance(stream, Instance)
    assert isinstance(ctx.api, TypeChecker)
    fallback = ctx.api.named_generic_type("builtins.str", [])
    slugs = UnionType.make_union([LiteralType(slug, fallback) for slug in steps.items])
    return stream.copy_modified(args=[slugs])


def _steps(of_run: Type) -> TypedDictType | None:
    """The outputs of the steps, which are the type argument of a run and of what belongs to it."""
    proper = get_proper_type(of_run)
    assert isinstance(proper, Instance)
    steps = get_proper_type(proper.args[0])
    return steps if isinstance(steps, TypedDictType) else None


def _slug(ctx: MethodContext) -> Slug | None:
    places = ctx.args[0]
    return Slug.at(checker_of(ctx), places[0]) if places else None


def _check(checker: TypeChecker, steps: TypedDictType | None, slug: Slug | None) -> None:
    """Report a slug that is not that of a step, as far as both are known."""
    if steps is None or slug is None or slug.value is None or slug.value in steps.items:
        return
    message = undeclared_reads.describe_unknown_step(steps.items, slug.value)
    report(checker, message, slug.place, errorcodes.UNKNOWN_STEP)


def _possibly_none(checker: object, steps: TypedDictType) -> Type:
    assert isinstance(checker, TypeChecker)
    return typed_dict(checker, {slug: or_none(output) for slug, output in steps.items.items()}, optional=steps.items)

"""A call of `Run.deliver` or `Flow.deliver`: whether the step waits, and whether the value is what it waits for."""

from mypy.messages import format_type_distinctly
from mypy.nodes import Expression
from mypy.plugin import MethodSigContext
from mypy.subtypes import is_subtype
from mypy.types import FunctionLike, Instance, Type, TypedDictType, get_proper_type

from typedflow_mypy.handlers import undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.text import first_ten
from typedflow_mypy.model.flow_notes import FlowNotes, handler_output
from typedflow_mypy.model.flow_type import as_flow, as_of_flow, check_read, known_steps
from typedflow_mypy.model.step_call import Slug


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Take what the wait step of the flow waits for."""
    flow = as_flow(ctx.type)
    if flow is not None:
        check_read(checker_of(ctx), flow, ctx.context)
    return as_of_flow(of_flow(ctx, flow))


def of_flow(ctx: MethodSigContext, flow: Instance | None) -> FunctionLike:
    """Return the signature for a flow, having reported a slug or a value that is wrong."""
    return _taking(ctx, flow, known_steps(flow))


def signature_of_run(ctx: MethodSigContext) -> FunctionLike:
    """Take what the wait step of the run's flow waits for."""
    run = ctx.type
    assert isinstance(run, Instance)
    steps = get_proper_type(run.args[0])
    return _taking(ctx, run, steps if isinstance(steps, TypedDictType) else None)


def _taking(ctx: MethodSigContext, noted: Instance | None, steps: TypedDictType | None) -> FunctionLike:
    """The signature with the type of the value, having reported a slug or a value that is wrong."""
    declared, checker = ctx.default_signature, checker_of(ctx)
    arguments = {name: given[0] for name, given in zip(declared.arg_names, ctx.args, strict=True) if given}
    if noted is None or steps is None or not arguments.keys() >= {"slug", "value"}:
        return declared
    slug = Slug.at(checker, arguments["slug"])
    notes = FlowNotes.noted_in(noted)
    if slug.value is None:
        return declared
    if slug.value not in steps.items:
        message = undeclared_reads.describe_unknown_step(steps.items, slug.value)
        report(checker, message, slug.place, errorcodes.UNKNOWN_STEP)
        return declared
    step = None if notes is None else notes.step(slug.value)
    # The dependencies of a step are not known if the type of its flow was written out.
    if notes is not None and step is not None and not step.is_wait and step.depends_on is not None:
        waits = [known for known, each in notes.steps.items() if each.is_wait]
        has = f"the wait steps of the flow are {first_ten(waits)}" if waits else "the flow has no wait step"
        message = f'Nothing can be delivered to step "{slug.value}", because it has a handler; {has}'
        report(checker, message, slug.place, errorcodes.DELIVERY)
        return declared
    output = handler_output(steps.items[slug.value], None if step is None else step.skip)
    types = dict(zip(declared.arg_names, declared.arg_types, strict=True))
    types["value"] = _checked(ctx, slug.value, arguments["value"], output)
    return declared.copy_modified(arg_types=list(types.values()))


def _checked(ctx: MethodSigContext, slug: str, value: Expression, wanted: Type) -> Type:
    """The type to expect of the value, having reported one that the step does not wait for."""
    checker = checker_of(ctx)
    with checker.msg.filter_errors() as errors:
        given = checker.expr_checker.accept(value, type_context=wanted)
    if errors.has_new_errors() or is_subtype(given, wanted, options=checker.options):
        return wanted
    actual, expected = format_type_distinctly(given, wanted, options=checker.options)
    message = f'Step "{slug}" waits for {expected}, but what is delivered to it is {actual}'
    report(checker, message, value, errorcodes.DELIVERY)
    return ERRONEOUS

"""A call of `Flow.wait`: a step whose output has the type that the call names."""

from dataclasses import replace

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import RefExpr, TypeInfo
from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import AnyType, FunctionLike, Type, get_proper_type

from typedflow_mypy.calls import predicate, step
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, checker_of, object_type, type_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model import daemon
from typedflow_mypy.model.analysed_call import AnalysedCall
from typedflow_mypy.model.flow_type import check_read
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs import usable
from typedflow_mypy.rules import condition, options, wiring
from typedflow_mypy.rules.unused_flow import check_used
from typedflow_mypy.source import input_type, reassignment
from typedflow_mypy.source.step_options import options_of
from typedflow_mypy.state import State


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Report what is wrong with the step; let its output be of any type that pydantic can validate."""
    declared, checker = ctx.default_signature, checker_of(ctx)
    analysed = _analyse(ctx, declared.arg_names)
    if analysed is None:
        wiring.check_written_out(checker, ctx.context)
        return declared
    call = analysed.step
    State.of(checker).analysed[call.expression] = analysed
    check_read(checker, call.flow, call.expression)
    wiring.check_step(checker, call)
    declared = options.check_options(checker, call.expression, call.options, call.name, declared)
    condition.check_condition(checker, call)
    declared = predicate.expect(checker, analysed.predicates, declared)
    arguments = dict(zip(declared.arg_names, declared.arg_types, strict=True))
    arguments["output_type"] = object_type(checker)
    return declared.copy_modified(arg_types=list(arguments.values()), variables=[])


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow with the new step."""
    checker = checker_of(ctx)
    check_used(checker, ctx.context)
    analysed = State.of(checker).take_analysed(ctx.context, ctx.type) or _analyse(ctx, ctx.callee_arg_names)
    if analysed is None:
        return ctx.default_return_type
    call = analysed.step
    options.retract_given_twice(checker, call.expression)
    for tested in analysed.predicates:
        step.check_predicate(checker, tested)
    output = _output(checker, call)
    daemon.depend_on_output(checker, output)
    is_class = isinstance(call.handler, RefExpr) and isinstance(call.handler.node, TypeInfo)
    return step.extended(checker, call, output, is_annotated=not is_class)


def _analyse(ctx: MethodSigContext | MethodContext, names: list[str | None]) -> AnalysedCall | None:
    checker = checker_of(ctx)
    call = StepCall.read(ctx, names, options_of(checker, ctx.context))
    if call is None:
        return None
    call = reassignment.read_current(checker, call)
    analysed = AnalysedCall(ctx.type, call, [], [])
    return replace(analysed, predicates=tuple(predicate.analyse(checker, ctx.type, call)))


def _output(checker: TypeChecker, call: StepCall) -> Type:
    """Return the type that the step waits for, having reported what is not a type, or cannot be used."""
    place = call.handler
    given = type_of(checker, place)
    if isinstance(given, FunctionLike) and not given.is_type_obj():
        why = "this is a function; a wait step does not have a handler"
        report(checker, f"The output type of {call.name} must be a type, and {why}", place, errorcodes.UNUSABLE)
        return ERRONEOUS
    output = input_type.written_type(checker, place)
    if output is None and (value := input_type.value(checker, place)) is not None:
        why = f"this is a value of type {format_type(value, checker.options)}"
        report(checker, f"The output type of {call.name} must be a type, and {why}", place, errorcodes.UNUSABLE)
        return ERRONEOUS
    if output is None or isinstance(get_proper_type(output), AnyType):
        if checker.options.warn_return_any and call.is_known:
            why = "so what reads it is not checked; name the type of what is delivered"
            report(checker, f"The output of {call.name} is Any, {why}", place, errorcodes.ANY_OUTPUT)
        return UNKNOWN
    if why_not := usable.why_not(output):
        report(checker, f"The output of {call.name} cannot be used: {why_not}", place, errorcodes.UNUSABLE)
    return output

"""A call of `Flow.replace`: whether the handler takes what the step's handler takes, and returns what it returns."""

from mypy.checker import TypeChecker
from mypy.messages import format_type_distinctly
from mypy.nodes import LambdaExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.subtypes import is_subtype
from mypy.types import CallableType, FunctionLike, Instance, Parameters, Type, UnionType, get_proper_type

from typedflow_mypy.calls import declared_steps
from typedflow_mypy.calls.step import handler_output
from typedflow_mypy.handlers import acceptance, passed_on, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.analysed_call import AnalysedCall, Refused
from typedflow_mypy.model.flow_type import check_read
from typedflow_mypy.model.handler import Body, Handler
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs.awaited import awaited
from typedflow_mypy.outputs.shapes import opened
from typedflow_mypy.rules import wiring
from typedflow_mypy.rules.runs_in import check_runs_in
from typedflow_mypy.rules.unused_flow import check_used
from typedflow_mypy.source import reassignment
from typedflow_mypy.source.step_options import options_of
from typedflow_mypy.state import State


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Report a handler that does not accept the step's input; give a lambda that input, and the output to expect."""
    declared = ctx.default_signature
    checker = checker_of(ctx)
    analysed = _analyse(ctx, declared.arg_names)
    if analysed is None:
        wiring.check_written_out(checker, ctx.context)
        return declared
    call = analysed.step
    State.of(checker).analysed[call.expression] = analysed
    index = declared.arg_names.index("handler")
    expected = get_proper_type(declared.arg_types[index])
    if not isinstance(expected, CallableType):  # it is that of a method in place of ours
        return declared
    check_read(checker, call.flow, call.expression)
    declared_steps.check_slug(checker, call)
    check_runs_in(
        checker, call.name, options_of(checker, call.expression), [handler for handler, _ in analysed.handlers]
    )
    arguments = list(declared.arg_types)
    arguments[index] = _handler_type(checker, analysed, expected)
    return declared.copy_modified(arg_types=arguments)


def _analyse(ctx: MethodSigContext | MethodContext, names: list[str | None]) -> AnalysedCall | None:
    """Analyse the call, given the names of the method's parameters; None if it is written otherwise."""
    checker = checker_of(ctx)
    new = StepCall.read(ctx, names, options_of(checker, ctx.context))
    if new is None:
        return None
    new = reassignment.read_current(checker, new)
    step = declared_steps.declared_step(new.flow, new.slug, new.handler, new.expression)
    return acceptance.analyse(checker, ctx.type, step)


def _handler_type(checker: TypeChecker, analysed: AnalysedCall, expected: CallableType) -> Type:
    """The type to expect of the handler, having reported why it cannot serve the step."""
    handler_type: Type = expected
    for handler, verdict in analysed.handlers:
        if isinstance(handler.expression, LambdaExpr):
            undeclared_reads.explain_input(checker, analysed.step, handler.expression)
        if isinstance(verdict, Refused):
            report(checker, verdict.message, analysed.step.handler, errorcodes.HANDLER)
            return ERRONEOUS
        if verdict.parameters is not None:
            handler_type = _taking(checker, analysed.step, handler, expected, verdict.parameters)
    return handler_type


def result(ctx: MethodContext) -> Type:
    """Return the flow, having checked the handler's body and compared what it returns."""
    checker = checker_of(ctx)
    check_used(checker, ctx.context)
    analysed = State.of(checker).take_analysed(ctx.context, ctx.type) or _analyse(ctx, ctx.callee_arg_names)
    if analysed is None:
        return ctx.default_return_type
    for handler, verdict in analysed.handlers:
        if isinstance(handler.expression, LambdaExpr):
            passed_on.follow_calls(checker, Body(handler.expression, 0))
        else:
            output = handler_output(checker, analysed, handler, verdict, UNKNOWN)
            _check_returned(checker, analysed.step, output)
    undeclared_reads.translate_held(checker)
    return _replaced(checker, analysed.step)


def _replaced(checker: TypeChecker, call: StepCall) -> Instance:
    """The flow, in which a wait step now has a handler."""
    step = call.notes.step(call.slug.value)
    if not step.is_wait:
        return call.flow
    return call.notes.with_step(str(call.slug.value), step._replace(is_wait=False)).put_in(checker, call.flow)


def _taking(
    checker: TypeChecker, call: StepCall, handler: Handler, expected: CallableType, parameters: Parameters
) -> Type:
    """The type to expect of a handler whose type is inferred from it; a lambda's output is compared here."""
    wanted = declared_steps.declared_output(call)
    taking = expected.copy_modified(
        ret_type=UnionType.make_union([wanted, checker.named_generic_type("typing.Awaitable", [wanted])]),
        arg_types=parameters.arg_types,
        arg_kinds=parameters.arg_kinds,
        arg_names=parameters.arg_names,
        is_ellipsis_args=False,
    )
    if not isinstance(handler.expression, LambdaExpr):
        return taking
    context = taking.copy_modified(ret_type=wanted)
    with checker.msg.filter_errors():
        inferred = get_proper_type(checker.expr_checker.accept(handler.expression, type_context=context))
    # In a function that mypy does not check, it may not know the lambda.
    output = inferred.ret_type if isinstance(inferred, CallableType) else UNKNOWN
    if not _check_returned(checker, call, awaited(output)):
        return ERRONEOUS
    return context if is_subtype(output, wanted) else taking


def _check_returned(checker: TypeChecker, call: StepCall, output: Type) -> bool:
    """Report what a handler returns if the step's own handler does not return it; return whether it does."""
    wanted = declared_steps.declared_output(call)
    if is_subtype(opened(output), opened(wanted)):
        return True
    actual, expected = format_type_distinctly(output, wanted, options=checker.options)
    message = f"The new handler of {call.name} returns {actual}, but the output of the step is {expected}"
    report(checker, message, call.handler, errorcodes.REPLACEMENT)
    return False

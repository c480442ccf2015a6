"""A call of `Flow.step` or `Flow.map`: from what is declared to the type of the new flow."""

from mypy.checker import SetNothingToAny, TypeChecker
from mypy.nodes import LambdaExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.typeops import make_simplified_union
from mypy.types import AnyType, CallableType, FunctionLike, Instance, Type, TypeOfAny, get_proper_type

from typedflow_mypy.calls.recording import record_step
from typedflow_mypy.handlers import acceptance, body, passed_on, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, checker_of, object_type
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model import daemon, flow_notes
from typedflow_mypy.model.flow_type import as_flow, check_read
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs import items, literals, returned, storable
from typedflow_mypy.rules import condition, options, skip_options, wiring
from typedflow_mypy.source import reassignment
from typedflow_mypy.source.handler import Handler


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Give the handler's parameter the types that the declared dependencies make.

    What the call returns is put off: a callable that returns what the handler does stands for the new flow, so that
    mypy solves the handler's output alone, whatever flow the surrounding code expects.
    """
    declared = ctx.default_signature
    checker = checker_of(ctx)
    call = StepCall.of(ctx, declared.arg_names)
    if call is None:
        wiring.check_written_out(checker, ctx.context)
        return declared
    call = reassignment.read_current(checker, call)
    index = declared.arg_names.index("handler")
    expected = get_proper_type(declared.arg_types[index])
    if not isinstance(expected, CallableType):  # it is that of a method in place of ours
        return declared
    check_read(checker, call.flow, call.expression)
    wiring.check(checker, call)
    items.check(checker, call)
    declared = options.checked(checker, call.expression, call.name, declared)
    condition.check(checker, call)
    returned = expected.ret_type
    arguments = list(declared.arg_types)
    handlers = Handler.alternatives(checker, call.handler)
    for handler in handlers:
        result = expected.ret_type if len(handlers) == 1 else object_type(checker)
        if isinstance(handler.expression, LambdaExpr):
            undeclared_reads.explain_input(checker, call, handler.expression)
            result = literals.expected(checker, [handler.expression.expr()]) or result
        found = acceptance.accepts(checker, call, handler)
        if isinstance(found, acceptance.Problem):
            report(checker, found.message, call.handler, errorcodes.HANDLER)
            arguments[index] = ERRONEOUS
            break
        if found.parameters is not None:
            arguments[index] = expected.copy_modified(
                ret_type=result,
                arg_types=found.parameters.arg_types,
                arg_kinds=found.parameters.arg_kinds,
                arg_names=found.parameters.arg_names,
                is_ellipsis_args=False,
            )
    put_off = CallableType([], [], [], returned, expected.fallback)
    return declared.copy_modified(arg_types=arguments, ret_type=put_off)


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow with the new step, having checked the handler's body where that is needed."""
    put_off = get_proper_type(ctx.default_return_type)
    call = StepCall.of(ctx, ctx.callee_arg_names)
    if as_flow(ctx.type) is not None and isinstance(put_off, Instance):  # the signature has said what is wrong
        return put_off.copy_modified(args=[put_off.args[0], ERRONEOUS])
    if call is None or not isinstance(put_off, CallableType):
        return ctx.default_return_type
    checker = checker_of(ctx)
    call = reassignment.read_current(checker, call)
    handlers = Handler.alternatives(checker, call.handler)
    outputs = [returned_by(checker, call, handler, put_off.ret_type) for handler in handlers]
    returned = outputs[0] if len(outputs) == 1 else make_simplified_union(outputs)
    returned = returned.accept(SetNothingToAny())  # Nothing: the elements of an empty list
    undeclared_reads.translate_held(checker)
    daemon.of_output(checker, returned)
    _check_output(checker, call, returned)
    if call.over is not None:
        returned = items.output(checker, returned)
    skip = skip_options.skip_of(checker, call, returned)
    if call.steps is None or call.slug.value is None:
        steps: Type = UNKNOWN
    else:
        put_out = returned if skip is None else skip.run_output(returned)
        steps = typed_dict(checker, {**call.steps.items, call.slug.value: put_out})
    flow = Instance(call.flow.type, [call.flow_input, steps])
    flow = flow_notes.with_step(checker, flow, call.flow, call.slug.value, call.declared(skip))
    record_step(checker, call, flow)
    reassignment.follow_reassignment(checker, call, flow)
    return flow


def returned_by(checker: TypeChecker, call: StepCall, handler: Handler, solved: Type) -> Type:
    """Return the output of a handler, having checked its body; what mypy has solved it to, if it has no body here."""
    found = acceptance.accepts(checker, call, handler)
    if isinstance(found, acceptance.Problem):
        return ERRONEOUS
    if isinstance(handler.expression, LambdaExpr):
        passed_on.follow(checker, handler.expression)
        return returned.awaited(literals.displayed(checker, handler.expression.expr()))
    for other in handler.others:
        body.check(checker, call, other, acceptance.given(checker, call))
    if handler.body is not None:
        inferred = body.check(checker, call, handler.body, acceptance.given(checker, call))
        passed_on.follow(checker, handler.body.function)
        if inferred is not None and not handler.body.is_wrapped:
            return returned.awaited(inferred)
    return returned.awaited(solved if found.signature is None else returned.declared(found.signature))


def _check_output(checker: TypeChecker, call: StepCall, returned: Type) -> None:
    """Report an output that can never be stored, and under ``--strict`` one of which nothing is known."""
    proper = get_proper_type(returned)
    if isinstance(proper, AnyType):
        origin = proper.source_any or proper
        if checker.options.warn_return_any and call.is_known and origin.type_of_any != TypeOfAny.from_error:
            report(
                checker,
                f"The output of {call.name} is Any, so what reads it is not checked; annotate what its handler returns",
                call.handler,
                errorcodes.ANY_OUTPUT,
            )
    elif why_not := storable.why_not(returned, checker.options):
        report(
            checker, f"The output of {call.name} can never be stored: {why_not}", call.handler, errorcodes.NOT_STORABLE
        )

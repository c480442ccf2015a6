"""A call of `Flow.step` or `Flow.map`: from what is declared to the type of the new flow.

mypy asks twice: `signature` before it checks the arguments, and `result` after. `signature` analyses the call, and
`result` uses what it has found.
"""

from dataclasses import replace

from mypy.checker import SetNothingToAny, TypeChecker
from mypy.nodes import ARG_POS, Decorator, FuncDef, LambdaExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.typeops import make_simplified_union
from mypy.types import AnyType, CallableType, FunctionLike, Instance, Type, TypeOfAny, get_proper_type

from typedflow_mypy.calls import predicate
from typedflow_mypy.calls.recording import record_step
from typedflow_mypy.handlers import acceptance, body, passed_on, unchecked_reads, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, checker_of, object_type
from typedflow_mypy.lib.optional import may_be_none, or_none
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.typed_dict import typed_dict
from typedflow_mypy.model import daemon
from typedflow_mypy.model.analysed_call import Accepted, AnalysedCall, Refused, Verdict
from typedflow_mypy.model.flow_type import as_flow, check_read
from typedflow_mypy.model.handler import Body, Handler
from typedflow_mypy.model.resources import put_resources, resources_of
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import is_unannotated
from typedflow_mypy.outputs import annotated, items, literals, usable, vague
from typedflow_mypy.outputs.awaited import awaited
from typedflow_mypy.outputs.return_type import declared_return, lambda_return, output_of_refused
from typedflow_mypy.rules import condition, options, skip_options, wiring
from typedflow_mypy.rules.return_annotation import check_exists
from typedflow_mypy.rules.runs_in import check_runs_in
from typedflow_mypy.rules.unused_flow import check_used
from typedflow_mypy.source import reassignment
from typedflow_mypy.source.origin import is_here
from typedflow_mypy.source.step_options import options_of
from typedflow_mypy.state import State


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Give the handler's parameter the types that the declared dependencies make.

    The return type is replaced by a callable that returns what the handler returns, which `result` turns into the new
    flow. So mypy infers the handler's output from the handler alone, and not from the flow that is expected around it.
    """
    declared = ctx.default_signature
    checker = checker_of(ctx)
    analysed = _analyse(ctx, declared.arg_names)
    if analysed is None:
        wiring.check_written_out(checker, ctx.context)
        return declared
    index = declared.arg_names.index("handler")
    expected = get_proper_type(declared.arg_types[index])
    if not isinstance(expected, CallableType):  # it is that of a method in place of ours
        return declared
    call = analysed.step
    State.of(checker).analysed[call.expression] = analysed
    check_read(checker, call.flow, call.expression)
    wiring.check_step(checker, call)
    items.check(checker, call)
    declared = options.check_options(checker, call.expression, call.options, call.name, declared)
    check_runs_in(checker, call.name, call.options, [handler for handler, _ in analysed.handlers])
    condition.check_condition(checker, call)
    declared = predicate.expect(checker, analysed.predicates, declared)
    arguments = list(declared.arg_types)
    arguments[index] = _handler_type(checker, analysed, expected)
    for name, slugs in {"slug": [call.slug], "depends_on": call.declared, "over": [call.over]}.items():
        if any(slug is not None and wiring.is_function(checker, slug) for slug in slugs) and name in declared.arg_names:
            arguments[declared.arg_names.index(name)] = ERRONEOUS  # what is wrong with it has been reported
    placeholder = CallableType([], [], [], expected.ret_type, expected.fallback)
    return declared.copy_modified(arg_types=arguments, ret_type=placeholder)


def _analyse(ctx: MethodSigContext | MethodContext, names: list[str | None]) -> AnalysedCall | None:
    """Analyse the call, given the names of the method's parameters; None if it is written otherwise."""
    checker = checker_of(ctx)
    call = StepCall.read(ctx, names, options_of(checker, ctx.context))
    if call is None:
        return None
    call = reassignment.read_current(checker, call)
    analysed = acceptance.analyse(checker, ctx.type, call)
    return replace(analysed, predicates=tuple(predicate.analyse(checker, ctx.type, call)))


def _handler_type(checker: TypeChecker, analysed: AnalysedCall, expected: CallableType) -> Type:
    """The type to expect of the handler, having reported why it cannot serve the step."""
    handler_type = expected
    for handler, verdict in analysed.handlers:
        output = expected.ret_type if len(analysed.handlers) == 1 else object_type(checker)
        if isinstance(handler.expression, LambdaExpr):
            undeclared_reads.explain_input(checker, analysed.step, handler.expression)
            output = literals.expected_type(checker, [handler.expression.expr()]) or output
        if isinstance(verdict, Refused):
            report(checker, verdict.message, analysed.step.handler, errorcodes.HANDLER)
            return ERRONEOUS
        if verdict.parameters is not None:
            handler_type = expected.copy_modified(
                ret_type=output,
                arg_types=verdict.parameters.arg_types,
                arg_kinds=verdict.parameters.arg_kinds,
                arg_names=verdict.parameters.arg_names,
                is_ellipsis_args=False,
            )
    return handler_type


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow with the new step, having checked the handler's body where that is needed."""
    checker = checker_of(ctx)
    check_used(checker, ctx.context)
    analysed = State.of(checker).take_analysed(ctx.context, ctx.type)
    placeholder = get_proper_type(ctx.default_return_type)
    if as_flow(ctx.type) is not None and isinstance(placeholder, Instance):  # the signature has reported what is wrong
        return placeholder.copy_modified(args=[placeholder.args[0], ERRONEOUS])
    analysed = analysed or _analyse(ctx, ctx.callee_arg_names)
    if analysed is None or not isinstance(placeholder, CallableType):
        return ctx.default_return_type
    call = analysed.step
    options.retract_given_twice(checker, call.expression)
    for tested in analysed.predicates:
        check_predicate(checker, tested)
    output, fills_in = _output(checker, analysed, placeholder.ret_type)
    functions = [handler.function for handler, _ in analysed.handlers if isinstance(handler.function, FuncDef)]
    is_annotated = any(annotated.is_annotated(checker, function) for function in functions)
    return extended(checker, call, output, fills_in=fills_in, is_annotated=is_annotated)


def extended(
    checker: TypeChecker, call: StepCall, output: Type, *, fills_in: bool = False, is_annotated: bool
) -> Instance:
    """Return the type of the flow with the step of a call, given the output that the step has if it is not skipped."""
    skip = skip_options.skip_of(checker, call, output)
    if call.steps is None or call.slug.value is None:
        steps: Type = UNKNOWN
    else:
        run_output = output if skip is None else skip.run_output(output)
        steps = typed_dict(checker, {**call.steps.items, call.slug.value: run_output})
    flow = Instance(call.flow.type, [call.flow_input, steps])
    notes = call.notes_after(skip, fills_in=fills_in, is_annotated=is_annotated)
    flow = put_resources(notes.put_in(checker, flow), resources_of(call.flow))
    record_step(checker, call, flow)
    reassignment.follow_reassignment(checker, call.expression, flow)
    return flow


def _output(checker: TypeChecker, analysed: AnalysedCall, solved: Type) -> tuple[Type, bool]:
    """The step's output, having checked the handlers' bodies and whether steps can use the output.

    And whether None may stand in it for what no handler returns.
    """
    call = analysed.step
    outputs = [
        output_of_refused(handler)
        if isinstance(verdict, Refused)
        else handler_output(checker, analysed, handler, verdict, solved)
        for handler, verdict in analysed.handlers
    ]
    returned = outputs[0] if len(outputs) == 1 else make_simplified_union(outputs)
    returned = returned.accept(SetNothingToAny())  # Nothing: the elements of an empty list
    undeclared_reads.translate_held(checker)
    daemon.depend_on_output(checker, returned)
    _check_output(checker, call, returned)
    if call.over is None:
        return returned, False
    fills_in = skip_options.may_fill_in(checker, call) and not may_be_none(returned)
    return items.output(checker, or_none(returned) if fills_in else returned), fills_in


def check_predicate(checker: TypeChecker, analysed: AnalysedCall) -> None:
    """Check what a predicate reads and what it returns."""
    step = analysed.step
    for handler, verdict in analysed.handlers:
        output = handler_output(checker, analysed, handler, verdict, UNKNOWN)
        if isinstance(handler.expression, LambdaExpr) and isinstance(verdict, Accepted):
            if not predicate.is_inferred(step):
                body.check_body(checker, step, Body(handler.expression, 0), analysed.handed_over[:1])
            output = lambda_return(checker, handler.expression)
        predicate.check_result(checker, step, handler, output)
    undeclared_reads.translate_held(checker)


def handler_output(
    checker: TypeChecker, analysed: AnalysedCall, handler: Handler, verdict: Verdict, solved: Type
) -> Type:
    """Return what a handler returns, having checked its body; what mypy has solved it to, if its body is not here."""
    if isinstance(verdict, Refused):
        return ERRONEOUS
    check_exists(checker, analysed.step, handler)
    if isinstance(handler.expression, LambdaExpr):
        unchecked_reads.report_reads(checker, handler.expression)
        passed_on.follow_calls(checker, Body(handler.expression, 0))
        return vague.marked(checker, awaited(lambda_return(checker, handler.expression)), analysed.step.slug.value)
    for other in handler.others:
        body.check_body(checker, analysed.step, other, analysed.handed_over)
        passed_on.follow_calls(checker, other)
    checked = handler.body or handler.body_of_context
    if checked is not None:
        inferred = body.check_body(checker, analysed.step, checked, _received(analysed, handler))
        passed_on.follow_calls(checker, checked)
        if inferred is not None and not checked.is_wrapped:
            return vague.marked(checker, awaited(inferred), analysed.step.slug.value)
    declared = awaited(solved if verdict.signature is None else declared_return(verdict.signature))
    if (
        is_unannotated(declared)
        and isinstance(handler.function, FuncDef)
        and _is_called_as_it_is(checker, handler, handler.function)
    ):
        inferred = body.undeclared_return(checker, analysed.step, handler.function)
        if inferred is not None:
            return vague.marked(checker, awaited(inferred), analysed.step.slug.value)
    return declared


def _received(analysed: AnalysedCall, handler: Handler) -> list[Type]:
    """What a handler receives: the context only if it requires a second argument, which a partial may have bound."""
    kinds = handler.type.arg_kinds if isinstance(handler.type, CallableType) else []
    is_known = bool(kinds) and not any(kind.is_star() for kind in kinds)
    return analysed.handed_over[:1] if is_known and ARG_POS not in kinds[1:2] else analysed.handed_over


def _is_called_as_it_is(checker: TypeChecker, handler: Handler, function: FuncDef) -> bool:
    """Whether a handler is a function of this module, and not what a decorator or a call made of it."""
    definition = handler.type.definition if isinstance(handler.type, CallableType) else None
    if isinstance(definition, Decorator) and not definition.decorators:
        definition = definition.func
    return definition is function and is_here(checker, function)


def _check_output(checker: TypeChecker, call: StepCall, output: Type) -> None:
    """Report an output that no step can use, and under ``--strict`` one that is Any."""
    proper = get_proper_type(output)
    if isinstance(proper, AnyType):
        origin = proper.source_any or proper
        # Nothing better can be written than a class of a library without types; mypy has reported its import.
        is_excused = origin.type_of_any in {TypeOfAny.from_error, TypeOfAny.from_unimported_type}
        if checker.options.warn_return_any and call.is_known and not is_excused:
            report(
                checker,
                f"The output of {call.name} is Any, so what reads it is not checked; annotate what its handler returns",
                call.handler,
                errorcodes.ANY_OUTPUT,
            )
    elif why_not := usable.why_not(output):
        report(checker, f"The output of {call.name} cannot be used: {why_not}", call.handler, errorcodes.UNUSABLE)

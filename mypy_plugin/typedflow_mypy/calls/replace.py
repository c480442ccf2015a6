"""A call of `Flow.replace`: whether the handler takes what the step's handler takes, and returns what it returns."""

from mypy.checker import TypeChecker
from mypy.messages import format_type_distinctly
from mypy.nodes import LambdaExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.subtypes import is_subtype
from mypy.types import CallableType, FunctionLike, Parameters, Type, UnionType, get_proper_type

from typedflow_mypy.calls import declared_steps
from typedflow_mypy.calls.step import returned_by
from typedflow_mypy.handlers import acceptance, passed_on, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import ERRONEOUS, UNKNOWN, checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.flow_type import check_read
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.outputs import returned
from typedflow_mypy.rules import wiring
from typedflow_mypy.source import reassignment
from typedflow_mypy.source.handler import Handler


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Report a handler that does not accept the step's input; give a lambda that input, and the output to expect."""
    declared = ctx.default_signature
    checker = checker_of(ctx)
    call = _call(ctx, declared.arg_names)
    if call is None:
        wiring.check_written_out(checker, ctx.context)
        return declared
    index = declared.arg_names.index("handler")
    expected = get_proper_type(declared.arg_types[index])
    if not isinstance(expected, CallableType):  # it is that of a method in place of ours
        return declared
    check_read(checker, call.flow, call.expression)
    declared_steps.check_slug(checker, call)
    taken: Type = expected
    for handler in Handler.alternatives(checker, call.handler):
        if isinstance(handler.expression, LambdaExpr):
            undeclared_reads.explain_input(checker, call, handler.expression)
        found = acceptance.accepts(checker, call, handler)
        if isinstance(found, acceptance.Problem):
            report(checker, found.message, call.handler, errorcodes.HANDLER)
            taken = ERRONEOUS
            break
        if found.parameters is not None:
            taken = _taking(checker, call, handler, expected, found.parameters)
    arguments = [taken if position == index else kind for position, kind in enumerate(declared.arg_types)]
    return declared.copy_modified(arg_types=arguments)


def result(ctx: MethodContext) -> Type:
    """Return the flow as it is, having checked the handler's body and compared what it returns."""
    call = _call(ctx, ctx.callee_arg_names)
    if call is None:
        return ctx.default_return_type
    checker = checker_of(ctx)
    for handler in Handler.alternatives(checker, call.handler):
        if isinstance(handler.expression, LambdaExpr):
            passed_on.follow(checker, handler.expression)
        else:
            _returns_output(checker, call, returned_by(checker, call, handler, UNKNOWN))
    undeclared_reads.translate_held(checker)
    return call.flow


def _call(ctx: MethodSigContext | MethodContext, names: list[str | None]) -> StepCall | None:
    """Return the step that is named, with the new handler; None if the call has not the shape of one."""
    new = StepCall.of(ctx, names)
    if new is None:
        return None
    checker = checker_of(ctx)
    new = reassignment.read_current(checker, new)
    return declared_steps.declared_step(new.flow, new.slug, new.handler, new.expression)


def _taking(
    checker: TypeChecker, call: StepCall, handler: Handler, expected: CallableType, parameters: Parameters
) -> Type:
    """What to expect of a handler that is typed by it; of a lambda's output it is said here what is wrong."""
    wanted = declared_steps.declared_output(call)
    either = UnionType.make_union([wanted, checker.named_generic_type("typing.Awaitable", [wanted])])
    taken = expected.copy_modified(
        ret_type=either,
        arg_types=parameters.arg_types,
        arg_kinds=parameters.arg_kinds,
        arg_names=parameters.arg_names,
        is_ellipsis_args=False,
    )
    if not isinstance(handler.expression, LambdaExpr):
        return taken
    context = taken.copy_modified(ret_type=wanted)
    with checker.msg.filter_errors():
        made = get_proper_type(checker.expr_checker.accept(handler.expression, type_context=context))
    assert isinstance(made, CallableType)
    if not _returns_output(checker, call, returned.awaited(made.ret_type)):
        return ERRONEOUS
    return context if is_subtype(made.ret_type, wanted) else taken


def _returns_output(checker: TypeChecker, call: StepCall, returned: Type) -> bool:
    """Whether what a handler returns is what the step's own returns; if not, that is reported."""
    wanted = declared_steps.declared_output(call)
    if is_subtype(returned, wanted):
        return True
    actual, expected = format_type_distinctly(returned, wanted, options=checker.options)
    message = f"The new handler of {call.name} returns {actual}, and the output of the step is {expected}"
    report(checker, message, call.handler, errorcodes.REPLACEMENT)
    return False

"""A call of `Flow.step`: from what is declared to the type of the new flow."""

from mypy.checker import TypeChecker
from mypy.nodes import ARG_POS, LambdaExpr
from mypy.plugin import MethodContext, MethodSigContext
from mypy.types import AnyType, CallableType, FunctionLike, Instance, Type, TypeOfAny, get_proper_type

from typedflow_mypy import body, errorcodes, graph, handler, output, reads
from typedflow_mypy.call import StepCall
from typedflow_mypy.typed_dict import typed_dict


def signature(ctx: MethodSigContext) -> FunctionLike:
    """Give the handler's parameter the types that the declared dependencies make.

    What the call returns is put off: a callable that returns what the handler does stands for the new flow, so that
    mypy solves the handler's output alone, whatever flow the surrounding code expects.
    """
    declared = ctx.default_signature
    call = StepCall.of(ctx, declared.arg_names)
    if call is None:
        return declared
    checker = ctx.api
    assert isinstance(checker, TypeChecker)
    index = declared.arg_names.index("handler")
    expected = get_proper_type(declared.arg_types[index])
    assert isinstance(expected, CallableType)
    graph.check(checker, call)
    if isinstance(call.handler, LambdaExpr):
        reads.explain(checker, call, call.handler)
    taken = handler.accepted(checker, call)
    returned = expected.ret_type
    arguments = list(declared.arg_types)
    if isinstance(taken, handler.Problem):
        checker.fail(taken.message, call.handler, code=errorcodes.HANDLER)
        if not taken.is_callable:
            arguments[index] = returned = AnyType(TypeOfAny.from_error)
    elif taken is not None:
        arguments[index] = expected.copy_modified(
            arg_types=taken, arg_kinds=[ARG_POS] * len(taken), arg_names=[None] * len(taken), is_ellipsis_args=False
        )
    put_off = CallableType([], [], [], returned, expected.fallback)
    return declared.copy_modified(arg_types=arguments, ret_type=put_off)


def result(ctx: MethodContext) -> Type:
    """Return the type of the flow with the new step, having checked the handler's body where that is needed."""
    put_off = get_proper_type(ctx.default_return_type)
    call = StepCall.of(ctx, ctx.callee_arg_names)
    if call is None or not isinstance(put_off, CallableType):
        return ctx.default_return_type
    checker = ctx.api
    assert isinstance(checker, TypeChecker)
    returned = _returned(checker, call, put_off.ret_type)
    if call.steps is None or call.slug.value is None:
        steps: Type = AnyType(TypeOfAny.special_form)
    else:
        steps = typed_dict(checker, {**call.steps.items, call.slug.value: returned})
    return Instance(call.flow.type, [call.flow_input, steps])


def _returned(checker: TypeChecker, call: StepCall, solved: Type) -> Type:
    if isinstance(call.handler, LambdaExpr):
        return output.awaited(output.displayed(checker, call.handler.expr()))
    function = handler.inferring_function(checker, call)
    if function is not None:
        found = body.check(checker, call, function, handler.given(checker, call))
        if found is not None:
            return found
    return output.awaited(solved)

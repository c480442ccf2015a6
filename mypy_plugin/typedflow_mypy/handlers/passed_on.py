"""A step input that a handler passes on to a function that is annotated ``StepInput``.

The function's body is checked with that input, as the handler's own is.
"""

from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.nodes import (
    CallExpr,
    ConditionalExpr,
    Context,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    SymbolNode,
)
from mypy.plugin import FunctionContext, FunctionSigContext, MethodContext, MethodSigContext
from mypy.server.subexpr import get_subexpressions
from mypy.types import CallableType, FunctionLike, Type, TypedDictType, get_proper_type

from typedflow_mypy.handlers import body, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import UNKNOWN, checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.typed_dict import is_step_input
from typedflow_mypy.model.handler import Body
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import mentions_step_input, put_step_input, step_input_position
from typedflow_mypy.source.handler import handlers_of_type
from typedflow_mypy.source.origin import is_here, is_nested, node_of
from typedflow_mypy.state import State, entering


def takes_step_input(node: SymbolNode | None) -> bool:
    """Whether a function has a parameter that is annotated ``StepInput``."""
    function = node.func if isinstance(node, Decorator) else node
    return isinstance(function, FuncDef) and step_input_position(function) is not None


def signature(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """Let the function take any step input, and not only the one that it was checked with last."""
    declared = ctx.default_signature
    anything = UNKNOWN
    return declared.copy_modified(
        arg_types=[put_step_input(t, anything) if mentions_step_input(t) else t for t in declared.arg_types]
    )


def result(ctx: FunctionContext | MethodContext) -> Type:
    """Check the function's body with the step input that it is passed; return what it then returns."""
    checker = checker_of(ctx)
    function = _called(checker, ctx.context)
    position = None if function is None else step_input_position(function)
    passed = _passed_input(checker, ctx.context, [each for formal in ctx.arg_types for each in formal])
    if function is None or position is None or passed is None:
        return ctx.default_return_type
    returned = body.check_body(checker, passed.call, Body(function, position), [passed.step_input])
    follow_calls(checker, function)
    return ctx.default_return_type if returned is None else returned


def follow_calls(checker: TypeChecker, function: FuncDef | LambdaExpr) -> None:
    """Check what a body, which has been checked itself, passes its input on to, other than by calling it by name."""
    with entering(State.of(checker).following, function) as is_new:
        for call in get_subexpressions(function) if is_new else ():
            if isinstance(call, CallExpr):
                _follow_call(checker, call)


@dataclass(frozen=True)
class _PassedInput:
    """A step input among the arguments of a call: its step, its type, and which argument it is."""

    call: StepCall
    step_input: TypedDictType
    index: int


def _passed_input(checker: TypeChecker, place: Context, arguments: list[Type]) -> _PassedInput | None:
    for index, argument in enumerate(arguments):
        proper = get_proper_type(argument)
        if isinstance(proper, TypedDictType) and is_step_input(proper):
            call = undeclared_reads.step_at(checker, place, proper.items)
            if call is not None:
                return _PassedInput(call, proper, index)
    return None


def _follow_call(checker: TypeChecker, call: CallExpr) -> None:
    unknown = UNKNOWN
    passed = _passed_input(checker, call, [checker.lookup_type_or_none(argument) or unknown for argument in call.args])
    if passed is None:
        return
    called = _called(checker, call)
    if called is None or step_input_position(called) is None:  # else `result` has done it
        _follow_to(checker, passed, call.callee, passed.index)
    for place, argument in enumerate(call.args):
        _follow_to(checker, passed, argument, passed.index - place - 1)


def _follow_to(checker: TypeChecker, passed: _PassedInput, to: Expression, index: int) -> None:
    """Check the body of something that is called with a step input, as the argument of this index."""
    declared = get_proper_type(checker.lookup_type_or_none(to))
    if isinstance(declared, CallableType) and declared.is_type_obj():
        if any(mentions_step_input(taken) for taken in declared.arg_types):
            _report_unchecked(checker, passed, to)
    elif isinstance(to, ConditionalExpr):
        _follow_to(checker, passed, to.if_expr, index)
        _follow_to(checker, passed, to.else_expr, index)
    elif isinstance(to, LambdaExpr) and 0 <= index < len(to.arguments):
        body.check_body(checker, passed.call, Body(to, index), [passed.step_input])
    elif declared is not None:
        for handler in handlers_of_type(checker, to, declared):
            if isinstance(handler.function, FuncDef):
                _follow_function(checker, passed, to, handler.function, index)


def _follow_function(checker: TypeChecker, passed: _PassedInput, to: Expression, function: FuncDef, index: int) -> None:
    position = step_input_position(function)
    if not is_here(checker, function):
        if position is not None:
            _report_unchecked(checker, passed, to)
        return
    if position is None and function.type is None:
        bound = int(bool(function.info) and not function.is_static)
        position = index + bound if 0 <= index < len(function.arguments) - bound else None
    if position is not None:
        is_shared = not is_nested(checker, function)
        body.check_body(checker, passed.call, Body(function, position, is_shared=is_shared), [passed.step_input])
        follow_calls(checker, function)


def _report_unchecked(checker: TypeChecker, passed: _PassedInput, to: Expression) -> None:
    name = f'"{to.name}"' if isinstance(to, NameExpr | MemberExpr) else "a function"
    report(
        checker,
        f"{passed.call.title} passes its input on to {name}, whose reads cannot be checked; "
        "annotate its parameter with a TypedDict of the keys that it reads",
        to,
        errorcodes.HANDLER,
    )


def _called(checker: TypeChecker, call: Context) -> FuncDef | None:
    node = node_of(checker, call.callee) if isinstance(call, CallExpr) else None
    if isinstance(node, Decorator) and (node.func.is_static or node.func.is_class):
        node = node.func
    return node if isinstance(node, FuncDef) and is_here(checker, node) else None

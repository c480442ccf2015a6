"""A step input that a handler passes on to a function that is annotated ``StepInput``.

The function's body is checked with that input, as the handler's own is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mypy.checker import TypeChecker
from mypy.nodes import (
    CallExpr,
    ConditionalExpr,
    Context,
    Decorator,
    DictExpr,
    Expression,
    FuncDef,
    IndexExpr,
    LambdaExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    SetExpr,
    SymbolNode,
    TupleExpr,
    TypeInfo,
    Var,
)
from mypy.plugin import FunctionContext, FunctionSigContext, MethodContext, MethodSigContext
from mypy.server.subexpr import get_subexpressions
from mypy.types import CallableType, FunctionLike, Instance, ProperType, TupleType, Type, TypedDictType, get_proper_type

from typedflow_mypy.handlers import body, undeclared_reads
from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.checker import UNKNOWN, checker_of
from typedflow_mypy.lib.report import report
from typedflow_mypy.lib.typed_dict import is_step_input
from typedflow_mypy.model.handler import Body
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import lacks_annotation, mentions_step_input, put_step_input, step_input_position
from typedflow_mypy.source import assignments
from typedflow_mypy.source.handler import handlers_of_type
from typedflow_mypy.source.origin import is_here, is_nested, method_called
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
    called = _called(checker, ctx.context)
    passed = _passed_input(checker, ctx.context, [each for formal in ctx.args for each in formal])
    if called is None or passed is None:
        return ctx.default_return_type
    returned = _check(checker, passed.call, called, passed.step_input)
    return ctx.default_return_type if returned is None else returned


def _check(checker: TypeChecker, call: StepCall, to: Body, step_input: Type) -> Type | None:
    returned = body.check_body(checker, call, to, [step_input])
    follow_calls(checker, to)
    return returned


def follow_calls(checker: TypeChecker, of: Body) -> None:
    """Check what a body, which has been checked itself, passes its input on to, other than by calling it by name."""
    state = State.of(checker)
    with entering(state.following, of.function) as is_new, state.calling_on(of.receiver):
        for call in get_subexpressions(of.function) if is_new else ():
            if isinstance(call, CallExpr):
                _follow_call(checker, call)


@dataclass(frozen=True)
class _PassedInput:
    """A step input among the arguments of a call: its step, its type, and which argument it is."""

    call: StepCall
    step_input: TypedDictType
    index: int


def _passed_input(checker: TypeChecker, place: Context, arguments: list[Expression]) -> _PassedInput | None:
    for index, argument in enumerate(arguments):
        for passed in (argument, *_items(argument)):
            declared = get_proper_type(checker.lookup_type_or_none(passed))
            if isinstance(declared, TypedDictType) and is_step_input(declared):
                call = undeclared_reads.step_at(checker, place, declared.items)
                if call is not None:
                    return _PassedInput(call, declared, index)
    return None


def _items(argument: Expression) -> list[Expression]:
    """What a display contains: ``*[inputs]`` and ``map(function, [inputs])`` pass the input on as well."""
    if isinstance(argument, DictExpr):
        return [value for _, value in argument.items]
    return argument.items if isinstance(argument, ListExpr | SetExpr | TupleExpr) else []


def _follow_call(checker: TypeChecker, call: CallExpr) -> None:
    passed = _passed_input(checker, call, call.args)
    if passed is None:
        return
    if _called(checker, call) is None:  # else `result` has done it
        _follow_to(checker, passed, call.callee)
    for place, argument in enumerate(call.args):
        _follow_to(checker, replace(passed, index=passed.index - place - 1), argument)


def _follow_to(checker: TypeChecker, passed: _PassedInput, to: Expression) -> None:
    """Check the body of something that is called with a step input."""
    declared = get_proper_type(checker.lookup_type_or_none(to))
    if isinstance(declared, CallableType) and declared.is_type_obj():
        if any(mentions_step_input(taken) for taken in declared.arg_types):
            _report_unchecked(checker, passed, to)
    elif isinstance(to, ConditionalExpr):
        _follow_to(checker, passed, to.if_expr)
        _follow_to(checker, passed, to.else_expr)
    elif isinstance(to, LambdaExpr) and 0 <= passed.index < len(to.arguments):
        body.check_body(checker, passed.call, Body(to, passed.index), [passed.step_input])
    elif declared is not None:
        found = list(_functions(checker, passed, to, declared))
        for function, receiver in found:
            _follow_function(checker, passed, to, function, receiver)
        if not found and _takes_input(declared) and not _is_received(checker, to):
            _report_unchecked(checker, passed, to)


def _takes_input(declared: ProperType) -> bool:
    return isinstance(declared, CallableType) and any(mentions_step_input(taken) for taken in declared.arg_types)


def _is_received(checker: TypeChecker, to: Expression) -> bool:
    """Whether something is, or comes from, a parameter or an attribute, which is checked where it is passed."""
    while isinstance(to, CallExpr | IndexExpr | MemberExpr):
        to = to.callee if isinstance(to, CallExpr) else to.base if isinstance(to, IndexExpr) else to.expr
    return isinstance(to, NameExpr) and isinstance(to.node, Var) and not assignments.values(checker, to.node)


def _functions(
    checker: TypeChecker, passed: _PassedInput, to: Expression, declared: ProperType
) -> Iterator[tuple[FuncDef, TypeInfo | None]]:
    """What may be called, and the class of the object that it is called on."""
    node, receiver = method_called(checker, to)
    function = node.func if isinstance(node, Decorator) and not node.func.is_property else node
    if isinstance(function, FuncDef) and receiver is not None:
        yield function, receiver
        return
    for handler in handlers_of_type(checker, to, declared):
        if handler.unseen is not None:
            _report_unchecked(checker, passed, handler.unseen)
        if isinstance(handler.function, FuncDef):
            yield handler.function, None if handler.body is None else handler.body.receiver
        for other in handler.others:
            if isinstance(other.function, FuncDef):
                yield other.function, other.receiver
            else:
                _check(checker, passed.call, other, passed.step_input)


def _follow_function(
    checker: TypeChecker,
    passed: _PassedInput,
    to: Expression,
    function: FuncDef,
    receiver: TypeInfo | None,
) -> None:
    position = step_input_position(function)
    if not is_here(checker, function):
        if position is not None:
            _report_unchecked(checker, passed, to)
        return
    if position is None:
        first = passed.index + int(bool(function.info) and not function.is_static)
        is_open = passed.index >= 0 and first < len(function.arguments) and lacks_annotation(function, first)
        position = first if is_open else None
    if position is None and _takes_it_within(function):
        _report_unchecked(checker, passed, to)
    if position is not None:
        is_shared = not is_nested(checker, function)
        _check(
            checker, passed.call, Body(function, position, is_shared=is_shared, receiver=receiver), passed.step_input
        )


def _takes_it_within(function: FuncDef) -> bool:
    """Whether a parameter is a container of what is annotated ``StepInput``."""
    taken = function.type.arg_types if isinstance(function.type, CallableType) else ()
    return any(mentions_step_input(part) for each in taken for part in _parts(get_proper_type(each)))


def _parts(declared: ProperType) -> Sequence[Type]:
    return (
        declared.items if isinstance(declared, TupleType) else declared.args if isinstance(declared, Instance) else ()
    )


def _report_unchecked(checker: TypeChecker, passed: _PassedInput, to: Expression) -> None:
    name = f'"{to.name}"' if isinstance(to, NameExpr | MemberExpr) else "a function"
    report(
        checker,
        f"{passed.call.title} passes its input on to {name}, whose reads cannot be checked; "
        "annotate its parameter with a TypedDict of the keys that it reads",
        to,
        errorcodes.HANDLER,
    )


def _called(checker: TypeChecker, call: Context) -> Body | None:
    """The body that a call by name leads to, if its parameter is annotated."""
    node, receiver = method_called(checker, call.callee) if isinstance(call, CallExpr) else (None, None)
    function = node.func if isinstance(node, Decorator) and not node.decorators else node
    position = step_input_position(function) if isinstance(function, FuncDef) else None
    if not isinstance(function, FuncDef) or position is None or not is_here(checker, function):
        return None
    return Body(function, position, receiver=receiver)

"""A function's body checked with the step input that a flow gives it.

mypy has checked the body already, or will, with an input that is Any. Here it is checked once more, with the type of
the input written into the function's own type. A check with another type for the signature alone
(``check_func_item(..., type_override=...)``) is not enough: within the body mypy looks the function up by name, to
check a call of itself or a nested function's closure, and reads ``FuncDef.type`` then; and a later check, by mypy or by
the daemon, would find the input undecided again and report other errors. So ``FuncDef.type`` is overwritten, and put
back only where others must not see what this flow decides (see `check_body`). That it has to be overwritten is shown by
the case ``a_second_step_takes_back_no_error_of_the_first`` of ``tests/typing``, and for the daemon by
``test_the_daemon_checks_a_body_again_with_the_input_of_now``.
"""

from collections.abc import Callable
from typing import Final

from mypy.checker import TypeChecker
from mypy.errorcodes import (
    ANNOTATION_UNCHECKED,
    FUNC_RETURNS_VALUE,
    NO_ANY_RETURN,
    NO_UNTYPED_DEF,
    RETURN_VALUE,
)
from mypy.errors import ErrorInfo
from mypy.nodes import ARG_POS, AssertStmt, Decorator, FuncDef, IntExpr, LambdaExpr, MemberExpr, TypeInfo
from mypy.server.subexpr import get_subexpressions
from mypy.types import AnyType, CallableType, Instance, Type, TypeOfAny, TypeType, get_proper_type
from mypy.typevars import fill_typevars

from typedflow_mypy.handlers import each_step, parameters, unchecked_reads, undeclared_reads
from typedflow_mypy.lib.checker import UNKNOWN, object_type
from typedflow_mypy.lib.mypy_private import forget_type
from typedflow_mypy.lib.report import reported, retract
from typedflow_mypy.model import daemon
from typedflow_mypy.model.handler import Body
from typedflow_mypy.model.resources import is_open_context
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.model.step_input import is_unannotated, is_undecided, mentions_step_input, put_step_input
from typedflow_mypy.outputs import literals, local_types, return_type
from typedflow_mypy.source.assignments import assignments_within
from typedflow_mypy.source.origin import called_type
from typedflow_mypy.state import State, entering

_RETURNING: Final = {RETURN_VALUE, FUNC_RETURNS_VALUE, NO_ANY_RETURN}


def check_body(checker: TypeChecker, call: StepCall, body: Body, handed_over: list[Type]) -> Type | None:
    """Check a body with the types that its step hands over; return what a call returns if the function does not say it.

    The function keeps the inferred type of its input: mypy may check its body again, before or after this, and must
    find the same. But what a flow within a function decides is not visible to other modules: mypy checks the bodies of
    functions after the modules that import each other, or in another process. Nor is what a flow decides for a method:
    mypy would compare it with a method that overrides it, and that another step calls with another input.
    """
    function, state = body.function, State.of(checker)
    if isinstance(function, LambdaExpr):
        with each_step.checking_for(checker, call, body):
            return _check_lambda(checker, call, body, function, handed_over)
    before = function.type
    with entering(state.checking, function) as is_new:
        if not is_new:
            return None
        state.errors.retracted.pop(body.target, None)
        with each_step.checking_for(checker, call, body), state.calling_on(body.receiver):
            returned = _check(checker, call, body, function, handed_over)
            if not body.is_of_context:
                unchecked_reads.report_reads(checker, function)
    daemon.depend_on_body(checker, call, function)
    is_inside = checker.tscope.current_target() != checker.tree.fullname and "." in function.fullname
    # A function that the body of a class defines and uses as a handler is not a method of it.
    is_method = function.info and (body.position > 0 or function.is_static or isinstance(call.handler, MemberExpr))
    # A decorated function has a second type, which mypy makes of this one whenever it checks the module again.
    is_derived_from = body.decorator is not None
    is_for_all = not (is_inside or is_method or is_derived_from or body.is_shared or body.maker is not None)
    if not is_for_all or parameters.are_assigned_again(function):
        function.type = before
    elif isinstance(before, CallableType) and isinstance(function.type, CallableType):
        function.type = _with_open_contexts(function, function.type, before)
    return returned


def _with_open_contexts(function: FuncDef, decided: CallableType, before: CallableType) -> CallableType:
    """The type of a function that takes any context again: others may call it with one of their own."""
    pairs = enumerate(zip(decided.arg_types, before.arg_types, strict=True))
    return decided.copy_modified(
        arg_types=[declared if is_open_context(function, index) else new for index, (new, declared) in pairs]
    )


def undeclared_return(checker: TypeChecker, call: StepCall, function: FuncDef) -> Type | None:
    """Return what a function returns whose parameter is annotated, and whose return is not; None if it is not known.

    mypy checks the body of such a function itself, and takes for Any what it returns.
    """
    declared = function.type
    with entering(State.of(checker).checking, function) as is_new, checker.msg.filter_errors():
        if not is_new or not isinstance(declared, CallableType):
            return None
        returned = _inferred(checker, function, declared, int(bool(function.info) and not function.is_static))
    daemon.depend_on_body(checker, call, function)
    return returned


def _check_lambda(
    checker: TypeChecker, call: StepCall, body: Body, function: LambdaExpr, handed_over: list[Type]
) -> Type:
    """Check a lambda that stands elsewhere as one that stands in the call."""
    count = len(function.arguments)
    unknown = [UNKNOWN] * count
    returned = literals.expected_type(checker, [function.expr()]) or object_type(checker)
    fallback = checker.named_generic_type("builtins.function", [])
    taken = [*unknown[: body.position], *handed_over, *unknown][:count]
    context = CallableType(taken, function.arg_kinds, function.arg_names, returned, fallback)
    undeclared_reads.explain_input(checker, call, function)
    checker.expr_checker.accept(function, type_context=context)
    unchecked_reads.report_reads(checker, function)
    daemon.depend_on_body(checker, call, function)
    return return_type.lambda_return(checker, function)


def _check(checker: TypeChecker, call: StepCall, body: Body, function: FuncDef, handed_over: list[Type]) -> Type | None:
    declared = _declared(checker, function)
    taken = list(declared.arg_types)
    for index, new in enumerate(handed_over[: len(taken) - body.position], body.position):
        if mentions_step_input(taken[index]):
            taken[index] = put_step_input(taken[index], new)
        elif index == body.position:
            taken[index] = taken[index] if body.is_of_context else new
        elif is_open_context(function, index) or (
            is_unannotated(taken[index]) and declared.arg_kinds[index] is ARG_POS
        ):
            taken[index] = new
    _decide_variables(function, UNKNOWN)
    _take_back(checker, body, function)
    _decide_variables(function, handed_over[0])
    if not body.is_of_context:
        undeclared_reads.explain_input(checker, call, function)
    if not is_unannotated(declared.ret_type):
        returned = _decided_return(function, declared.ret_type, handed_over[0])
        function.type = declared.copy_modified(arg_types=taken, ret_type=returned)
        _check_with(checker, function, function.type, body.position)
        return None if returned is declared.ret_type else returned
    anything = UNKNOWN
    function.type = declared.copy_modified(arg_types=taken, ret_type=_returning(checker, function, anything))
    returned = _inferred(checker, function, function.type, body.position)
    inferred = function.type.copy_modified(ret_type=_returning(checker, function, returned))
    return inferred.ret_type if body.decorator is None else _decorated(checker, body.decorator, inferred)


def _decide_variables(function: FuncDef, step_input: Type) -> None:
    for assignment in assignments_within(function.body.body):
        assignment.decide(step_input)


def _take_back(checker: TypeChecker, body: Body, function: FuncDef) -> None:
    """Take back what mypy reported of a body before this flow decided its input; what is really wrong is found again.

    Until then the input was Any, or, in the daemon, what the flow made of it before another module was edited.
    """
    before = function.type if isinstance(function.type, CallableType) else _declared(checker, function)
    was_open = body.is_of_context or is_undecided(before.arg_types[body.position])
    if not was_open and checker.tscope.current_target() == body.target:
        return
    with checker.msg.filter_errors(save_filtered_errors=True) as watcher:
        _check_with(checker, function, before, body.position)
    found = watcher.filtered_errors()
    places = {(error.line, error.column) for error in found}
    kinds = {(error.line, error.column, error.code) for error in found}

    def was_premature(error: ErrorInfo) -> bool:
        if was_open:  # an earlier step may have found another error in the same place
            place = error.line, error.column, error.code
            is_own = error.code == NO_UNTYPED_DEF and error.line == function.line
            return is_own or error.code == ANNOTATION_UNCHECKED or place in kinds
        return error.target == body.target and (error.line, error.column) in places

    retract(checker, function, was_premature)
    if was_open:
        State.of(checker).errors.retracted[body.target] = was_premature


def _check_with(checker: TypeChecker, function: FuncDef, signature: CallableType, position: int) -> None:
    """Check a body within its own class, if it is a method, and no other: the flow may stand in the body of a class."""
    scope = checker.scope
    around = scope.stack
    scope.stack = [each for each in around if not isinstance(each, TypeInfo)]
    if function.info and (position > 0 or is_undecided(signature.arg_types[0])):
        scope.stack.append(function.info)
    try:
        with parameters.assigned_again(checker, function, signature) as wider:
            checker.check_func_item(function, type_override=wider, name=function.name)
    finally:
        scope.stack = around


def _inferred(checker: TypeChecker, function: FuncDef, signature: CallableType, position: int) -> Type:
    """Check a body whose function does not say what it returns, and return the inferred type of that.

    Whether control can fall off the end, so that the function may return None, is something that mypy knows while it
    checks the body, and does not keep: its binder is gone afterwards, and the message "Missing return statement" is not
    reported for every function. An expression is given a type only if control can reach it. So ``assert 0`` is appended
    to the body for this check, and its 0 has a type afterwards if the end was reached. It is one of the few statements
    that mypy does not call unreachable under ``--warn-unreachable``; ``...`` is not. The cases
    ``several_returns_are_a_union`` of ``tests/typing/output/inferred.toml`` and
    ``a_body_that_always_returns`` of ``tests/typing/handler/several_steps.toml`` show it.

    A type has to be expected of what is returned, for dict literals to be inferred part by part. What mypy reports of
    a body that returns something else is taken back.
    """
    end = AssertStmt(IntExpr(0))
    statements = return_type.return_statements(function)
    expressions = [statement.expr for statement in statements if statement.expr is not None]
    lines = {statement.line for statement in statements}

    def check() -> None:
        checker.expr_checker.reset()  # an older mypy keeps the types of displays, and not those of their parts
        for expression in get_subexpressions(function):
            forget_type(checker, expression)
        function.body.body.append(end)
        try:
            expected = literals.expected_type(checker, expressions) or object_type(checker)
            returning = _returning(checker, function, expected)
            _check_with(checker, function, signature.copy_modified(ret_type=returning), position)
        finally:
            function.body.body.pop()

    def of_what_is_expected(error: ErrorInfo) -> bool:
        return error.code in _RETURNING and error.line in lines

    before = reported(checker, function)
    check()
    retract(checker, function, of_what_is_expected)
    new = [error for error in reported(checker, function) if not any(error is each for each in before)]
    if new:
        _check_with_local_types(checker, function, check, new)
    return return_type.inferred_return(checker, function, falls_off=checker.has_type(end.expr))


def _check_with_local_types(
    checker: TypeChecker, function: FuncDef, check: Callable[[], None], found: list[ErrorInfo]
) -> None:
    """Take back what mypy reports only because its own types of the variables are too narrow."""
    types = local_types.local_types(checker, function)
    if not types:
        return
    with local_types.declared(function, types), checker.msg.filter_errors(save_filtered_errors=True) as watcher:
        check()
    lines = {error.line for error in watcher.filtered_errors()}
    narrow = {_key(error) for error in found if error.line not in lines}
    if not lines <= {error.line for error in found}:  # what is wrong with these types alone is Any now
        with checker.msg.filter_errors():
            check()
    retract(checker, function, lambda error: _key(error) in narrow)
    retracted = State.of(checker).errors.retracted
    earlier = retracted.get(function.fullname)
    retracted[function.fullname] = lambda error: _key(error) in narrow or (earlier is not None and earlier(error))


def _key(error: ErrorInfo) -> tuple[int, int, str]:
    return error.line, error.column, error.message


def _declared(checker: TypeChecker, function: FuncDef) -> CallableType:
    """The type as it is written, without the type that a flow has given it."""
    written, original = function.type, function.unanalyzed_type
    if isinstance(written, CallableType) and isinstance(original, CallableType):
        return written.copy_modified(
            ret_type=original.ret_type if is_unannotated(original.ret_type) else written.ret_type
        )
    nothing = AnyType(TypeOfAny.unannotated)
    taken: list[Type] = [nothing] * len(function.arguments)
    if function.info and not function.is_static:
        own = fill_typevars(function.info)
        taken[0] = TypeType.make_normalized(own) if function.is_class else own
    return CallableType(
        taken,
        function.arg_kinds,
        function.arg_names,
        nothing,
        checker.named_generic_type("builtins.function", []),
        function.name,
        definition=function,
    )


def _decided_return(function: FuncDef, returned: Type, step_input: Type) -> Type:
    """The return type of a function, with the step input in place of ``StepInput``."""
    proper = get_proper_type(returned)
    if function.is_coroutine and isinstance(proper, Instance) and mentions_step_input(proper.args[-1]):
        return proper.copy_modified(args=[*proper.args[:-1], put_step_input(proper.args[-1], step_input)])
    return put_step_input(returned, step_input) if mentions_step_input(returned) else returned


def _returning(checker: TypeChecker, function: FuncDef, returned: Type) -> Type:
    if not function.is_coroutine:
        return returned
    unknown = UNKNOWN
    return checker.named_generic_type("typing.Coroutine", [unknown, unknown, returned])


def _decorated(checker: TypeChecker, decorator: Decorator, inferred: CallableType) -> Type:
    """What a call of the decorated function returns, now that the type of the function is known."""
    around: Type = inferred
    with checker.msg.filter_errors():
        for expression in reversed(decorator.decorators):
            decorating = checker.expr_checker.accept(expression)
            decorated = checker.temp_node(around, context=expression)
            around, _ = checker.expr_checker.check_call(decorating, [decorated], [ARG_POS], decorator)
    called = called_type(get_proper_type(around))
    return return_type.declared_return(called) if isinstance(called, CallableType) else UNKNOWN

"""A step input that a handler passes on, to a function of its module that is annotated ``StepInput``.

The function's body is checked with that input, as the handler's own is.
"""

from mypy.checker import TypeChecker
from mypy.nodes import CallExpr, Context, Decorator, Expression, FuncDef, SymbolNode
from mypy.plugin import FunctionContext, FunctionSigContext, MethodContext, MethodSigContext
from mypy.types import AnyType, CallableType, FunctionLike, Type, TypedDictType, TypeOfAny

from typedflow_mypy import body, reads
from typedflow_mypy.call import type_of
from typedflow_mypy.handler import Body
from typedflow_mypy.origin import is_here, is_undecided, named
from typedflow_mypy.typed_dict import is_step_input


def takes_step_input(node: SymbolNode | None) -> bool:
    """Whether a function has a parameter that is annotated ``StepInput``."""
    function = node.func if isinstance(node, Decorator) else node
    if not isinstance(function, FuncDef) or not isinstance(function.type, CallableType):
        return False
    return any(is_undecided(taken) for taken in function.type.arg_types)


def signature(ctx: FunctionSigContext | MethodSigContext) -> FunctionLike:
    """Let the function take any step input, and not that alone which it was checked with last."""
    declared = ctx.default_signature
    anything = AnyType(TypeOfAny.special_form)
    return declared.copy_modified(arg_types=[anything if is_undecided(t) else t for t in declared.arg_types])


def result(ctx: FunctionContext | MethodContext) -> Type:
    """Check the function's body with the step input that it is given; return what it then returns."""
    assert isinstance(ctx.api, TypeChecker)
    function = _called(ctx.api, ctx.context)
    if function is None or not isinstance(function.type, CallableType):
        return ctx.default_return_type
    position = next((i for i, taken in enumerate(function.type.arg_types) if is_undecided(taken)), None)
    handed = next((found for given in ctx.args for each in given if (found := _handed(ctx.api, each))), None)
    if position is None or handed is None:
        return ctx.default_return_type
    call = reads.step_at(ctx.api, ctx.context, handed.items)
    if call is None:
        return ctx.default_return_type
    returned = body.check(ctx.api, call, Body(function, position), [handed])
    return ctx.default_return_type if returned is None else returned


def _handed(checker: TypeChecker, given: Expression) -> TypedDictType | None:
    handed = type_of(checker, given)
    return handed if isinstance(handed, TypedDictType) and is_step_input(handed) else None


def _called(checker: TypeChecker, call: Context) -> FuncDef | None:
    node = named(checker, call.callee) if isinstance(call, CallExpr) else None
    if isinstance(node, Decorator) and (node.func.is_static or node.func.is_class):
        node = node.func
    return node if isinstance(node, FuncDef) and is_here(checker, node) else None

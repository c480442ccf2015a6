"""The option ``runs_in``: whether the handler of a step can run there.

The run-time checks of `typedflow._definition.runs_in`, in the editor. Only a function that is named in the call is
judged: what a decorator or a partial makes of one is seen when the step is defined.
"""

from collections.abc import Mapping
from typing import Final

from mypy.checker import TypeChecker
from mypy.messages import format_type
from mypy.nodes import Expression, FuncDef, LambdaExpr, RefExpr
from mypy.types import AnyType, CallableType, Instance, Type, TypeVarLikeType, UnionType, get_proper_type

from typedflow_mypy.lib import errorcodes
from typedflow_mypy.lib.report import report
from typedflow_mypy.model.handler import Handler
from typedflow_mypy.outputs.awaited import awaited
from typedflow_mypy.source.constants import constants

_AWAITED: Final = {"trio", "asyncio"}
_CALLED: Final = {"thread", "process", "inline"}


def check_runs_in(
    checker: TypeChecker, step: str, options: Mapping[str, Expression] | None, handlers: list[Handler]
) -> None:
    """Report an option that says that a handler runs where it cannot.

    Args:
        checker: mypy's.
        step: The step, for a message, such as ``step "save"``.
        options: The keyword arguments of the call; None if they are not known.
        handlers: What the handler may be.
    """
    option = (options or {}).get("runs_in")
    if option is None:
        return
    for place in constants(checker, option):
        reasons = (_why_not(checker, handler, place) for handler in handlers)
        reason = next((reason for reason in reasons if reason is not None), None)
        if reason is not None:
            message = f'The runs_in of {step} cannot be "{place}": its handler is {reason}'
            report(checker, message, option, errorcodes.OPTION)


def _why_not(checker: TypeChecker, handler: Handler, place: object) -> str | None:
    if isinstance(handler.expression, LambdaExpr):
        by_name = "a lambda, which a worker process cannot find by its name; pass a function of a module"
        return by_name if place == "process" else None
    function = handler.expression.node if isinstance(handler.expression, RefExpr) else None
    if not isinstance(function, FuncDef):
        return None
    if function.is_coroutine:
        why = 'an async def, which is awaited; use "trio" or "asyncio", or make it a def'
        return why if place in _CALLED else None
    return _why_not_called(checker, function, place)


def _why_not_called(checker: TypeChecker, function: FuncDef, place: object) -> str | None:
    if place == "process" and "." not in function.fullname:
        found = "defined in a function, so a worker process cannot find it by its name"
        return f"{found}; define it at the top level of a module"
    if place in _AWAITED and isinstance(function.type, CallableType) and not _may_be_awaited(function.type.ret_type):
        shown = format_type(function.type.ret_type, checker.options)
        return f'a def that returns {shown}, which is not awaited; use "thread", or make it an async def'
    return None


def _may_be_awaited(returned: Type) -> bool:
    proper = get_proper_type(returned)
    if isinstance(proper, UnionType):
        return any(map(_may_be_awaited, proper.items))
    is_object = isinstance(proper, Instance) and proper.type.fullname == "builtins.object"
    return is_object or isinstance(proper, AnyType | TypeVarLikeType) or awaited(proper) is not proper

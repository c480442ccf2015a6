"""A read of a step input, or of a copy, for which mypy knows no more than that its values are objects."""

from mypy.nodes import CallExpr, Expression, IndexExpr, MemberExpr
from mypy.plugin import FunctionContext, MethodContext
from mypy.types import Instance, Type, get_proper_type

from typedflow_mypy.handlers import unchecked_reads
from typedflow_mypy.lib.checker import checker_of


def result(ctx: FunctionContext | MethodContext) -> Type:
    """Return the type that the key has in the step input."""
    read = _read(ctx.context)
    returned = get_proper_type(ctx.default_return_type)
    if read is None or not isinstance(returned, Instance) or returned.type.fullname != "builtins.object":
        return ctx.default_return_type
    return unchecked_reads.type_of_read(checker_of(ctx), *read) or ctx.default_return_type


def _read(context: object) -> tuple[Expression, Expression] | None:
    match context:
        case IndexExpr():
            return context.base, context.index
        case CallExpr(callee=MemberExpr(name="__getitem__") as callee, args=[key]):
            return callee.expr, key
        case CallExpr(args=[of, key]):
            return of, key
    return None

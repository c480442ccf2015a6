"""``inputs.values()``, ``inputs.items()`` and loops over keys, which for mypy give objects and strings."""

from mypy.nodes import CallExpr, Expression, ListExpr, MemberExpr, StrExpr
from mypy.plugin import MethodContext
from mypy.typeops import make_simplified_union
from mypy.types import Instance, LiteralType, Type, TypedDictType, UnionType, get_proper_type

from typedflow_mypy.lib.checker import checker_of
from typedflow_mypy.source.loops import loop_over


def result(ctx: MethodContext) -> Type:
    """Give the values their types, without those of the keys for which the loop around the call does nothing.

    The keys stay strings, unless the loop reads the same dict by them: what it keeps may be a list of any strings.
    """
    given, returned, call = ctx.type, get_proper_type(ctx.default_return_type), ctx.context
    if not isinstance(given, TypedDictType) or not given.is_anonymous() or not isinstance(returned, Instance):
        return ctx.default_return_type
    checker = checker_of(ctx)
    loop = loop_over(checker, call) if isinstance(call, Expression) else None
    keys = [key for key in given.items if loop is None or not loop.does_nothing_for(checker, key)]
    if not keys:
        return ctx.default_return_type
    arguments = list(returned.args)
    if len(arguments) == 2:  # the values, or the items
        arguments[1] = make_simplified_union([given.items[key] for key in keys])
    if loop is not None and loop.reads_by_key(_dict(call)):
        # mypy itself takes keys away by a comparison, and would call it one that is always true.
        arguments[0] = _literals(ctx, list(given.items) if loop.compares_key else keys)
    return returned.copy_modified(args=arguments)


def result_of_list(ctx: MethodContext) -> Type:
    """Let a loop over a list of keys, ``for key in ["first", "second"]``, read a step input by them."""
    keys, returned = ctx.context, get_proper_type(ctx.default_return_type)
    if not isinstance(keys, ListExpr) or not isinstance(returned, Instance):
        return ctx.default_return_type
    values = [key.value for key in keys.items if isinstance(key, StrExpr)]
    loop = loop_over(checker_of(ctx), keys) if values and len(values) == len(keys.items) else None
    if loop is None or not loop.reads_by_key():
        return ctx.default_return_type
    return returned.copy_modified(args=[_literals(ctx, values)])


def _literals(ctx: MethodContext, keys: list[str]) -> Type:
    fallback = checker_of(ctx).named_generic_type("builtins.str", [])
    return UnionType.make_union([LiteralType(key, fallback) for key in keys])


def _dict(iterated: object) -> object:
    """What a loop reads that runs over this."""
    callee = iterated.callee if isinstance(iterated, CallExpr) else None
    return callee.expr if isinstance(callee, MemberExpr) else iterated

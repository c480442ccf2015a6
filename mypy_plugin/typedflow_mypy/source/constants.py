"""Values that can be read from the source: numbers, strings, truth values and None."""

import math
from typing import Final

from mypy.checker import TypeChecker
from mypy.constant_fold import constant_fold_expr
from mypy.nodes import CallExpr, ConditionalExpr, Expression, RefExpr, StrExpr, UnaryExpr
from mypy.types import Instance, LiteralType, NoneType, ProperType, UnionType, get_proper_type

from typedflow_mypy.lib.checker import type_of

_OF_MATH: Final = {"math.inf": math.inf, "math.nan": math.nan}
_PLAIN: Final = {"builtins.bool", "builtins.int", "builtins.str"}


def constants(checker: TypeChecker, expression: Expression) -> list[object]:
    """Return the values that an expression may have, as far as they can be read from the source."""
    if isinstance(expression, ConditionalExpr):
        return [*constants(checker, expression.if_expr), *constants(checker, expression.else_expr)]
    folded = constant_fold_expr(expression, checker.tree.fullname)
    if folded is not None:
        return [folded]
    if isinstance(expression, UnaryExpr) and expression.op == "-":
        return [-value for value in constants(checker, expression.expr) if isinstance(value, float)]
    if isinstance(expression, CallExpr):
        return _float(expression)
    if isinstance(expression, RefExpr) and expression.fullname in _OF_MATH:
        return [_OF_MATH[expression.fullname]]
    return literals(type_of(checker, expression))


def _float(call: CallExpr) -> list[object]:
    """The value of ``float("inf")`` and the like."""
    text = call.args[0] if len(call.args) == 1 else None
    if isinstance(call.callee, RefExpr) and call.callee.fullname == "builtins.float" and isinstance(text, StrExpr):
        try:
            return [float(text.value)]
        except ValueError:
            return []
    return []


def literals(declared: ProperType) -> list[object]:
    """Return the values of a type that has no others."""
    if isinstance(declared, UnionType):
        of_items = [literals(get_proper_type(item)) for item in declared.items]
        return [literal for literals in of_items for literal in literals] if all(of_items) else []
    if isinstance(declared, NoneType):
        return [None]
    literal = declared.last_known_value if isinstance(declared, Instance) else declared
    is_plain = isinstance(literal, LiteralType) and literal.fallback.type.fullname in _PLAIN
    return [literal.value] if isinstance(literal, LiteralType) and is_plain else []

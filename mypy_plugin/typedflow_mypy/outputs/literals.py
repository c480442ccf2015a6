"""The types to expect of dict and list displays."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.nodes import ConditionalExpr, DictExpr, Expression, ListComprehension, ListExpr, OpExpr, StrExpr
from mypy.types import Type, UnionType

from typedflow_mypy.lib.checker import object_type
from typedflow_mypy.lib.typed_dict import typed_dict


def expected_type(checker: TypeChecker, expressions: list[Expression]) -> Type | None:
    """Return the type to expect of some expressions, so that mypy infers every part of their literals by itself.

    Left alone, mypy infers one type for all values of a dict literal.
    """
    shapes = [_shape(checker, branch) for expression in expressions for branch in _branches(expression)]
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    return UnionType.make_union(known if len(known) == len(shapes) else [*known, object_type(checker)])


def _shape(checker: TypeChecker, expression: Expression) -> Type | None:
    """The type to expect of a dict or list literal; None of any other expression."""
    keys = _keys(expression)
    if keys is not None:
        parts = {key: expected_type(checker, [value]) or object_type(checker) for key, value in keys.items()}
        return typed_dict(checker, parts)
    element = expected_type(checker, _elements(expression))
    return None if element is None else checker.named_generic_type("builtins.list", [element])


def _branches(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, ConditionalExpr):
        yield from _branches(expression.if_expr)
        yield from _branches(expression.else_expr)
    elif isinstance(expression, OpExpr) and expression.op in {"and", "or"}:
        yield from _branches(expression.left)
        yield from _branches(expression.right)
    else:
        yield expression


def _keys(expression: Expression) -> dict[str, Expression] | None:
    if not isinstance(expression, DictExpr) or not expression.items:
        return None
    items = {key.value: value for key, value in expression.items if isinstance(key, StrExpr)}
    return items if len(items) == len(expression.items) else None


def _elements(expression: Expression) -> list[Expression]:
    """The elements of a list literal, if each of them is a dict literal; else nothing."""
    if isinstance(expression, ListComprehension):
        elements = [expression.generator.left_expr]
    elif isinstance(expression, ListExpr):
        elements = expression.items
    else:
        return []
    return elements if all(_keys(element) is not None for element in elements) else []

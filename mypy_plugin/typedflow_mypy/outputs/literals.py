"""The types of dict and list literals, as TypeScript has them: a dict literal with literal keys is a TypedDict."""

from collections.abc import Iterator

from mypy.checker import TypeChecker
from mypy.nodes import ConditionalExpr, DictExpr, Expression, ListComprehension, ListExpr, StrExpr, TupleExpr
from mypy.typeops import make_simplified_union
from mypy.types import Instance, ProperType, TupleType, Type, UnionType, get_proper_type

from typedflow_mypy.lib.checker import UNKNOWN, object_type
from typedflow_mypy.lib.mypy_private import forget_type
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


def forget_types(checker: TypeChecker, expressions: list[Expression]) -> None:
    """Forget the types from an earlier check with another input: what the next one does not reach then has none."""
    for expression in expressions:
        forget_type(checker, expression)
        if isinstance(expression, ConditionalExpr):
            forget_types(checker, [expression.if_expr, expression.else_expr])
        elif isinstance(expression, DictExpr):
            forget_types(checker, [value for _, value in expression.items])
        elif isinstance(expression, ListExpr | TupleExpr):
            forget_types(checker, expression.items)


def literal_type(checker: TypeChecker, expression: Expression) -> ProperType:
    """Return the type of an expression that mypy has checked."""
    proper = get_proper_type(checker.lookup_type_or_none(expression) or UNKNOWN)
    if isinstance(expression, ConditionalExpr):
        reached = [branch for branch in _branches(expression) if checker.has_type(branch)]
        return make_simplified_union([literal_type(checker, branch) for branch in reached])
    keys = _keys(expression)
    if keys is not None:
        return typed_dict(checker, {key: literal_type(checker, value) for key, value in keys.items()})
    if (
        isinstance(expression, TupleExpr)
        and isinstance(proper, TupleType)
        and len(proper.items) == len(expression.items)
    ):
        return proper.copy_modified(items=[literal_type(checker, item) for item in expression.items])
    if isinstance(proper, Instance):
        elements = [literal_type(checker, element) for element in _elements(expression)]
        arguments = [make_simplified_union(elements)] if elements else proper.args
        return proper.copy_modified(args=arguments, last_known_value=None)
    return proper


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

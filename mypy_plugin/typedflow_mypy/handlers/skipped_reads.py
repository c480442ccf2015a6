"""The None of a step that may be skipped, where mypy finds it used as if it were the step's output."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from mypy.checker import TypeChecker
from mypy.errorcodes import CALL_OVERLOAD, OPERATOR, TYPE_VAR
from mypy.errors import ErrorInfo
from mypy.nodes import (
    CallExpr,
    ComparisonExpr,
    Expression,
    IndexExpr,
    MypyFile,
    NameExpr,
    Node,
    OpExpr,
    StrExpr,
    UnaryExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions
from mypy.types import Type, TypedDictType, get_proper_type

from typedflow_mypy.source import assignments

_Place: TypeAlias = tuple[tuple[int, int], tuple[int, int]]
_ABOUT_ARGUMENTS: Final = {CALL_OVERLOAD, TYPE_VAR}


@dataclass(frozen=True)
class Skipped:
    """The steps that may be None in a step input, or in a run's outputs.

    Attributes:
        within: The code.
        keys: All keys of the TypedDict that it is.
        slugs: Those of the steps.
    """

    within: Node
    keys: frozenset[str]
    slugs: frozenset[str]

    def explain(self, checker: TypeChecker, error: ErrorInfo) -> str | None:
        """Say, for a note, which of the steps an error of mypy is about; None if it is about none of them."""
        if not self.slugs or error.severity != "error" or "None" not in error.message:
            return None
        place = (error.line, error.column), (error.end_line, error.end_column)
        if not isinstance(self.within, MypyFile) and not _is_inside(place, _place(self.within)):
            return None
        slug = next(filter(None, (self._step(checker, each) for each in used(self.within, error))), None)
        return (
            None if slug is None else f'Step "{slug}" may be skipped, and its output is None then; test for None first'
        )

    def _step(self, checker: TypeChecker, expression: Expression) -> str | None:
        """The step that an expression reads, or that a variable was read from."""
        if isinstance(expression, NameExpr) and isinstance(expression.node, Var):
            values = assignments.values(checker, expression.node)
            return next(
                filter(None, (self._step(checker, each) for each in values if isinstance(each, IndexExpr))), None
            )
        if not isinstance(expression, IndexExpr) or not isinstance(expression.index, StrExpr):
            return None
        is_ours = any(map(self._is_ours, _types(checker, expression.base)))
        return expression.index.value if is_ours and expression.index.value in self.slugs else None

    def _is_ours(self, read: Type | None) -> bool:
        proper = get_proper_type(read)
        return isinstance(proper, TypedDictType) and proper.items.keys() == self.keys


def used(within: Node, error: ErrorInfo) -> list[Expression]:
    """Return the expressions within some code that an error may be about."""
    place = (error.line, error.column), (error.end_line, error.end_column)
    found = get_subexpressions(within)
    if error.code == OPERATOR:  # which mypy reports where the first operand begins
        return [operand for each in found if _place(each)[0] == place[0] for operand in _operands(each)]
    inside = [each for each in found if _is_inside(_place(each), place)]
    if error.code in _ABOUT_ARGUMENTS:
        return inside
    handed_over = [_place(argument) for each in inside if isinstance(each, CallExpr) for argument in each.args]
    return [each for each in inside if not any(_is_inside(_place(each), argument) for argument in handed_over)]


def _types(checker: TypeChecker, base: Expression) -> Iterator[Type | None]:
    """What is known of the type of what is read: mypy may not have stored it yet."""
    yield checker.lookup_type_or_none(base)
    if isinstance(base, NameExpr) and isinstance(base.node, Var):
        yield base.node.type


def _operands(expression: Expression) -> list[Expression]:
    match expression:
        case OpExpr():
            return [expression.left, expression.right]
        case ComparisonExpr():
            return expression.operands
        case UnaryExpr():
            return [expression.expr]
    return []


def _place(node: Node) -> _Place:
    start = node.line, node.column
    return start, (node.end_line or start[0], node.end_column or start[1])


def _is_inside(place: _Place, around: _Place) -> bool:
    return around[0] <= place[0] and place[1] <= around[1]

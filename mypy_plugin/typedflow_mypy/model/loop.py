"""A loop over the keys of a dict, and for which of them it does anything."""

from dataclasses import dataclass

from mypy.checker import TypeChecker
from mypy.nodes import (
    CallExpr,
    ComparisonExpr,
    Expression,
    IndexExpr,
    ListExpr,
    MemberExpr,
    NameExpr,
    Node,
    OpExpr,
    SetExpr,
    TupleExpr,
    UnaryExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions
from mypy.types import TypedDictType, get_proper_type

from typedflow_mypy.model.assignment import is_same
from typedflow_mypy.model.step_call import Slug


@dataclass(frozen=True)
class Loop:
    """A loop, or one of the loops of a comprehension.

    Attributes:
        node: The statement or the comprehension.
        index: What each element is assigned to.
        conditions: What has to hold, and whether it has to, for the loop to do anything.
    """

    node: Node
    index: Expression
    conditions: list[tuple[Expression, bool]]

    @property
    def key(self) -> NameExpr | None:
        """The name that each key is assigned to; it may stand in a pair with a value."""
        key = self.index.items[0] if isinstance(self.index, TupleExpr) and self.index.items else self.index
        return key if isinstance(key, NameExpr) else None

    def does_nothing_for(self, checker: TypeChecker, key: str) -> bool:
        """Whether the conditions keep the loop from doing anything for a key."""
        variable = self.key
        return variable is not None and any(
            _holds(checker, condition, variable, key) is (not wanted) for condition, wanted in self.conditions
        )

    @property
    def compares_key(self) -> bool:
        """Whether a condition compares the key with something."""
        return any(
            isinstance(part, ComparisonExpr)
            for condition, _ in self.conditions
            for part in get_subexpressions(condition)
        )

    def reads_by_key(self, of: object = None) -> bool:
        """Whether something is read by the key, as in ``inputs[key]``: of this expression, or of any TypedDict."""
        return self.key is not None and any(
            isinstance(read, IndexExpr)
            and is_same(self.key, read.index)
            and (_is_typed_dict(read.base) if of is None else isinstance(of, Expression) and is_same(of, read.base))
            for read in get_subexpressions(self.node)
        )


def _is_typed_dict(expression: Expression) -> bool:
    variable = expression.node if isinstance(expression, NameExpr) else None
    return isinstance(variable, Var) and isinstance(get_proper_type(variable.type), TypedDictType)


def _holds(checker: TypeChecker, condition: Expression, variable: NameExpr, key: str) -> bool | None:
    """Whether a condition holds where a variable is a key; None if that is not known."""
    match condition:
        case OpExpr(op="and" | "or" as op, left=left, right=right):
            parts = {_holds(checker, part, variable, key) for part in (left, right)}
            decisive = op == "or"
            return decisive if decisive in parts else None if None in parts else not decisive
        case UnaryExpr(op="not", expr=inner):
            held = _holds(checker, inner, variable, key)
            return None if held is None else not held
        case ComparisonExpr(operators=[op], operands=[left, right]):
            return _compares(checker, op, (left, right), variable, key)
        case CallExpr(callee=MemberExpr(name="startswith" | "endswith" as name, expr=of), args=[text]):
            part = Slug.at(checker, text).value
            is_known = part is not None and is_same(variable, of)
            return bool(getattr(key, name)(part)) if is_known else None
    return None


def _compares(
    checker: TypeChecker, op: str, operands: tuple[Expression, Expression], variable: NameExpr, key: str
) -> bool | None:
    left, right = operands
    if op in {"==", "!="}:
        other = Slug.at(checker, left if is_same(variable, right) else right).value
        is_known = other is not None and (is_same(variable, left) or is_same(variable, right))
        return (key == other) is (op == "==") if is_known else None
    among = right.items if isinstance(right, TupleExpr | ListExpr | SetExpr) else []
    values = [Slug.at(checker, each).value for each in among]
    is_known = op in {"in", "not in"} and is_same(variable, left) and bool(values) and None not in values
    return (key in values) is (op == "in") if is_known else None

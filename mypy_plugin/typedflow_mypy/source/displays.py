"""A dict or a list that a variable holds as it is written."""

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    CallExpr,
    DelStmt,
    DictExpr,
    Expression,
    IndexExpr,
    ListExpr,
    MemberExpr,
    OperatorAssignmentStmt,
    RefExpr,
    Statement,
    TupleExpr,
    Var,
)
from mypy.server.subexpr import get_subexpressions

from typedflow_mypy.source import assignments
from typedflow_mypy.source.assignments import statements_within
from typedflow_mypy.source.origin import node_of


def held_display(checker: TypeChecker, reference: RefExpr) -> DictExpr | ListExpr | TupleExpr | None:
    """Return what a variable of this module holds; None if it is not one display, or if it may be changed."""
    variable = node_of(checker, reference)
    values = assignments.values(checker, variable) if isinstance(variable, Var) else []
    if len(values) != 1 or not isinstance(values[0], DictExpr | ListExpr | TupleExpr):
        return None
    return None if _is_changed(checker, variable) else values[0]


def _is_changed(checker: TypeChecker, variable: object) -> bool:
    """Whether an item is put into what a variable holds, or a method of it is called."""

    def is_it(expression: Expression) -> bool:
        return isinstance(expression, RefExpr) and node_of(checker, expression) is variable

    targets = [target for each in statements_within(checker.tree.defs) for target in _targets(each)]
    if any(is_it(target) or (isinstance(target, IndexExpr) and is_it(target.base)) for target in targets):
        return True
    calls = (each for each in get_subexpressions(checker.tree) if isinstance(each, CallExpr))
    return any(isinstance(call.callee, MemberExpr) and is_it(call.callee.expr) for call in calls)


def _targets(statement: Statement) -> list[Expression]:
    """What a statement changes; a name that is assigned to is not changed."""
    match statement:
        case AssignmentStmt():
            return [target for target in statement.lvalues if isinstance(target, IndexExpr)]
        case OperatorAssignmentStmt():
            return [statement.lvalue]
        case DelStmt():
            return [statement.expr]
    return []

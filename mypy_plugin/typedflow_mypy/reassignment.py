"""A variable that a flow is assigned to again: ``flow = flow.step(...)``.

mypy infers a variable's type from its first assignment alone. It narrows that where it reads on from line to line, but
a function that reads the variable, or another module, would see a flow without steps.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    Block,
    CallExpr,
    ClassDef,
    Decorator,
    Expression,
    FuncDef,
    MemberExpr,
    NameExpr,
    OverloadedFuncDef,
    Statement,
    Var,
)
from mypy.types import AnyType, Instance, get_proper_type

from typedflow_mypy import fullnames
from typedflow_mypy.call import StepCall
from typedflow_mypy.flow_type import as_flow, known_steps

_BLOCKS: Final = ("body", "defs", "else_body", "finally_body", "handlers", "bodies", "func", "items")

# What is assigned in the module being checked, and among which statements.
_Place = tuple[AssignmentStmt, list[Statement]]
_index: Final[list[tuple[list[Statement], dict[Expression, _Place]]]] = []
# By the first call of what is assigned: the flow that was read there, and the one that is read there now.
_followed: Final[dict[CallExpr, tuple[Instance, Instance]]] = {}
_mentioned: Final[dict[Statement, str]] = {}


def follow(checker: TypeChecker, call: StepCall, flow: Instance) -> None:
    """Let the variable that this call's flow is assigned to have the type of the flow.

    Only what is certain: an assignment on the level of the variable's first one, with nothing in between that may read
    the variable earlier. A flow whose steps are not known any more, from a loop, makes them unknown from the start.
    """
    statement, siblings = _assignment(checker, call.expression)
    lvalue = statement.lvalues[0] if statement is not None and len(statement.lvalues) == 1 else None
    if statement is None or not isinstance(lvalue, NameExpr | MemberExpr):
        return
    variable = lvalue.node if isinstance(lvalue, NameExpr) else _attribute(checker, lvalue)
    if not isinstance(variable, Var) or not variable.is_inferred or not _is_flow(variable):
        return
    unknown = isinstance(get_proper_type(flow.args[1]), AnyType)
    if unknown or _is_certain(checker, lvalue, statement, siblings):
        before = as_flow(variable.type) if variable.type is not None else None
        if before is not None and before != flow:
            _followed[_first(call.expression)] = before, flow
        variable.type = flow


def as_first_read(call: StepCall) -> StepCall:
    """Return a call on the flow that its variable held when mypy checked the assignment for the first time.

    It checks an assignment in the body of a class twice, and reads the second time what the first one made of the type.
    """
    before, after = _followed.get(call.expression, (None, None))
    if before is None or call.flow != after:
        return call
    return replace(call, flow=before, flow_input=before.args[0], steps=known_steps(before))


def _first(call: CallExpr) -> CallExpr:
    while isinstance(call.callee, MemberExpr) and isinstance(call.callee.expr, CallExpr):
        call = call.callee.expr
    return call


def values(checker: TypeChecker, variable: Var) -> list[Expression]:
    """Return what is assigned to a variable, by that name, in the module that is being checked."""
    return [
        statement.rvalue
        for statement, _ in _indexed(checker).values()
        if any(isinstance(name, NameExpr) and name.node is variable for name in statement.lvalues)
    ]


def _is_flow(variable: Var) -> bool:
    declared = get_proper_type(variable.type)
    return isinstance(declared, Instance) and declared.type.fullname == fullnames.FLOW


def _attribute(checker: TypeChecker, lvalue: MemberExpr) -> object:
    owner = get_proper_type(checker.lookup_type_or_none(lvalue.expr))
    symbol = owner.type.get(lvalue.name) if isinstance(owner, Instance) else None
    return symbol.node if symbol is not None else None


def _is_certain(
    checker: TypeChecker, lvalue: NameExpr | MemberExpr, statement: AssignmentStmt, siblings: list[Statement]
) -> bool:
    before = siblings[: siblings.index(statement)]
    first = next(
        (i for i, other in enumerate(before) if isinstance(other, AssignmentStmt) and _defines(other, lvalue)), None
    )
    return first is not None and not any(
        isinstance(other, FuncDef | Decorator | OverloadedFuncDef | ClassDef)
        and re.search(rf"\b{lvalue.name}\b", _written(checker, other))
        for other in before[first:]
    )


def _written(checker: TypeChecker, definition: Statement) -> str:
    """All that a definition mentions, which mypy checks where it stands, before the variable is assigned to again."""
    if definition not in _mentioned:
        _mentioned[definition] = definition.str_with_options(checker.options)
    return _mentioned[definition]


def _defines(statement: AssignmentStmt, lvalue: NameExpr | MemberExpr) -> bool:
    return any(
        isinstance(new, NameExpr | MemberExpr) and new.is_inferred_def and _same(lvalue, new)
        for new in statement.lvalues
    )


def _same(lvalue: NameExpr | MemberExpr, read: NameExpr | MemberExpr) -> bool:
    if isinstance(lvalue, NameExpr):
        return isinstance(read, NameExpr) and read.node is lvalue.node
    return isinstance(read, MemberExpr) and read.name == lvalue.name


def _assignment(checker: TypeChecker, rvalue: CallExpr) -> tuple[AssignmentStmt | None, list[Statement]]:
    return _indexed(checker).get(rvalue, (None, []))


def _indexed(checker: TypeChecker) -> dict[Expression, _Place]:
    statements = checker.tree.defs
    if not _index or _index[0][0] is not statements:
        _mentioned.clear()
        _followed.clear()
        _index[:] = [(statements, {place[0].rvalue: place for place in _assignments(statements)})]
    return _index[0][1]


def _assignments(statements: list[Statement]) -> Iterator[_Place]:
    for statement in statements:
        if isinstance(statement, AssignmentStmt):
            yield statement, statements
        for name in _BLOCKS:
            inner = getattr(statement, name, None)
            for block in inner if isinstance(inner, list) else [inner]:
                if isinstance(block, Block):
                    yield from _assignments(block.body)
                elif isinstance(block, FuncDef):
                    yield from _assignments(block.body.body)

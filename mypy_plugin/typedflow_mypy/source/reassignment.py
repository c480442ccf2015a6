"""A variable that a flow is assigned to again: ``flow = flow.step(...)``.

mypy infers a variable's type from its first assignment alone. It narrows the type from line to line, but a function
that reads the variable, or another module, would see a flow without steps.
"""

import re
from dataclasses import replace

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
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

from typedflow_mypy.lib import fullnames
from typedflow_mypy.model import flow_notes
from typedflow_mypy.model.assignment import Assignment, is_same
from typedflow_mypy.model.flow_type import as_flow
from typedflow_mypy.model.step_call import StepCall
from typedflow_mypy.source import assignments
from typedflow_mypy.state import State


def follow_reassignment(checker: TypeChecker, call: CallExpr, flow: Instance) -> None:
    """Give the variable that this call's flow is assigned to the type of the flow.

    This is done only where it is certain: for an assignment in the same block as the variable's first one, with nothing
    in between that may read the variable earlier. If the steps of the flow are not known any more, as after a loop,
    they become unknown from the start.
    """
    assignment = assignments.assignment_of(checker, call)
    lvalue = assignment.target if assignment is not None else None
    if assignment is None or lvalue is None or assignment.statement.rvalue is not call:
        return
    variable = lvalue.node if isinstance(lvalue, NameExpr) else _attribute(checker, lvalue)
    if not isinstance(variable, Var) or not variable.is_inferred:
        return
    before = get_proper_type(variable.type)
    if not isinstance(before, Instance) or before.type.fullname != fullnames.FLOW:
        return
    unknown = isinstance(get_proper_type(flow.args[1]), AnyType)
    if unknown or (assignments.is_only_extended(checker, assignment) and _is_certain(checker, lvalue, assignment)):
        if before != flow:
            State.of(checker).reassigned[assignment.calls[0]] = before, flow
        variable.type = flow
    else:
        variable.type = flow_notes.merged(checker, before, flow)


def read_current(checker: TypeChecker, call: StepCall) -> StepCall:
    """Return a call on the flow that its variable holds when it is read."""
    flow = flow_before(checker, call.expression, call.flow)
    return call if flow is call.flow else replace(call, flow=flow)


def flow_before(checker: TypeChecker, call: CallExpr, flow: Instance) -> Instance:
    """Return the flow that a call extends, given what mypy takes it to be.

    mypy checks an assignment in the body of a class twice, and the second time reads the type that the first check gave
    the variable. And if a variable may hold several flows of one type, mypy takes the first for all of them.
    """
    before, after = State.of(checker).reassigned.get(call, (None, None))
    if before is not None and flow == after:
        return before
    return held_flow(checker, call.callee.expr, flow) if isinstance(call.callee, MemberExpr) else flow


def held_flow(checker: TypeChecker, read: Expression, flow: Instance) -> Instance:
    """Return the flow that is read, which mypy takes to be `flow`: a variable may hold several of the same type."""
    variable = read.node if isinstance(read, NameExpr) else None
    for value in assignments.values_in_blocks(checker, variable) if isinstance(variable, Var) else ():
        assigned = checker.lookup_type_or_none(value)
        other = None if assigned is None else as_flow(assigned)
        flow = flow if other is None else flow_notes.merged(checker, flow, other)
    return flow


def _attribute(checker: TypeChecker, lvalue: MemberExpr) -> object:
    owner = get_proper_type(checker.lookup_type_or_none(lvalue.expr))
    symbol = owner.type.get(lvalue.name) if isinstance(owner, Instance) else None
    return symbol.node if symbol is not None else None


def _is_certain(checker: TypeChecker, lvalue: NameExpr | MemberExpr, assignment: Assignment) -> bool:
    before = assignment.siblings[: assignment.siblings.index(assignment.statement)]
    first = next(
        (i for i, other in enumerate(before) if isinstance(other, AssignmentStmt) and _defines(other, lvalue)), None
    )
    return first is not None and not any(
        isinstance(other, FuncDef | Decorator | OverloadedFuncDef | ClassDef)
        and re.search(rf"\b{lvalue.name}\b", _source(checker, other))
        for other in before[first:]
    )


def _source(checker: TypeChecker, definition: Statement) -> str:
    """The source of a definition, which mypy checks where it stands, before the variable is assigned again."""
    sources = State.of(checker).sources
    if definition not in sources:
        sources[definition] = definition.str_with_options(checker.options)
    return sources[definition]


def _defines(statement: AssignmentStmt, lvalue: NameExpr | MemberExpr) -> bool:
    return any(
        isinstance(new, NameExpr | MemberExpr) and new.is_inferred_def and is_same(lvalue, new)
        for new in statement.lvalues
    )

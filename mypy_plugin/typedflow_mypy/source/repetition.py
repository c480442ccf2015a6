"""A step that is added twice on some path through the code, which the type of the flow does not show.

mypy joins the flows of the branches of a condition, or of the rounds of a loop, and keeps the steps that all have.
"""

from collections.abc import Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    BreakStmt,
    ContinueStmt,
    ForStmt,
    IfStmt,
    MatchStmt,
    MemberExpr,
    RaiseStmt,
    ReturnStmt,
    Statement,
    TryStmt,
    WhileStmt,
    WithStmt,
)

from typedflow_mypy.model.assignment import Assignment, is_same
from typedflow_mypy.model.step_call import Slug, StepCall
from typedflow_mypy.source.assignments import assignment_of, assignments_within, blocks

_COMPOUND: Final = (ForStmt, IfStmt, MatchStmt, TryStmt, WhileStmt, WithStmt)
_LEAVES_LOOP: Final = (BreakStmt, RaiseStmt, ReturnStmt)
_LEAVES: Final = (ContinueStmt, *_LEAVES_LOOP)


def why_repeated(checker: TypeChecker, call: StepCall) -> str | None:
    """Say, for a message, when a step is added that the flow has already; None if it is not known to have the step."""
    assignment = assignment_of(checker, call.expression)
    if assignment is None or not assignment.extends_target:
        return None
    if assignment.loop is not None and _comes_again(assignment, assignment.loop):
        return f'The loop adds a step "{call.slug.value}" in every round; add it outside the loop'
    for statement in reversed(assignment.siblings[: assignment.siblings.index(assignment.statement)]):
        if _assigned(checker, statement, assignment, fresh=True) is not None:
            return None
        if any(_may_add(checker, block, assignment, call) for block in _blocks(statement)):
            return f'The flow may have a step "{call.slug.value}" already, under a condition; choose another slug'
    return None


def _comes_again(assignment: Assignment, loop: ForStmt | WhileStmt) -> bool:
    """Whether a loop may come back to an assignment with the flow that it made."""
    return not any(isinstance(each, _LEAVES_LOOP) for each in _within(loop)) and all(
        other.extends_target or not _is_to_same(other, assignment) for other in assignments_within(loop.body.body)
    )


def _may_add(checker: TypeChecker, statements: list[Statement], assignment: Assignment, call: StepCall) -> bool:
    """Whether these statements, which may run or not, end with a flow that has a step of this slug."""
    if statements and isinstance(statements[-1], _LEAVES):
        return False
    for statement in reversed(statements):
        other = _assigned(checker, statement, assignment)
        if other is not None and call.slug.value in _slugs(checker, other):
            return True
        if other is not None and not other.extends_target:
            return False
        if any(_may_add(checker, block, assignment, call) for block in _blocks(statement)):
            return True
    return False


def _assigned(
    checker: TypeChecker, statement: Statement, assignment: Assignment, *, fresh: bool = False
) -> Assignment | None:
    """The assignment that a statement is, if it is to the same variable; with `fresh`, only of an unrelated flow."""
    other = assignment_of(checker, statement.rvalue) if isinstance(statement, AssignmentStmt) else None
    if other is None or not _is_to_same(other, assignment) or (fresh and other.extends_target):
        return None
    return other


def _is_to_same(other: Assignment, assignment: Assignment) -> bool:
    return other.target is not None and assignment.target is not None and is_same(assignment.target, other.target)


def _slugs(checker: TypeChecker, assignment: Assignment) -> list[str | None]:
    return [
        Slug.at(checker, call.args[0]).value
        for call in assignment.calls
        if isinstance(call.callee, MemberExpr) and call.callee.name in {"map", "step", "wait"} and call.args
    ]


def _within(statement: Statement) -> Iterator[Statement]:
    for block in _blocks(statement):
        for each in block:
            yield each
            yield from _within(each)


def _blocks(statement: Statement) -> Iterator[list[Statement]]:
    """The blocks of a compound statement, but not those of a function or a class."""
    if isinstance(statement, _COMPOUND):
        yield from (block.body for block in blocks(statement))

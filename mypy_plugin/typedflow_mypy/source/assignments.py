"""What is assigned in the module that is being checked, and where."""

from collections.abc import Iterator
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import AssignmentStmt, Block, ClassDef, Expression, ForStmt, FuncDef, Statement, Var, WhileStmt

from typedflow_mypy.model.assignment import Assignment, AssignmentIndex
from typedflow_mypy.state import State

_BLOCKS: Final = ("body", "defs", "else_body", "finally_body", "handlers", "bodies", "func", "items")


def assignment_of(checker: TypeChecker, value: Expression) -> Assignment | None:
    """Return the assignment of a value, or of one that begins with this call."""
    return _index(checker).by_value.get(value)


def is_only_extended(checker: TypeChecker, assignment: Assignment) -> bool:
    """Whether what is assigned to is given one value, and from then on only values made of its own."""
    return _index(checker).fresh[assignment.variable] <= 1


def values(checker: TypeChecker, variable: Var) -> list[Expression]:
    """Return what is assigned to a variable, by that name."""
    return [assignment.statement.rvalue for assignment in _assignments_to(checker, variable)]


def values_in_blocks(checker: TypeChecker, variable: Var) -> list[Expression]:
    """Return what is assigned to a variable in several blocks; which of them have run is not known."""
    found = _assignments_to(checker, variable)
    is_in_one_block = all(assignment.siblings is found[0].siblings for assignment in found)
    return [] if is_in_one_block else [assignment.statement.rvalue for assignment in found]


def _assignments_to(checker: TypeChecker, variable: Var) -> list[Assignment]:
    return [assignment for name, assignment in _index(checker).by_name[variable.name] if name.node is variable]


def _index(checker: TypeChecker) -> AssignmentIndex:
    state = State.of(checker)
    if state.assignments is None:
        state.assignments = AssignmentIndex()
        for assignment in assignments_within(state.statements):
            state.assignments.add(assignment)
    return state.assignments


def assignments_within(
    statements: list[Statement], loop: ForStmt | WhileStmt | None = None, owner: ClassDef | None = None
) -> Iterator[Assignment]:
    """Find the assignments among some statements, and deeper within them."""
    for statement in statements:
        if isinstance(statement, AssignmentStmt):
            yield Assignment(statement, statements, loop, owner)
        inner = statement if isinstance(statement, ClassDef) else owner
        for block in blocks(statement):
            around = statement if isinstance(statement, ForStmt | WhileStmt) else None
            within_loop = around if around is not None and block is around.body else None
            yield from assignments_within(block.body, within_loop, inner)


def statements_within(statements: list[Statement]) -> Iterator[Statement]:
    """Find some statements, and all that are deeper within them."""
    for statement in statements:
        yield statement
        for block in blocks(statement):
            yield from statements_within(block.body)


def blocks(statement: Statement) -> Iterator[Block]:
    """Find the blocks that a statement consists of."""
    for name in _BLOCKS:
        inner = getattr(statement, name, None)
        for block in inner if isinstance(inner, list) else [inner]:
            if isinstance(block, Block | FuncDef):
                yield block if isinstance(block, Block) else block.body

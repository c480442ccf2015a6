"""What is assigned in the module that is being checked, and where."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mypy.checker import TypeChecker
from mypy.nodes import (
    AssignmentStmt,
    Block,
    CallExpr,
    ClassDef,
    Expression,
    ForStmt,
    FuncDef,
    MemberExpr,
    NameExpr,
    Statement,
    Var,
    WhileStmt,
)
from mypy.types import Type

from typedflow_mypy.model.step_input import decided, is_undecided

_BLOCKS: Final = ("body", "defs", "else_body", "finally_body", "handlers", "bodies", "func", "items")


@dataclass(frozen=True)
class Assignment:
    """An assignment.

    Attributes:
        statement: The assignment itself.
        siblings: The statements that it stands among.
        loop: The loop whose body they are, if they are one's.
        owner: The class that all this stands in, if it does.
    """

    statement: AssignmentStmt
    siblings: list[Statement]
    loop: ForStmt | WhileStmt | None = None
    owner: ClassDef | None = None

    @property
    def target(self) -> NameExpr | MemberExpr | None:
        """What is assigned to, if that is one name."""
        target = self.statement.lvalues[0] if len(self.statement.lvalues) == 1 else None
        return target if isinstance(target, NameExpr | MemberExpr) else None

    @cached_property
    def calls(self) -> list[CallExpr]:
        """The calls that the value is made of, each on what the one before gives: ``flow.step(...).step(...)``."""
        return list(reversed(list(_chain(self.statement.rvalue))))

    @cached_property
    def extends_target(self) -> bool:
        """Whether the value is made of what is assigned to: ``flow = flow.step(...)``."""
        first = self.calls[0].callee if self.calls else None
        return isinstance(first, MemberExpr) and self.target is not None and is_same(self.target, first.expr)

    def decide(self, step_input: Type) -> None:
        """Give a variable that is annotated ``StepInput`` the type of a step input."""
        annotation, variable = self.statement.type, self.target.node if isinstance(self.target, NameExpr) else None
        if annotation is not None and isinstance(variable, Var) and is_undecided(annotation):
            variable.type = decided(annotation, step_input)


# Those of the module whose statements these are, by their values and by each call that a value is made of.
_index: Final[list[tuple[list[Statement], dict[Expression, Assignment]]]] = []
# What is assigned in it to each name.
_named: Final[defaultdict[str, list[tuple[NameExpr, Assignment]]]] = defaultdict(list)
# How often a variable of it is given a value that is not made of its own.
_begun: Final[Counter[object]] = Counter()


def of(checker: TypeChecker, value: Expression) -> Assignment | None:
    """Return the assignment of a value, or of one that begins with this call."""
    statements = checker.tree.defs
    if not _index or _index[0][0] is not statements:
        found = {}
        _begun.clear()
        _named.clear()
        for assignment in within(statements):
            for name in assignment.statement.lvalues:
                if isinstance(name, NameExpr):
                    _named[name.name].append((name, assignment))
            _begun[_variable(assignment)] += not assignment.extends_target
            found.update(dict.fromkeys([assignment.statement.rvalue, *assignment.calls], assignment))
        _index[:] = [(statements, found)]
    return _index[0][1].get(value)


def is_extended_only(checker: TypeChecker, assignment: Assignment) -> bool:
    """Whether what is assigned to is given one value, and else extended: it never begins anew."""
    of(checker, assignment.statement.rvalue)
    return _begun[_variable(assignment)] <= 1


def _variable(assignment: Assignment) -> object:
    """What tells one variable from another: an attribute is known by its name and its class."""
    target = assignment.target
    return target.node if isinstance(target, NameExpr) else (assignment.owner, target and target.name)


def values(checker: TypeChecker, variable: Var) -> list[Expression]:
    """Return what is assigned to a variable, by that name."""
    return [assignment.statement.rvalue for assignment in _to(checker, variable)]


def alternatives(checker: TypeChecker, variable: Var) -> list[Expression]:
    """Return what is assigned to a variable in several blocks, of which some may have run and some not."""
    found = _to(checker, variable)
    is_in_one_block = all(assignment.siblings is found[0].siblings for assignment in found)
    return [] if is_in_one_block else [assignment.statement.rvalue for assignment in found]


def _to(checker: TypeChecker, variable: Var) -> list[Assignment]:
    of(checker, NameExpr(variable.name))
    return [assignment for name, assignment in _named[variable.name] if name.node is variable]


def within(
    statements: list[Statement], loop: ForStmt | WhileStmt | None = None, owner: ClassDef | None = None
) -> Iterator[Assignment]:
    """Find the assignments among some statements, and deeper within them."""
    for statement in statements:
        if isinstance(statement, AssignmentStmt):
            yield Assignment(statement, statements, loop, owner)
        inner = statement if isinstance(statement, ClassDef) else owner
        for block in blocks(statement):
            around = statement if isinstance(statement, ForStmt | WhileStmt) else None
            yield from within(block.body, around if around is not None and block is around.body else None, inner)


def blocks(statement: Statement) -> Iterator[Block]:
    """Find the blocks that a statement consists of."""
    for name in _BLOCKS:
        inner = getattr(statement, name, None)
        for block in inner if isinstance(inner, list) else [inner]:
            if isinstance(block, Block | FuncDef):
                yield block if isinstance(block, Block) else block.body


def is_same(target: Expression, other: Expression) -> bool:
    """Whether two expressions name the same variable, or attributes of the same name."""
    if isinstance(target, NameExpr):
        return isinstance(other, NameExpr) and other.node is target.node
    return isinstance(target, MemberExpr) and isinstance(other, MemberExpr) and other.name == target.name


def _chain(value: Expression) -> Iterator[CallExpr]:
    while isinstance(value, CallExpr):
        yield value
        value = value.callee.expr if isinstance(value.callee, MemberExpr) else value.callee
